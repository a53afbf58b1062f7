import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { FileState, Progress } from "@sluice/cloud";
import { FaultRows } from "./fault-rows.ts";
import { HeadRows } from "./head-rows.ts";
import { RegisterRows } from "./register-rows.ts";
import type { ClusterRow, FileRow, MachineRow, NoticeRow } from "./rows.ts";
import { ADDED_COLUMNS, LATE_INDEXES, SCHEMA } from "./schema.ts";
import { SiteRows } from "./site-rows.ts";

export type { ClusterRow, FileRow, MachineRow, NoticeRow } from "./rows.ts";

const CLUSTER_COLUMNS = [
  "name",
  "id",
  "status",
  "reason",
  "createdAt",
  "updatedAt",
  "configText",
  "fileVersion",
  "wantedVersion",
  "stage",
  "config",
  "headUserData",
  "network",
  "bridge",
  "imageRoot",
  "bundle",
  "site",
  "range",
  "nextHead",
] as const;

const FILE_COLUMNS = ["cluster", "version", "givenAt", "state", "text", "headUserData"] as const;

const MACHINE_COLUMNS = [
  "id",
  "cluster",
  "token",
  "role",
  "node",
  "queue",
  "computeResource",
  "instanceType",
  "zone",
  "market",
  "state",
  "address",
  "launchedAt",
  "tags",
  "proof",
  "pid",
  "startTicks",
  "goneAt",
  "image",
] as const;

/** Without the user data, which is long and wanted once. */
const SELECT_MACHINE = `SELECT ${MACHINE_COLUMNS.join(", ")} FROM machines`;

/** How many rows of gone machines a cluster keeps for their tokens. */
const GONE_KEPT = 20_000;
/** How long a machine that is gone is still listed, and what it said last is kept. */
const GONE_LISTED_MS = 15 * 60_000;

/**
 * The local cloud's own record: SQLite, every change written before anybody hears of it, so that it
 * outlives the service. It is not flushed for each: what a crash of the host may lose of it is about
 * machines that the crash took along.
 */
export class LocalStore implements Disposable {
  readonly faults: FaultRows;
  readonly headWords: HeadRows;
  readonly registers: RegisterRows;
  readonly sites: SiteRows;
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.faults = new FaultRows(this.#db);
    this.headWords = new HeadRows(this.#db);
    this.registers = new RegisterRows(this.#db);
    this.sites = new SiteRows(this.#db);
    this.#db.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;",
    );
    this.#db.exec(SCHEMA);
    for (const [table, columns] of Object.entries(ADDED_COLUMNS)) {
      const known = this.#all<{ name: string }>(`PRAGMA table_info(${table})`);
      for (const [name, type] of Object.entries(columns)) {
        if (known.some((column) => column.name === name)) continue;
        this.#db.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${type}`);
      }
    }
    this.#db.exec(LATE_INDEXES);
    this.#run(
      `INSERT OR IGNORE INTO files (cluster, version, givenAt, state, text, headUserData)
       SELECT name, 1, createdAt, 'in-force', configText, headUserData FROM clusters
       WHERE fileVersion = 1 AND wantedVersion = 1`,
    );
  }

  clusters(): readonly ClusterRow[] {
    return this.#all<ClusterRow>("SELECT * FROM clusters ORDER BY createdAt");
  }

  cluster(name: string): ClusterRow | undefined {
    return this.#all<ClusterRow>("SELECT * FROM clusters WHERE name = ?", name)[0];
  }

  /** With its first file. */
  insertCluster(row: ClusterRow): void {
    this.transaction(() => {
      this.#insert("clusters", CLUSTER_COLUMNS, row);
      this.#insert("files", FILE_COLUMNS, {
        cluster: row.name,
        version: row.fileVersion,
        givenAt: row.createdAt,
        state: "in-force",
        text: row.configText,
        headUserData: row.headUserData,
      });
    });
  }

  /** Oldest first. */
  files(cluster: string): readonly FileRow[] {
    return this.#all<FileRow>("SELECT * FROM files WHERE cluster = ? ORDER BY version", cluster);
  }

  insertFile(row: FileRow): void {
    this.#insert("files", FILE_COLUMNS, row);
  }

  setFileState(cluster: string, version: number, state: FileState): void {
    this.#run(
      "UPDATE files SET state = ? WHERE cluster = ? AND version = ?",
      state,
      cluster,
      version,
    );
  }

  updateCluster(name: string, change: Partial<Omit<ClusterRow, "name" | "id">>): void {
    this.#update("clusters", "name", name, { ...change, updatedAt: new Date().toISOString() });
  }

  /** Forgets the cluster and all its machines and events. */
  deleteCluster(name: string): void {
    this.transaction(() => {
      this.#db.prepare("DELETE FROM machines WHERE cluster = ?").run(name);
      this.#db.prepare("DELETE FROM events WHERE cluster = ?").run(name);
      this.#db.prepare("DELETE FROM notices WHERE cluster = ?").run(name);
      this.#db.prepare("DELETE FROM files WHERE cluster = ?").run(name);
      this.faults.forget(name);
      this.headWords.forget(name);
      this.registers.forget(this.cluster(name)?.id ?? name);
      this.#db.prepare("DELETE FROM clusters WHERE name = ?").run(name);
    });
  }

  /** Machines, events, faults and registers of a site that is gone. @param id what registers are by. */
  forgetOwner(owner: string, id: string): void {
    this.transaction(() => {
      for (const table of ["machines", "events", "notices"])
        this.#run(`DELETE FROM ${table} WHERE cluster = ?`, owner);
      this.faults.forget(owner);
      this.headWords.forget(owner);
      this.registers.forget(id);
    });
  }

  /** Machines that are not gone; of one cluster, or of all. */
  machines(cluster?: string): readonly MachineRow[] {
    return cluster === undefined
      ? this.#all<MachineRow>(`${SELECT_MACHINE} WHERE state != 'gone'`)
      : this.#all<MachineRow>(`${SELECT_MACHINE} WHERE cluster = ? AND state != 'gone'`, cluster);
  }

  /** Head machines that are not gone; asked for with every request of a head. */
  heads(cluster: string): readonly MachineRow[] {
    const where = "cluster = ? AND role = 'head' AND state != 'gone'";
    return this.#all<MachineRow>(`${SELECT_MACHINE} WHERE ${where}`, cluster);
  }

  /** Machines that went a short while ago, the last one first. */
  goneMachines(cluster: string, now: Date): readonly MachineRow[] {
    return this.#all<MachineRow>(
      `${SELECT_MACHINE} WHERE cluster = ? AND goneAt > ? AND state = 'gone' ORDER BY goneAt DESC`,
      cluster,
      new Date(now.getTime() - GONE_LISTED_MS).toISOString(),
    );
  }

  /** What a machine that is gone said last, for as long as it is listed. */
  lastWords(id: string): string {
    return (
      this.#all<{ lastWords: string }>("SELECT lastWords FROM machines WHERE id = ?", id)[0]
        ?.lastWords ?? ""
    );
  }

  machine(id: string): MachineRow | undefined {
    return this.#all<MachineRow>(`${SELECT_MACHINE} WHERE id = ?`, id)[0];
  }

  /** Also finds machines that are gone. */
  machineByToken(cluster: string, token: string): MachineRow | undefined {
    return this.#all<MachineRow>(
      `${SELECT_MACHINE} WHERE cluster = ? AND token = ?`,
      cluster,
      token,
    )[0];
  }

  userData(id: string): string {
    return (
      this.#all<{ userData: string }>("SELECT userData FROM machines WHERE id = ?", id)[0]
        ?.userData ?? ""
    );
  }

  /** All or none of them. */
  insertMachines(
    machines: readonly { readonly row: MachineRow; readonly userData: string }[],
  ): void {
    this.transaction(() => {
      for (const { row, userData } of machines) {
        this.#insert("machines", [...MACHINE_COLUMNS, "userData"], { ...row, userData });
      }
    });
  }

  updateMachine(id: string, change: Partial<Omit<MachineRow, "id" | "cluster" | "token">>): void {
    this.#update("machines", "id", id, change);
  }

  /** From here on it is listed as gone for a while, with what it said last. */
  markGone(id: string, at: Date, lastWords: string): void {
    this.transaction(() => {
      this.#run(
        `UPDATE machines SET state = 'gone', userData = '', proof = '', pid = NULL, goneAt = ?,
         lastWords = ? WHERE id = ?`,
        at.toISOString(),
        lastWords,
        id,
      );
      this.#run("DELETE FROM notices WHERE machineId = ?", id);
      this.#run("DELETE FROM faults WHERE kind = 'unplugged' AND target = ?", id);
      this.#run(
        "UPDATE machines SET lastWords = '' WHERE lastWords != '' AND goneAt <= ?",
        new Date(at.getTime() - GONE_LISTED_MS).toISOString(),
      );
      this.#run(
        `DELETE FROM machines WHERE state = 'gone' AND rowid <= (SELECT max(rowid) FROM machines) - ${GONE_KEPT}`,
      );
    });
  }

  /** Of one cluster, or of all. */
  notices(cluster?: string): readonly NoticeRow[] {
    return cluster === undefined
      ? this.#all<NoticeRow>("SELECT * FROM notices")
      : this.#all<NoticeRow>("SELECT * FROM notices WHERE cluster = ?", cluster);
  }

  /** In place of an earlier one of the same kind for the same machine. */
  putNotice({ machineId, cluster, kind, deadline }: NoticeRow): void {
    this.#run(
      "INSERT OR REPLACE INTO notices (machineId, cluster, kind, deadline) VALUES (?, ?, ?, ?)",
      machineId,
      cluster,
      kind,
      deadline,
    );
  }

  addEvent(cluster: string, event: Progress): void {
    this.#db
      .prepare(
        "INSERT INTO events (cluster, time, resource, status, message) VALUES (?, ?, ?, ?, ?)",
      )
      .run(cluster, event.time.toISOString(), event.resource, event.status, event.message);
  }

  events(cluster: string): readonly Progress[] {
    type Row = Omit<Progress, "time"> & { time: string };
    return this.#all<Row>(
      "SELECT time, resource, status, message FROM events WHERE cluster = ? ORDER BY seq",
      cluster,
    ).map((row) => ({ ...row, time: new Date(row.time) }));
  }

  transaction<T>(body: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = body();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  #all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#db.prepare(sql).all(...values) as unknown as T[];
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#db.prepare(sql).run(...values);
  }

  #insert<T extends object>(table: string, columns: readonly (keyof T & string)[], row: T): void {
    const marks = columns.map(() => "?").join(", ");
    this.#db
      .prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`)
      .run(...columns.map((column) => row[column] as SQLInputValue));
  }

  #update(table: string, key: string, value: string, change: object): void {
    const entries = Object.entries(change);
    if (entries.length === 0) return;
    const sets = entries.map(([column]) => `${column} = ?`).join(", ");
    this.#db
      .prepare(`UPDATE ${table} SET ${sets} WHERE ${key} = ?`)
      .run(...entries.map(([, item]) => item as SQLInputValue), value);
  }
}
