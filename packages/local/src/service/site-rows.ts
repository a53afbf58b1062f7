import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { ClusterStatus } from "@sluice/cloud";

/** A site as the local cloud remembers it. */
export interface SiteRow {
  readonly name: string;
  readonly id: string;
  readonly status: ClusterStatus;
  readonly reason: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The site file, and JSON of its clusters' files by their names. */
  readonly text: string;
  readonly clusters: string;
  /** Of the servers' own file, what the site file names; null: nothing. */
  readonly serverText: string | null;
  readonly network: string;
  readonly bridge: string;
  readonly imageRoot: string;
  readonly bundle: string;
  /** Folder of the server's programs. */
  readonly serverBundle: string;
}

const COLUMNS = [
  "name",
  "id",
  "status",
  "reason",
  "createdAt",
  "updatedAt",
  "text",
  "clusters",
  "serverText",
  "network",
  "bridge",
  "imageRoot",
  "bundle",
  "serverBundle",
] as const satisfies readonly (keyof SiteRow)[];

export class SiteRows {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  list(): readonly SiteRow[] {
    const sql = "SELECT * FROM sites ORDER BY createdAt";
    return this.#db.prepare(sql).all() as unknown as SiteRow[];
  }

  get(name: string): SiteRow | undefined {
    const sql = "SELECT * FROM sites WHERE name = ?";
    return this.#db.prepare(sql).get(name) as SiteRow | undefined;
  }

  insert(row: SiteRow): void {
    const marks = COLUMNS.map(() => "?").join(", ");
    this.#db
      .prepare(`INSERT INTO sites (${COLUMNS.join(", ")}) VALUES (${marks})`)
      .run(...COLUMNS.map((column) => row[column]));
  }

  update(name: string, change: Partial<Omit<SiteRow, "name" | "id">>): void {
    const entries = Object.entries({ ...change, updatedAt: new Date().toISOString() });
    const sets = entries.map(([column]) => `${column} = ?`).join(", ");
    this.#db
      .prepare(`UPDATE sites SET ${sets} WHERE name = ?`)
      .run(...entries.map(([, value]) => value as SQLInputValue), name);
  }

  remove(name: string): void {
    this.#db.prepare("DELETE FROM sites WHERE name = ?").run(name);
  }
}
