import type { DatabaseSync } from "node:sqlite";

/** What a head said of itself last; `starting`: nothing yet. */
export type HeadWord = "starting" | "ready" | "standing-by" | "failed";

/** What is known of head machines beside what is known of every machine. */
export class HeadRows {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** `ready` also of a machine that is not known here: an earlier service made it. */
  said(machine: string): HeadWord {
    const row = this.#db.prepare("SELECT said FROM heads WHERE machine = ?").get(machine);
    return (row as { said: HeadWord } | undefined)?.said ?? "ready";
  }

  say(cluster: string, machine: string, said: HeadWord): void {
    this.#put(cluster, machine);
    this.#db.prepare("UPDATE heads SET said = ? WHERE machine = ?").run(said, machine);
  }

  /** The machine that took the common address last, also when it is gone. */
  leader(cluster: string): string | undefined {
    const sql = "SELECT machine FROM heads WHERE cluster = ? AND leads = 1";
    return (this.#db.prepare(sql).get(cluster) as { machine: string } | undefined)?.machine;
  }

  /** From here on; the one before it is not remembered longer than it is there. */
  lead(cluster: string, machine: string): void {
    this.#put(cluster, machine);
    this.#db
      .prepare("UPDATE heads SET leads = (machine = ?) WHERE cluster = ?")
      .run(machine, cluster);
    this.#db
      .prepare(
        `DELETE FROM heads WHERE cluster = ? AND leads = 0 AND machine NOT IN
         (SELECT id FROM machines WHERE cluster = ? AND role IN ('head', 'site') AND state != 'gone')`,
      )
      .run(cluster, cluster);
  }

  /** A machine that is gone. Which one led last is known for longer. */
  forgetMachine(machine: string): void {
    this.#db.prepare("DELETE FROM heads WHERE machine = ? AND leads = 0").run(machine);
  }

  /** All of one cluster, which is gone. */
  forget(cluster: string): void {
    this.#db.prepare("DELETE FROM heads WHERE cluster = ?").run(cluster);
  }

  #put(cluster: string, machine: string): void {
    this.#db
      .prepare(
        `INSERT INTO heads (machine, cluster, said, leads) VALUES (?, ?, 'starting', 0)
         ON CONFLICT DO NOTHING`,
      )
      .run(machine, cluster);
  }
}
