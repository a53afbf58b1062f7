import type { DatabaseSync } from "node:sqlite";

/**
 * What was broken on request. `failed`, `cut` and `slow` are about the zone that `target` names,
 * `parted` about all zones (no target), `unplugged` about the machine with that id.
 */
export interface FaultRow {
  /** The cluster, or `site:NAME`, whose network it is. */
  readonly owner: string;
  readonly kind: "failed" | "cut" | "slow" | "parted" | "unplugged";
  readonly target: string;
  /** The rate of `slow`, as `tc` writes it. */
  readonly value: string | null;
  readonly since: string;
}

/** The faults that are in force. They outlive the service: a zone that failed stays so. */
export class FaultRows {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  list(owner: string): readonly FaultRow[] {
    const sql = "SELECT * FROM faults WHERE owner = ? ORDER BY since, target";
    return this.#db.prepare(sql).all(owner) as unknown as FaultRow[];
  }

  has(owner: string, kind: FaultRow["kind"], target: string): boolean {
    const sql = "SELECT 1 FROM faults WHERE owner = ? AND kind = ? AND target = ?";
    return this.#db.prepare(sql).get(owner, kind, target) !== undefined;
  }

  /** In place of the same fault with another value. */
  put({ owner, kind, target, value, since }: FaultRow): void {
    this.#db
      .prepare(
        "INSERT OR REPLACE INTO faults (owner, kind, target, value, since) VALUES (?, ?, ?, ?, ?)",
      )
      .run(owner, kind, target, value, since);
  }

  remove(owner: string, kind: FaultRow["kind"], target: string): void {
    this.#db
      .prepare("DELETE FROM faults WHERE owner = ? AND kind = ? AND target = ?")
      .run(owner, kind, target);
  }

  /** All of one owner, who is gone. */
  forget(owner: string): void {
    this.#db.prepare("DELETE FROM faults WHERE owner = ?").run(owner);
  }
}
