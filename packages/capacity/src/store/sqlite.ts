import { DatabaseSync } from "node:sqlite";
import { journalMode } from "@sluice/cloud";
import { type ComputeFleetStatus, SluiceError } from "@sluice/model";
import { poolId } from "../pools.ts";
import type { CapacityStore, Intent, Notice, PoolHealth, Unavailability } from "./contract.ts";
import {
  healthValues,
  intentValues,
  noticeValues,
  offeringValues,
  type Row,
  toEvent,
  toHealth,
  toIntent,
  toNotice,
  toPeak,
  toUnavailability,
} from "./rows.ts";
import { MIGRATIONS } from "./schema.ts";

const EVENTS_KEPT = 5_000;
const PEAKS_KEPT_MILLISECONDS = 24 * 3600 * 1000;

/**
 * Opens the node manager's memory. What a method wrote survives a power cut: WAL with
 * synchronous=FULL, one transaction a call.
 *
 * @param path of the database file, made if missing; `:memory:` for one that is not kept.
 * @throws SluiceError `CAPACITY_STORE_NEWER` when a later Sluice wrote the file;
 *   `CAPACITY_STORE_UNUSABLE` when it can't be opened or is damaged.
 */
export function openCapacityStore(path: string): CapacityStore {
  const db = open(path);

  // There is one writer, so what was written is what is there: reads need no query.
  const intents = new Map<string, Intent>();
  for (const row of db.prepare("SELECT * FROM intents").all()) {
    const intent = toIntent(row as Row);
    intents.set(intent.token, intent);
  }
  const unavailable = new Map<string, Unavailability>();
  for (const row of db.prepare("SELECT * FROM unavailable").all()) {
    const item = toUnavailability(row as Row);
    unavailable.set(offeringValues(item).join("\0"), item);
  }

  const notices = new Map<string, Notice>();
  for (const row of db.prepare("SELECT * FROM notices").all()) {
    const notice = toNotice(row as Row);
    notices.set(notice.machineId, notice);
  }
  const health = new Map<string, PoolHealth>();
  for (const row of db.prepare("SELECT * FROM pool_health").all()) {
    const item = toHealth(row as Row);
    health.set(poolId(item.pool), item);
  }

  const putIntent = db.prepare(
    `INSERT OR REPLACE INTO intents VALUES (${Array(16).fill("?").join(", ")})`,
  );
  const dropIntent = db.prepare("DELETE FROM intents WHERE token = ?");
  const putUnavailable = db.prepare(
    "INSERT OR REPLACE INTO unavailable VALUES (?,?,?,?,?,?,?,?,?,?)",
  );
  const dropUnavailable = db.prepare(
    `DELETE FROM unavailable WHERE queue = ? AND compute_resource = ? AND instance_type = ?
     AND zone = ? AND market = ?`,
  );
  const putEvent = db.prepare(
    "INSERT INTO events (time, kind, node, job, machine_id, message) VALUES (?,?,?,?,?,?)",
  );
  const trimEvents = db.prepare(
    `DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ${EVENTS_KEPT}`,
  );
  const readEvents = db.prepare("SELECT * FROM events WHERE id > ? ORDER BY id DESC LIMIT ?");

  function transaction(work: () => void): void {
    db.exec("BEGIN IMMEDIATE");
    try {
      work();
      db.exec("COMMIT");
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }

  return {
    intents: () => [...intents.values()],
    saveIntents(put, drop = []) {
      if (put.length + drop.length === 0) return;
      transaction(() => {
        for (const token of drop) dropIntent.run(token);
        for (const intent of put) putIntent.run(...intentValues(intent));
      });
      for (const token of drop) intents.delete(token);
      for (const intent of put) intents.set(intent.token, intent);
    },

    unavailable: () => [...unavailable.values()],
    saveUnavailable(items) {
      transaction(() => {
        for (const item of items) {
          const { cause, reason, failures, until, size } = item;
          putUnavailable.run(
            ...offeringValues(item),
            cause,
            reason,
            failures,
            until.getTime(),
            size,
          );
        }
      });
      for (const item of items) unavailable.set(offeringValues(item).join("\0"), item);
    },
    dropUnavailable(items) {
      if (items.length === 0) return;
      transaction(() => {
        for (const item of items) dropUnavailable.run(...offeringValues(item));
      });
      for (const item of items) unavailable.delete(offeringValues(item).join("\0"));
    },

    fleet() {
      const row = db.prepare("SELECT status, updated_at FROM fleet").get() as Row | undefined;
      return {
        status: (row?.status ?? "RUNNING") as ComputeFleetStatus,
        updatedAt: new Date(Number(row?.updated_at ?? 0)),
      };
    },
    saveFleet({ status, updatedAt }) {
      db.prepare("INSERT OR REPLACE INTO fleet VALUES (1, ?, ?)").run(status, updatedAt.getTime());
    },

    returnedJobs: () =>
      db
        .prepare("SELECT job_id, at FROM returned_jobs")
        .all()
        .map((row) => ({ jobId: Number(row.job_id), at: new Date(Number(row.at)) })),
    addReturnedJobs(jobs) {
      const put = db.prepare("INSERT OR REPLACE INTO returned_jobs VALUES (?, ?)");
      transaction(() => {
        for (const { jobId, at } of jobs) put.run(jobId, at.getTime());
      });
    },
    dropReturnedJobs(jobIds) {
      if (jobIds.length === 0) return;
      const drop = db.prepare("DELETE FROM returned_jobs WHERE job_id = ?");
      transaction(() => {
        for (const id of jobIds) drop.run(id);
      });
    },

    notices: () => [...notices.values()],
    saveNotices(put, drop = []) {
      if (put.length + drop.length === 0) return;
      const save = db.prepare("INSERT OR REPLACE INTO notices VALUES (?,?,?,?,?,?)");
      const forget = db.prepare("DELETE FROM notices WHERE machine_id = ?");
      transaction(() => {
        for (const machineId of drop) forget.run(machineId);
        for (const notice of put) save.run(...noticeValues(notice));
      });
      for (const machineId of drop) notices.delete(machineId);
      for (const notice of put) notices.set(notice.machineId, notice);
    },

    health: () => [...health.values()],
    saveHealth(items) {
      if (items.length === 0) return;
      const save = db.prepare("INSERT OR REPLACE INTO pool_health VALUES (?,?,?,?,?,?,?)");
      transaction(() => {
        for (const item of items) save.run(...healthValues(item));
      });
      for (const item of items) health.set(poolId(item.pool), item);
    },
    dropHealth(pools) {
      if (pools.length === 0) return;
      const forget = db.prepare("DELETE FROM pool_health WHERE queue = ? AND compute_resource = ?");
      transaction(() => {
        for (const pool of pools) forget.run(pool.queue, pool.computeResource);
      });
      for (const pool of pools) health.delete(poolId(pool));
    },

    peaks: () =>
      db
        .prepare("SELECT * FROM peaks ORDER BY minute, queue")
        .all()
        .map((row) => toPeak(row as Row)),
    savePeaks(peaks) {
      if (peaks.length === 0) return;
      const save = db.prepare(
        `INSERT INTO peaks VALUES (?,?,?)
         ON CONFLICT DO UPDATE SET nodes = max(nodes, excluded.nodes)`,
      );
      const trim = db.prepare("DELETE FROM peaks WHERE minute < ?");
      const newest = Math.max(...peaks.map(({ minute }) => minute.getTime()));
      transaction(() => {
        for (const { queue, minute, nodes } of peaks) save.run(queue, minute.getTime(), nodes);
        trim.run(newest - PEAKS_KEPT_MILLISECONDS);
      });
    },

    addEvents(events) {
      if (events.length === 0) return;
      transaction(() => {
        for (const { time, kind, node, job, machineId, message } of events) {
          putEvent.run(time, kind, node ?? null, job ?? null, machineId ?? null, message);
        }
        trimEvents.run();
      });
    },
    events: (after, limit) =>
      readEvents
        .all(after, limit)
        .map((row) => toEvent(row as Row))
        .reverse(),

    [Symbol.dispose]() {
      db.close();
    },
  };
}

function open(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    db.exec(`PRAGMA journal_mode = ${journalMode(path)}; PRAGMA synchronous = FULL`);
    db.exec("PRAGMA busy_timeout = 2000");
    migrate(db, path);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof SluiceError) throw error;
    throw new SluiceError(
      "CAPACITY_STORE_UNUSABLE",
      "system",
      `the node manager's store ${path} cannot be opened`,
      {
        hint: "check its folder, its owner and the free space; move a damaged file away",
        cause: error,
      },
    );
  }
}

function migrate(db: DatabaseSync, path: string): void {
  const version = Number(db.prepare("PRAGMA user_version").get()?.user_version ?? 0);
  if (version > MIGRATIONS.length) {
    throw new SluiceError(
      "CAPACITY_STORE_NEWER",
      "system",
      `the node manager's store ${path} has version ${version}, this Sluice knows ${MIGRATIONS.length}`,
      { hint: "run the Sluice that wrote it, or a later one" },
    );
  }
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < version) continue;
    db.exec(`BEGIN IMMEDIATE; ${statements}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
