import { messageOf } from "@sluice/model";
import { sql } from "kysely";
import type { Database } from "./connect.ts";

/** A clock that nobody sets. */
export interface SteadyClock {
  /** Milliseconds since any fixed moment. */
  milliseconds(): number;
  /** Resolves after `milliseconds`, or at once when `signal` fires; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface LeaseWork {
  readonly database: Database;
  readonly clock: SteadyClock;
  /** What is done once; 1 to 100 characters. */
  readonly name: string;
  /** Of this process in this life: the one before it is somebody else. */
  readonly holder: string;
  /**
   * Called with each term that is held, and aborted when it is over: it ends soon then. One that
   * ends before that, or throws, is called again after a pause, under another term or the same.
   *
   * @param term counts up with each holder: what is written with an older one is too late.
   */
  readonly work: (signal: AbortSignal, term: number) => Promise<void>;
  /** Told what the database or the work threw; both are tried again. */
  readonly onProblem?: (problem: string) => void;
  readonly times?: LeaseTimes;
}

/** In milliseconds. */
export interface LeaseTimes {
  /** By the database's clock: what was not renewed for so long is anybody's. */
  readonly ttl: number;
  /** Before that, by the holder's own clock, its work is called off. */
  readonly margin: number;
  /** Between two renewals. */
  readonly beat: number;
  /** Between two looks of those who wait. */
  readonly look: number;
}

export const LEASE_TIMES: LeaseTimes = { ttl: 10_000, margin: 3000, beat: 2500, look: 1500 };

/**
 * Takes a lease that is free, runs out or is the holder's own.
 *
 * @param ttl milliseconds.
 * @returns the term; undefined: somebody else holds it.
 */
export async function takeLease(
  database: Database,
  { name, holder, ttl }: { readonly name: string; readonly holder: string; readonly ttl: number },
): Promise<number | undefined> {
  const until = sql`TIMESTAMPADD(MICROSECOND, ${ttl * 1000}, UTC_TIMESTAMP(6))`;
  const take = async () => {
    // Assignments take effect from left to right: the term is of who held it before.
    const { numAffectedRows } = await sql`
      UPDATE leases SET
        term = IF(holder = ${holder} AND held_until >= UTC_TIMESTAMP(6), term, term + 1),
        holder = ${holder}, held_until = ${until}
      WHERE name = ${name} AND (holder = ${holder} OR held_until < UTC_TIMESTAMP(6))
    `.execute(database);
    return numAffectedRows !== 0n;
  };
  if (!(await take())) {
    const row = await database
      .selectFrom("leases")
      .select("name")
      .where("name", "=", name)
      .executeTakeFirst();
    if (row !== undefined) return undefined;
    await sql`INSERT IGNORE INTO leases (name, holder, term, held_until)
      VALUES (${name}, '', 0, '2000-01-01 00:00:00')`.execute(database);
    if (!(await take())) return undefined;
  }
  const held = await database
    .selectFrom("leases")
    .select("term")
    .where("name", "=", name)
    .where("holder", "=", holder)
    .executeTakeFirst();
  return held === undefined ? undefined : Number(held.term);
}

/** Lets another take it at once. What is another's stays. */
export async function releaseLease(
  database: Database,
  { name, holder }: { readonly name: string; readonly holder: string },
): Promise<void> {
  await sql`UPDATE leases SET held_until = '2000-01-01 00:00:00'
    WHERE name = ${name} AND holder = ${holder}`.execute(database);
}

/**
 * Does `work` in one process of all that call this with the same name, again and again, until the
 * signal fires; resolves when the work has ended and the lease is released.
 *
 *   waiting ──(free)──▶ held: work runs, renewed every `beat`
 *      ▲                  │ not renewed for `ttl - margin`, or another has it: work is aborted
 *      └──────────────────┘
 *
 * The database's clock says when a lease is over; the holder counts from before it asked, so that it
 * is through before that, as long as the work ends within `margin`. Work that outlives it does no
 * harm when what it writes names its term, or is the same done twice.
 */
export async function underLease(options: LeaseWork, signal: AbortSignal): Promise<void> {
  const { clock, times = LEASE_TIMES } = options;
  while (!signal.aborted) {
    const askedAt = clock.milliseconds();
    const term = await tryToTake(options);
    if (term !== undefined) await hold(options, { term, askedAt }, signal);
    if (!signal.aborted) await clock.sleep(times.look, signal);
  }
}

async function tryToTake(options: LeaseWork): Promise<number | undefined> {
  const { database, name, holder, times = LEASE_TIMES } = options;
  try {
    return await takeLease(database, { name, holder, ttl: times.ttl });
  } catch (error) {
    options.onProblem?.(messageOf(error));
    return undefined;
  }
}

async function hold(
  options: LeaseWork,
  { term, askedAt }: { readonly term: number; readonly askedAt: number },
  signal: AbortSignal,
): Promise<void> {
  const { clock, database, name, holder, times = LEASE_TIMES } = options;
  const over = new AbortController();
  const isOver = AbortSignal.any([signal, over.signal]);
  const lifetime = times.ttl - times.margin;
  const left = (since: number) => since + lifetime - clock.milliseconds();
  const working = (async () => options.work(isOver, term))()
    .catch((error: unknown) => {
      if (!isOver.aborted) options.onProblem?.(messageOf(error));
    })
    .finally(() => over.abort());
  let renewedAt = askedAt;
  while (!isOver.aborted) {
    if (left(renewedAt) <= 0) break;
    await clock.sleep(Math.min(times.beat, left(renewedAt)), isOver);
    if (isOver.aborted || left(renewedAt) <= 0) break;
    const sentAt = clock.milliseconds();
    const waited = new AbortController();
    const answer = await Promise.race([
      // A database that is away says nothing about the lease: it is asked again.
      tryToTake(options).then((held) => ({ held })),
      clock.sleep(left(renewedAt), AbortSignal.any([isOver, waited.signal])),
    ]);
    waited.abort();
    if (answer?.held === term) renewedAt = sentAt;
    else if (answer?.held !== undefined) break;
    else if (answer !== undefined && (await isAnothers(options))) break;
  }
  over.abort();
  await working;
  await releaseLease(database, { name, holder }).catch(() => {});
}

/** Whether the database says that somebody else holds it. */
async function isAnothers({ database, name, holder }: LeaseWork): Promise<boolean> {
  const row = await database
    .selectFrom("leases")
    .select("holder")
    .where("name", "=", name)
    .executeTakeFirst()
    .catch(() => undefined);
  return row !== undefined && row.holder !== holder;
}
