import { createHash } from "node:crypto";
import type { AuditRecord } from "@sluice/api";
import { type Database, inTransaction, type Tables } from "@sluice/database";
import { type Clock, SluiceError } from "@sluice/model";
import type { Selectable } from "kysely";
import type { Audit, AuditEntry } from "./contract.ts";

/** In one transaction. What comes while it runs goes into the next. */
const BATCH = 500;
const DETAIL_BYTES = 16_384;

export interface AuditQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly user?: string | undefined;
  readonly action?: string | undefined;
  /** How the target begins. */
  readonly target?: string | undefined;
  readonly result?: AuditEntry["result"] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export interface AuditCheck {
  readonly records: number;
  readonly isWhole: boolean;
  /** Sequence of the first record that does not fit to the one before. */
  readonly firstBroken?: number;
}

/** The audit log, in the order in which things were written. */
export interface AuditLog extends Audit {
  /** Newest first. */
  query(query: AuditQuery): Promise<{ items: AuditRecord[]; next?: string }>;
  /** Reads all of it. */
  check(): Promise<AuditCheck>;
}

type Row = Selectable<Tables["audit_log"]>;
type Unchained = Omit<Row, "sequence" | "hash">;

interface Waiting {
  readonly row: Unchained;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * In the database, each record with a SHA-256 over itself and the hash before: who changes one has to
 * change all that follow, and the head. Several servers write one chain.
 */
export function createAudit({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Clock;
}): AuditLog {
  const waiting: Waiting[] = [];
  let isWriting = false;

  const writeAll = async (): Promise<void> => {
    if (isWriting) return;
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      try {
        await append(
          database,
          batch.map(({ row }) => row),
        );
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    isWriting = false;
  };

  return {
    write: (entry) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ row: rowOf(entry, clock.now()), done: resolve, failed: reject });
      void writeAll();
      return promise;
    },

    query: async ({ limit, cursor, user, action, target, result, since, until }) => {
      const before = cursor === undefined ? undefined : sequenceOf(cursor);
      const prefix = `${(target ?? "").replace(/[\\%_]/g, "\\$&")}%`;
      const rows = await database
        .selectFrom("audit_log")
        .selectAll()
        .$if(before !== undefined, (query) => query.where("sequence", "<", before ?? 0))
        .$if(user !== undefined, (query) => query.where("user_name", "=", user ?? ""))
        .$if(action !== undefined, (query) => query.where("action", "=", action ?? ""))
        .$if(target !== undefined, (query) => query.where("target", "like", prefix))
        .$if(result !== undefined, (query) => query.where("result", "=", result ?? ""))
        .$if(since !== undefined, (query) => query.where("time", ">=", new Date(since ?? 0)))
        .$if(until !== undefined, (query) => query.where("time", "<", new Date(until ?? 0)))
        .orderBy("sequence", "desc")
        .limit(limit + 1)
        .execute();
      const items = rows.slice(0, limit).map(recordOf);
      const last = items.at(-1);
      const hasMore = rows.length > limit && last !== undefined;
      return { items, ...(hasMore ? { next: String(last.sequence) } : {}) };
    },

    check: () => check(database),
  };
}

async function append(database: Database, rows: readonly Unchained[]): Promise<void> {
  await inTransaction(database, async (tables) => {
    const head = await tables
      .selectFrom("audit_head")
      .selectAll()
      .where("id", "=", 1)
      .forUpdate()
      .executeTakeFirstOrThrow();
    let { sequence, hash } = head;
    const chained: Row[] = [];
    for (const row of rows) {
      sequence += 1;
      hash = hashOf(hash, sequence, row);
      chained.push({ ...row, sequence, hash });
    }
    await tables.insertInto("audit_log").values(chained).execute();
    await tables.updateTable("audit_head").set({ sequence, hash }).where("id", "=", 1).execute();
  });
}

async function check(database: Database): Promise<AuditCheck> {
  // First, so that records that come meanwhile are not missed in it.
  const head = await database
    .selectFrom("audit_head")
    .selectAll()
    .where("id", "=", 1)
    .executeTakeFirstOrThrow();
  let last = { sequence: 0, hash: "0".repeat(64) };
  while (last.sequence < head.sequence) {
    const rows = await database
      .selectFrom("audit_log")
      .selectAll()
      .where("sequence", ">", last.sequence)
      .where("sequence", "<=", head.sequence)
      .orderBy("sequence")
      .limit(BATCH)
      .execute();
    for (const row of rows) {
      const { sequence, hash, ...rest } = row;
      const isNext = sequence === last.sequence + 1;
      if (!isNext || hash !== hashOf(last.hash, sequence, rest)) {
        return { records: head.sequence, isWhole: false, firstBroken: last.sequence + 1 };
      }
      last = { sequence, hash };
    }
    if (rows.length === 0) break;
  }
  const isWhole = last.sequence === head.sequence && last.hash === head.hash;
  if (isWhole) return { records: head.sequence, isWhole };
  return { records: head.sequence, isWhole, firstBroken: last.sequence + 1 };
}

function hashOf(before: string, sequence: number, row: Unchained): string {
  const fields = [
    before,
    sequence,
    row.time.toISOString(),
    row.user_id,
    row.user_name,
    row.via,
    row.credential_id,
    row.acting_as,
    row.action,
    row.target,
    row.address,
    row.request_id,
    row.result,
    row.detail,
  ];
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}

function rowOf(entry: AuditEntry, time: Date): Unchained {
  const { principal } = entry;
  return {
    time,
    user_id: cut(principal?.id, 64),
    user_name: cut(principal?.name, 255),
    via: cut(principal?.via, 20),
    credential_id: cut(principal?.credentialId, 64),
    acting_as: cut(entry.actingAs, 64),
    action: cut(entry.action, 120) ?? "",
    target: cut(entry.target, 1000) ?? "",
    address: cut(entry.from, 64) ?? "",
    request_id: cut(entry.requestId, 120) ?? "",
    result: entry.result,
    detail: entry.detail === undefined ? null : detailOf(entry.detail),
  };
}

function detailOf(detail: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(detail);
  const isLong = Buffer.byteLength(text) > DETAIL_BYTES;
  return isLong ? JSON.stringify({ omitted: `${Buffer.byteLength(text)} bytes` }) : text;
}

/** As the database will give it back: cut to its column, and without halves of characters. */
function cut(text: string | undefined, length: number): string | null {
  if (text === undefined) return null;
  const whole = text.toWellFormed();
  return whole.length <= length ? whole : [...whole].slice(0, length).join("");
}

function recordOf(row: Row): AuditRecord {
  return {
    sequence: row.sequence,
    time: row.time.toISOString(),
    ...(row.user_name === null ? {} : { user: row.user_name }),
    ...(row.via === null ? {} : { via: row.via as NonNullable<AuditRecord["via"]> }),
    ...(row.credential_id === null ? {} : { credential: row.credential_id }),
    ...(row.acting_as === null ? {} : { actingAs: row.acting_as }),
    action: row.action,
    target: row.target,
    from: row.address,
    requestId: row.request_id,
    result: row.result as AuditRecord["result"],
    ...(row.detail === null ? {} : { detail: JSON.parse(row.detail) as Record<string, unknown> }),
  };
}

/** Errors: `PAGE_CURSOR_INVALID`. */
function sequenceOf(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new SluiceError("PAGE_CURSOR_INVALID", "user", "that cursor is of no page of this log", {
    hint: "begin without one",
  });
}
