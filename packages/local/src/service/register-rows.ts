import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { RegisterValue } from "@sluice/cloud";

/** Bytes that a register holds at most. */
export const REGISTER_BYTES = 64 << 10;

/** Small texts that the heads of a cluster, or the machines of a site, agree on. */
export class RegisterRows {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** @param owner id of the cluster or the site, which is unique over time. */
  read(owner: string, name: string): RegisterValue | undefined {
    const sql = "SELECT text, tag FROM registers WHERE owner = ? AND name = ?";
    return this.#db.prepare(sql).get(owner, name) as RegisterValue | undefined;
  }

  /**
   * One statement, so that of several who saw the same one wins, whichever service they asked.
   *
   * @returns the new tag; undefined when another text is there than the caller has seen.
   */
  write(
    owner: string,
    name: string,
    text: string,
    expected: string | undefined,
  ): string | undefined {
    const tag = randomUUID();
    const { changes } =
      expected === undefined
        ? this.#db
            .prepare(
              `INSERT INTO registers (owner, name, text, tag) VALUES (?, ?, ?, ?)
               ON CONFLICT DO NOTHING`,
            )
            .run(owner, name, text, tag)
        : this.#db
            .prepare(
              `UPDATE registers SET text = ?, tag = ? WHERE owner = ? AND name = ? AND tag = ?`,
            )
            .run(text, tag, owner, name, expected);
    return Number(changes) === 1 ? tag : undefined;
  }

  /** All of one owner, who is gone. */
  forget(owner: string): void {
    this.#db.prepare("DELETE FROM registers WHERE owner = ?").run(owner);
  }
}
