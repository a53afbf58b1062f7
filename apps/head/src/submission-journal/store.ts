import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { journalMode } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { JobRecord, KeptSubmission } from "./contract.ts";

export interface JournalStore extends Disposable {
  /** Oldest number first. */
  kept(): readonly KeptSubmission[];
  keys(): readonly SubmissionKey[];
  /** On the disk when it returns: one transaction, whatever the number of them. */
  keep(submissions: readonly KeptSubmission[]): void;
  drop(submissions: readonly SubmissionKey[]): void;
  /** At once, or not at all. */
  replace(before: SubmissionKey, after: KeptSubmission): void;
  /** On the disk when it returns. */
  askAs(asked: readonly (SubmissionKey & { readonly askedAs: number })[]): void;
  /** Jobs whose start was let through. */
  started(): ReadonlySet<number>;
  /** On the disk when it returns. */
  start(jobId: number): void;
  /** Forgets every start; for when nothing is kept. */
  forgetStarts(): void;
}

export type SubmissionKey = Pick<KeptSubmission, "jobId" | "submitTime">;

const VERSION = 1;
const TABLES = `
  CREATE TABLE kept (
    job_id INTEGER NOT NULL, submit_time INTEGER NOT NULL, record TEXT NOT NULL,
    script BLOB NOT NULL, environment BLOB NOT NULL, asked_as INTEGER,
    PRIMARY KEY (job_id, submit_time)
  ) STRICT;
  CREATE TABLE started (job_id INTEGER PRIMARY KEY) STRICT;`;

/**
 * The journal's file: jobs' scripts and environments are in it, so it is root's alone.
 *
 * @throws SluiceError `SUBMISSION_JOURNAL_UNUSABLE` when it can't be opened, is damaged, or is a later
 *   Sluice's.
 */
export function openJournalStore(path: string): JournalStore {
  const db = open(path);
  const put = db.prepare("INSERT OR IGNORE INTO kept VALUES (?,?,?,?,?,NULL)");
  const take = db.prepare("DELETE FROM kept WHERE job_id = ? AND submit_time = ?");
  const ask = db.prepare("UPDATE kept SET asked_as = ? WHERE job_id = ? AND submit_time = ?");
  const putStart = db.prepare("INSERT OR IGNORE INTO started VALUES (?)");
  const together = (work: () => void): void => {
    db.exec("BEGIN IMMEDIATE");
    try {
      work();
      db.exec("COMMIT");
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  };
  const putOne = (one: KeptSubmission): void => {
    const { jobId, submitTime, record, script, environment } = one;
    put.run(jobId, submitTime, JSON.stringify(record), script, environment);
  };
  return {
    kept: () => db.prepare("SELECT * FROM kept ORDER BY job_id").all().map(toKept),
    keys: () =>
      db
        .prepare("SELECT job_id, submit_time FROM kept")
        .all()
        .map((row) => ({ jobId: Number(row.job_id), submitTime: Number(row.submit_time) })),
    keep(submissions) {
      together(() => submissions.forEach(putOne));
    },
    replace(before, after) {
      together(() => {
        take.run(before.jobId, before.submitTime);
        putOne(after);
      });
    },
    drop(submissions) {
      if (submissions.length === 0) return;
      together(() => {
        for (const { jobId, submitTime } of submissions) take.run(jobId, submitTime);
      });
    },
    askAs(asked) {
      if (asked.length === 0) return;
      together(() => {
        for (const { jobId, submitTime, askedAs } of asked) ask.run(askedAs, jobId, submitTime);
      });
    },
    started() {
      const rows = db.prepare("SELECT job_id FROM started").all();
      return new Set(rows.map((row) => Number(row.job_id)));
    },
    start: (jobId) => void putStart.run(jobId),
    forgetStarts: () => db.exec("DELETE FROM started"),
    [Symbol.dispose]: () => db.close(),
  };
}

function toKept(row: Record<string, unknown>): KeptSubmission {
  return {
    jobId: Number(row.job_id),
    submitTime: Number(row.submit_time),
    record: JSON.parse(String(row.record)) as JobRecord,
    script: row.script as Uint8Array,
    environment: row.environment as Uint8Array,
    askedAs: row.asked_as === null ? undefined : Number(row.asked_as),
  };
}

function open(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    if (path !== ":memory:") chmodSync(path, 0o600);
    db.exec(`PRAGMA journal_mode = ${journalMode(path)}; PRAGMA synchronous = FULL`);
    db.exec("PRAGMA busy_timeout = 2000");
    const version = Number(db.prepare("PRAGMA user_version").get()?.user_version ?? 0);
    if (version > VERSION)
      throw new Error(`it has version ${version}, this Sluice knows ${VERSION}`);
    if (version === 0) {
      db.exec(`BEGIN IMMEDIATE; ${TABLES} PRAGMA user_version = ${VERSION}; COMMIT`);
    }
    return db;
  } catch (cause) {
    db?.close();
    throw new SluiceError(
      "SUBMISSION_JOURNAL_UNUSABLE",
      "system",
      `the journal of submissions ${path} cannot be opened`,
      { hint: "check its folder and the free space; move a damaged file away", cause },
    );
  }
}
