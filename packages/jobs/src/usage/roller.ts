import { setImmediate } from "node:timers/promises";
import type { HistoryJob } from "@sluice/gateway";
import { type Clock, messageOf } from "@sluice/model";
import type { UsageSource } from "./contract.ts";
import { DayLedger } from "./day-ledger.ts";
import { type Day, dayOf, startOfDay } from "./days.ts";
import { CLOSED_MS, dueDays, endOfDay } from "./due-days.ts";
import type { PriceBook } from "./price-book.ts";
import type { MadeDay, UsageStore } from "./store.ts";

export interface RollerParts {
  readonly store: UsageStore;
  readonly clock: Clock;
  readonly prices: PriceBook;
}

const SLICE = 500;
const RETRY_MS = 5000;
const LONGEST_RETRY_MS = 120_000;

/**
 * Makes the days of one cluster, as long as it is the same cluster. Killed at any time it leaves whole
 * days: one that was not made, or not lately, is made by the next round.
 */
export class Roller {
  readonly #parts: RollerParts;
  readonly #id: string;
  #made: Map<Day, MadeDay> | undefined;
  /** Something may have ended since today was read; before the start, too. */
  #isExpected = true;
  #took = 0;
  #notBefore = 0;
  #failures = 0;
  problem: string | undefined;

  constructor(parts: RollerParts, source: UsageSource) {
    this.#parts = parts;
    this.#id = source.record.id;
  }

  isFor(source: UsageSource): boolean {
    return source.record.id === this.#id;
  }

  expect(): void {
    this.#isExpected = true;
  }

  missingDays(source: UsageSource): number {
    const { clock } = this.#parts;
    const first = startOfDay(dayOf(source.record.createdAt)).getTime();
    const all = Math.ceil((clock.now().getTime() - first) / 86_400_000);
    return Math.max(0, all - (this.#made?.size ?? 0));
  }

  /** Makes what is due, newest first; returns when nothing is, or after a failure. */
  async round(source: UsageSource, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted && clock.now().getTime() >= this.#notBefore) {
      try {
        if (!(await this.#step(source, signal))) return;
        this.problem = undefined;
        this.#failures = 0;
      } catch (error) {
        this.#isExpected = true;
        this.problem = messageOf(error);
        this.#failures += 1;
        const wait = Math.min(RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS);
        this.#notBefore = clock.now().getTime() + wait;
      }
    }
  }

  async #step(source: UsageSource, signal: AbortSignal): Promise<boolean> {
    const { clock, store } = this.#parts;
    const place = { name: source.name, id: this.#id };
    this.#made ??= new Map(await store.made(place));
    const now = clock.now();
    const days = dueDays({
      made: this.#made,
      first: dayOf(source.record.createdAt),
      now,
      isExpected: this.#isExpected,
      took: this.#took,
    });
    if (days.length === 0) return false;
    // What ends from here on is expected anew.
    if (days.includes(dayOf(now))) this.#isExpected = false;
    const ledgers = await this.#read(source, days, signal);
    this.#took = clock.now().getTime() - now.getTime();
    for (const day of days) {
      const isClosed = now.getTime() >= endOfDay(day).getTime() + CLOSED_MS;
      const made = { madeAt: now, isClosed };
      await store.replace(place, day, ledgers.get(day)?.rows() ?? [], made);
      this.#made.set(day, made);
    }
    return true;
  }

  async #read(
    source: UsageSource,
    days: readonly Day[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<Day, DayLedger>> {
    const [first = "", last = first] = [days[0], days.at(-1)];
    const created = source.record.createdAt;
    const begin = startOfDay(first);
    const range = {
      // A database that was kept has the jobs of the cluster before, which are not this one's.
      since: new Date(Math.max(begin.getTime(), created.getTime())),
      until: new Date(endOfDay(last).getTime() - 1000),
      everyRun: true,
    };
    const ledgers = new Map<Day, DayLedger>();
    let some: HistoryJob[] = [];
    const gateway = await source.gateway();
    for await (const job of gateway.history(range, { signal })) {
      some.push(job);
      if (some.length < SLICE) continue;
      await this.#take(source, some, ledgers);
      some = [];
      await setImmediate();
    }
    await this.#take(source, some, ledgers);
    return ledgers;
  }

  async #take(
    source: UsageSource,
    jobs: readonly HistoryJob[],
    ledgers: Map<Day, DayLedger>,
  ): Promise<void> {
    const { store, prices } = this.#parts;
    const priceOf = prices.of(source);
    const ours = jobs.filter(({ tag }) => tag !== undefined);
    const applications = await store.applications(
      source.name,
      ours.map(({ id, arrayJobId }) => arrayJobId ?? id),
    );
    for (const job of jobs) {
      const { id, arrayJobId, endTime } = job;
      if (endTime === undefined) continue;
      const day = dayOf(endTime);
      const ledger = ledgers.get(day) ?? new DayLedger();
      ledgers.set(day, ledger);
      ledger.take(id, job.state, {
        ...job,
        endTime,
        eligibleTime: job.eligibleTime ?? job.submitTime,
        application: applications.get(arrayJobId ?? id) ?? "",
        price: priceOf(job),
      });
    }
  }
}
