import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type {
  ClusterStatus,
  FileState,
  Interruption,
  MachineRole,
  Market,
  Progress,
} from "@sluice/cloud";
import { ADDED_COLUMNS, LATE_INDEXES, SCHEMA } from "./schema.ts";

/** A cluster as the local cloud remembers it. */
export interface ClusterRow {
  readonly name: string;
  readonly id: string;
  readonly status: ClusterStatus;
  readonly reason: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The cluster file in force, and its number. */
  readonly configText: string;
  readonly fileVersion: number;
  /** The same as `fileVersion` when no update is under way. */
  readonly wantedVersion: number;
  /** JSON of the stage that the head runs with on the way to the wanted file. */
  readonly stage: string | null;
  /** JSON of what the file in force was read as, for a service that reads it more strictly. */
  readonly config: string | null;
  readonly headUserData: string;
  readonly network: string;
  readonly bridge: string;
  readonly imageRoot: string;
  readonly bundle: string;
}

/**
 * A machine as the local cloud remembers it.
 *
 *     pending ──start──▶ running ──terminate──▶ stopping ──exit──▶ gone
 *      ▲ └────────────────────┼────────exit (died by itself)────────▲
 *      │                      └──stop──▶ halting ──exit──▶ stopped ─┘ terminate
 *      └──────────────────────────start──────────────────────┘
 *
 * `pending` is written before anything is done, so a service that died is asked for nothing twice:
 * its successor starts what is pending. `halting` is on its way to `stopped`, where only the disk is
 * left. `gone` rows stay for their tokens, which are never reused.
 */
export interface MachineRow {
  readonly id: string;
  readonly cluster: string;
  readonly token: string;
  readonly role: MachineRole;
  readonly node: string;
  readonly queue: string | null;
  readonly computeResource: string | null;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: Market;
  readonly state: "pending" | "running" | "halting" | "stopped" | "stopping" | "gone";
  readonly address: string;
  readonly launchedAt: string;
  readonly tags: string;
  /** What the machine proves its identity with; known to root in the machine only. */
  readonly proof: string;
  readonly pid: number | null;
  readonly startTicks: number | null;
  readonly goneAt: string | null;
}

/** A cluster file that was given, with the user data of heads that begin with it. */
export interface FileRow {
  readonly cluster: string;
  readonly version: number;
  readonly givenAt: string;
  readonly state: FileState;
  readonly text: string;
  readonly headUserData: string;
}

/** A notice that is in force: one of a kind for a machine. */
export interface NoticeRow {
  readonly machineId: string;
  readonly cluster: string;
  readonly kind: Interruption["kind"];
  /** When the machine is taken away; null when that was not said. */
  readonly deadline: string | null;
}

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
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
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
      this.#db.prepare("DELETE FROM clusters WHERE name = ?").run(name);
    });
  }

  /** Machines that are not gone; of one cluster, or of all. */
  machines(cluster?: string): readonly MachineRow[] {
    return cluster === undefined
      ? this.#all<MachineRow>(`${SELECT_MACHINE} WHERE state != 'gone'`)
      : this.#all<MachineRow>(`${SELECT_MACHINE} WHERE cluster = ? AND state != 'gone'`, cluster);
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
