import { createHash } from "node:crypto";
import type { Database, OccurrenceState, OccurrencesTable } from "@sluice/database";
import type { Clock } from "@sluice/model";
import { type Selectable, sql } from "kysely";
import { patiently } from "../submissions/patience.ts";
import type { EventData, Happening, Occurrence, OccurrenceError } from "./contract.ts";

type Row = Selectable<OccurrencesTable>;

/** Rows of one statement. */
const BATCH = 200;
/** Characters of an identity that are kept for people; its hash tells it from others. */
const MOST_IDENTITY = 1000;

/** What became of an attempt. */
export interface Attempt {
  readonly state: "submitted" | "retrying" | "dead";
  readonly runId?: string;
  readonly jobId?: number;
  readonly error?: OccurrenceError;
  /** Of one that is tried again. */
  readonly nextAt?: Date;
}

/** The table of occurrences. Everything is one statement or one transaction: a kill leaves no half. */
export class OccurrenceStore {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #random: { id(): string };

  constructor(parts: {
    readonly database: Database;
    readonly clock: Clock;
    readonly random: { id(): string };
  }) {
    this.#database = parts.database;
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  /**
   * Resolves when all of them are durable.
   *
   * @returns how many are new.
   */
  async add(
    triggerId: string,
    happenings: readonly Happening[],
    { as = "received", replayOf, database = this.#database }: AddOptions = {},
  ): Promise<number> {
    const now = this.#clock.now();
    let added = 0;
    for (let at = 0; at < happenings.length; at += BATCH) {
      const rows = happenings.slice(at, at + BATCH).map(({ identity, event }) => ({
        id: this.#random.id(),
        trigger_id: triggerId,
        identity_hash: identityHash(identity),
        identity: identity.slice(0, MOST_IDENTITY),
        event: JSON.stringify(event),
        state: as,
        next_at: as === "received" ? now : null,
        replay_of: replayOf ?? null,
        received_at: now,
        ended_at: as === "received" ? null : now,
      }));
      const insert = () =>
        database.insertInto("occurrences").ignore().values(rows).executeTakeFirst();
      // In somebody's transaction the whole of that is what is tried again.
      const { numInsertedOrUpdatedRows } = await (database === this.#database
        ? patiently(this.#clock, insert)
        : insert());
      added += Number(numInsertedOrUpdatedRows ?? 0);
    }
    return added;
  }

  /**
   * Takes what is due of a trigger: nobody else has it until `until`. Those whose holder died come
   * again.
   */
  claim(triggerId: string, most: number, until: Date): Promise<readonly Occurrence[]> {
    const now = this.#clock.now();
    return patiently(this.#clock, () =>
      this.#database.transaction().execute(async (transaction) => {
        const rows = await transaction
          .selectFrom("occurrences")
          .selectAll()
          .where("trigger_id", "=", triggerId)
          .where("next_at", "<=", now)
          .where((one) => one.or([one("leased_until", "is", null), one("leased_until", "<", now)]))
          .orderBy("next_at")
          .limit(most)
          .forUpdate()
          .skipLocked()
          .execute();
        if (rows.length === 0) return [];
        await transaction
          .updateTable("occurrences")
          .set((one) => ({
            state: "submitting",
            leased_until: until,
            attempts: one("attempts", "+", 1),
            started_at: sql`coalesce(started_at, ${now})`,
          }))
          .where(
            "id",
            "in",
            rows.map(({ id }) => id),
          )
          .execute();
        return rows.map((row) => ({ ...occurrenceOf(row), attempts: row.attempts + 1 }));
      }),
    );
  }

  async end(id: string, { state, runId, jobId, error, nextAt }: Attempt): Promise<void> {
    await patiently(this.#clock, () =>
      this.#database
        .updateTable("occurrences")
        .set({
          state,
          leased_until: null,
          next_at: nextAt ?? null,
          ended_at: state === "retrying" ? null : this.#clock.now(),
          run_id: runId ?? null,
          job_id: jobId ?? null,
          error: error === undefined ? null : JSON.stringify(error),
        })
        .where("id", "=", id)
        .execute(),
    );
  }

  /** Whether so many of a trigger, or more, wait to be submitted. */
  async hasWaiting(triggerId: string, count: number): Promise<boolean> {
    const row = await this.#database
      .selectFrom("occurrences")
      .select("next_at")
      .where("trigger_id", "=", triggerId)
      .where("next_at", "is not", null)
      .offset(count - 1)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** How many of a trigger were begun since then. */
  async begunSince(triggerId: string, since: Date): Promise<number> {
    const { count } = await this.#database
      .selectFrom("occurrences")
      .select((one) => one.fn.countAll<number>().as("count"))
      .where("trigger_id", "=", triggerId)
      .where("started_at", ">", since)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** Triggers that have something due. */
  async triggersWithDue(): Promise<readonly string[]> {
    const now = this.#clock.now();
    const rows = await this.#database
      .selectFrom("occurrences")
      .innerJoin("triggers", "triggers.id", "occurrences.trigger_id")
      .select("occurrences.trigger_id")
      .distinct()
      .where("triggers.state", "=", "active")
      .where("occurrences.next_at", "<=", now)
      .where((one) =>
        one.or([
          one("occurrences.leased_until", "is", null),
          one("occurrences.leased_until", "<", now),
        ]),
      )
      .execute();
    return rows.map(({ trigger_id }) => trigger_id);
  }

  async list(
    triggerId: string,
    {
      states,
      before,
      limit,
    }: {
      readonly states?: readonly OccurrenceState[];
      /** Of the last of the page before. */
      readonly before?: { readonly receivedAt: Date; readonly id: string };
      readonly limit: number;
    },
  ): Promise<readonly Occurrence[]> {
    let query = this.#database
      .selectFrom("occurrences")
      .selectAll()
      .where("trigger_id", "=", triggerId);
    if (states !== undefined) query = query.where("state", "in", [...states]);
    if (before !== undefined) {
      query = query.where((one) =>
        one.or([
          one("received_at", "<", before.receivedAt),
          one.and([one("received_at", "=", before.receivedAt), one("id", "<", before.id)]),
        ]),
      );
    }
    const rows = await query
      .orderBy("received_at", "desc")
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
    return rows.map(occurrenceOf);
  }

  async get(triggerId: string, id: string): Promise<Occurrence | undefined> {
    const row = await this.#database
      .selectFrom("occurrences")
      .selectAll()
      .where("trigger_id", "=", triggerId)
      .where("id", "=", id)
      .executeTakeFirst();
    return row && occurrenceOf(row);
  }

  async counts(triggerId: string): Promise<Readonly<Partial<Record<OccurrenceState, number>>>> {
    const rows = await this.#database
      .selectFrom("occurrences")
      .select((one) => ["state", one.fn.countAll<number>().as("count")])
      .where("trigger_id", "=", triggerId)
      .groupBy("state")
      .execute();
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  }

  /**
   * Forgets what ended before.
   *
   * @param except identities that would come again: of files that are still there.
   * @param most rows at a time.
   */
  async forget(
    triggerId: string,
    before: Date,
    except: ReadonlySet<string> = new Set(),
    most = 1000,
  ): Promise<void> {
    for (let after = ""; ; ) {
      const rows = await this.#database
        .selectFrom("occurrences")
        .select(["id", "identity_hash"])
        .where("trigger_id", "=", triggerId)
        .where("ended_at", "<", before)
        .where("id", ">", after)
        .orderBy("id")
        .limit(most)
        .execute();
      const ids = rows
        .filter(({ identity_hash }) => !except.has(identity_hash))
        .map(({ id }) => id);
      if (ids.length > 0) {
        await patiently(this.#clock, () =>
          this.#database.deleteFrom("occurrences").where("id", "in", ids).execute(),
        );
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < most) return;
      after = last.id;
    }
  }

  /** Hashes of all that a trigger ever had and still remembers. */
  async identities(triggerId: string): Promise<Set<string>> {
    const rows = await this.#database
      .selectFrom("occurrences")
      .select("identity_hash")
      .where("trigger_id", "=", triggerId)
      .execute();
    return new Set(rows.map(({ identity_hash }) => identity_hash));
  }
}

interface AddOptions {
  /** `ignored`: remembered, and nothing is made of it. */
  readonly as?: "received" | "ignored";
  readonly replayOf?: string;
  /** A transaction that it is part of. */
  readonly database?: Database;
}

export function identityHash(identity: string): string {
  return createHash("sha256").update(identity).digest("hex");
}

function occurrenceOf(row: Row): Occurrence {
  return {
    id: row.id,
    triggerId: row.trigger_id,
    identity: row.identity,
    event: JSON.parse(row.event) as EventData,
    state: row.state,
    attempts: row.attempts,
    runId: row.run_id ?? undefined,
    jobId: row.job_id === null ? undefined : Number(row.job_id),
    error: row.error === null ? undefined : (JSON.parse(row.error) as OccurrenceError),
    replayOf: row.replay_of ?? undefined,
    receivedAt: row.received_at,
    endedAt: row.ended_at ?? undefined,
  };
}
