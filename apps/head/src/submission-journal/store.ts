import { chmodSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { journalMode } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { Answer } from "./answer.ts";
import type { JobRecord, KeptSubmission, Submission } from "./contract.ts";

export interface JournalStore extends Disposable {
  /** Oldest number first. */
  kept(): readonly StoredSubmission[];
  /** What slurmctld said of what is kept. */
  answers(): ReadonlyMap<number, Answer>;
  keys(): readonly SubmissionKey[];
  /** On the disk when it returns: one transaction, whatever the number of them. */
  keep(answer: Answer, submissions: readonly Submission[]): void;
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

export type SubmissionKey = Pick<Submission, "jobId" | "made">;

/** With what slurmctld said of it: in an answer of its, or as it was read from one. */
export interface StoredSubmission extends Submission {
  readonly told: { readonly record: JobRecord } | { readonly answer: number };
  readonly askedAs: number | undefined;
}

/** The first one had the jobs themselves; they are seen again by whoever starts with this one. */
const VERSION = 2;
const TABLES = `
  DROP TABLE IF EXISTS kept;
  CREATE TABLE answers (
    id INTEGER PRIMARY KEY, count INTEGER NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE kept (
    job_id INTEGER NOT NULL, made INTEGER NOT NULL, answer INTEGER, record TEXT,
    script BLOB NOT NULL, environment BLOB NOT NULL, asked_as INTEGER,
    PRIMARY KEY (job_id, made)
  ) STRICT;
  CREATE INDEX kept_answer ON kept (answer);
  CREATE TABLE IF NOT EXISTS started (job_id INTEGER PRIMARY KEY) STRICT;`;

/**
 * The journal's file: jobs' scripts and environments are in it, so it is root's alone.
 *
 * @throws SluiceError `SUBMISSION_JOURNAL_UNUSABLE` when it can't be opened, is damaged, or is a later
 *   Sluice's.
 */
export function openJournalStore(path: string): JournalStore {
  const db = open(path);
  const put = db.prepare("INSERT OR IGNORE INTO kept VALUES (?,?,?,?,?,?,NULL)");
  const putAnswer = db.prepare("INSERT INTO answers (count, bytes) VALUES (?,?)");
  const take = db.prepare("DELETE FROM kept WHERE job_id = ? AND made = ?");
  const takeAnswers = db.prepare(
    "DELETE FROM answers WHERE NOT EXISTS (SELECT 1 FROM kept WHERE kept.answer = answers.id)",
  );
  const ask = db.prepare("UPDATE kept SET asked_as = ? WHERE job_id = ? AND made = ?");
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
  const putOne = (one: Submission, answer: number | null, record: string | null): void => {
    put.run(one.jobId, one.made, answer, record, one.script, one.environment);
  };
  return {
    kept: () => db.prepare("SELECT * FROM kept ORDER BY job_id").all().map(toKept),
    answers: () => new Map(db.prepare("SELECT * FROM answers").all().map(toAnswer)),
    keys: () =>
      db
        .prepare("SELECT job_id, made FROM kept")
        .all()
        .map((row) => ({ jobId: Number(row.job_id), made: Number(row.made) })),
    keep({ count, bytes }, submissions) {
      together(() => {
        const id = Number(putAnswer.run(count, bytes).lastInsertRowid);
        for (const one of submissions) putOne(one, id, null);
      });
    },
    replace(before, after) {
      together(() => {
        take.run(before.jobId, before.made);
        putOne(after, null, JSON.stringify(after.record));
      });
    },
    drop(submissions) {
      if (submissions.length === 0) return;
      together(() => {
        for (const { jobId, made } of submissions) take.run(jobId, made);
        takeAnswers.run();
      });
    },
    askAs(asked) {
      if (asked.length === 0) return;
      together(() => {
        for (const { jobId, made, askedAs } of asked) ask.run(askedAs, jobId, made);
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

function toKept(row: Record<string, unknown>): StoredSubmission {
  return {
    jobId: Number(row.job_id),
    made: Number(row.made),
    told:
      row.record === null
        ? { answer: Number(row.answer) }
        : { record: JSON.parse(String(row.record)) as JobRecord },
    script: row.script as Uint8Array,
    environment: row.environment as Uint8Array,
    askedAs: row.asked_as === null ? undefined : Number(row.asked_as),
  };
}

function toAnswer(row: Record<string, unknown>): [number, Answer] {
  return [Number(row.id), { count: Number(row.count), bytes: row.bytes as Uint8Array }];
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
    if (version < VERSION) {
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
