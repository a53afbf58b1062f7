import { setImmediate } from "node:timers/promises";
import type { HistoryJob } from "@sluice/gateway";
import { type Clock, messageOf } from "@sluice/model";
import { ClusterJobs, SLICE } from "./cluster-jobs.ts";
import type { JobCacheStatus, JobChange, JobSource } from "./contract.ts";

export interface PollerOptions {
  readonly source: JobSource;
  readonly clock: Clock;
  /** How far back the past is kept. */
  readonly keepMs: number;
  readonly mostJobs: number;
  readonly publish: (change: JobChange) => void;
}

/** How often slurmctld is asked while somebody looks or something changed lately, and otherwise. */
const BUSY_MS = 1500;
const IDLE_MS = 10_000;
/** For how long after the last look or change. */
const ATTENTION_MS = 60_000;
/** Of the time between two looks: what another server heard so lately is not asked again. */
const SHARED_PART = 0.8;
/** Between two questions at least, whoever asks for them; a slow slurmctld gets longer. */
const LEAST_GAP_MS = 250;

/** Accounting is asked so long after a job ended, and at least so often. */
const SETTLED_MS = 3000;
const HISTORY_BUSY_MS = 15_000;
const HISTORY_IDLE_MS = 60_000;
/** Of two questions to accounting: it lags behind, and its clock is not this one. */
const OVERLAP_MS = 10 * 60_000;
/** How far back is looked for ends that accounting told late, each time and now and then. */
const REACH_MS = 3_600_000;
const FAR_REACH_MS = 24 * 3_600_000;
const FAR_EVERY_MS = 10 * 60_000;

/** The past is read backwards, in windows of so many jobs or fewer, if one can tell beforehand. */
const FIRST_WINDOW_MS = 6 * 3_600_000;
const WINDOW_JOBS = 5000;
const LONGEST_WINDOW_MS = 7 * 24 * 3_600_000;

const RETRY_MS = 2000;
const LONGEST_RETRY_MS = 10_000;
const PRUNE_MS = 10 * 60_000;

/** Beyond that, changes of one look are told as one. */
const MOST_CHANGES = 200;

/** Keeps the jobs of one cluster up to date, from `start` until its signal. */
export class Poller {
  readonly jobs: ClusterJobs;
  readonly #options: PollerOptions;
  #queueAt: Date | undefined;
  #historyAt: Date | undefined;
  #historyFrom: Date | undefined;
  #queueProblem: string | undefined;
  #historyProblem: string | undefined;
  #attentionUntil = 0;
  #isReading = false;
  /** When the last question to slurmctld was over, and what it took. */
  #heardAt = 0;
  #took = 0;
  #historyDue = 0;
  #farDue = 0;
  /** So many times everything of a day is asked for: accounting was away, and catches up. */
  #farReads = 0;
  #wakeQueue = new AbortController();
  #wakeHistory = new AbortController();
  #waiting: (() => void)[] = [];
  /** Whoever changes the jobs waits for whoever does. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PollerOptions) {
    this.#options = options;
    this.jobs = new ClusterJobs(options.source.name);
  }

  get status(): JobCacheStatus {
    return {
      cluster: this.#options.source.name,
      jobs: this.jobs.table.size,
      queueAt: this.#queueAt,
      historyAt: this.#historyAt,
      historyFrom: this.#historyFrom,
      problem: this.#queueProblem ?? this.#historyProblem,
    };
  }

  /** Resolves when everything has ended, soon after the signal. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#followQueue(signal),
      this.#readPast(signal).then(() => this.#followHistory(signal)),
    ]);
    for (const done of this.#waiting.splice(0)) done();
  }

  /** Somebody looks: from here on there are more questions for a while. */
  look(): void {
    const { clock } = this.#options;
    const now = clock.now().getTime();
    this.#attentionUntil = now + ATTENTION_MS;
    if (this.#isReading || this.#queueProblem !== undefined) return;
    if (now - this.#heardAt > this.#pause(BUSY_MS)) this.#wakeQueue.abort();
  }

  /** Asks slurmctld; resolves when a question that was asked after now is answered or failed. */
  async refresh(): Promise<void> {
    const done = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#wakeQueue.abort();
    await done;
  }

  async #followQueue(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let retry = RETRY_MS;
    while (!signal.aborted) {
      this.#wakeQueue = new AbortController();
      const waiting = this.#waiting.splice(0);
      const began = clock.now().getTime();
      this.#isReading = true;
      try {
        // Whoever waits is to see what is so now.
        const isRoutine = waiting.length === 0 && this.#queueAt !== undefined;
        await this.#readQueue(signal, isRoutine ? Math.round(this.#usual(began) * SHARED_PART) : 0);
        this.#queueProblem = undefined;
        retry = RETRY_MS;
      } catch (error) {
        this.#queueProblem = messageOf(error);
        retry = Math.min(retry * 2, LONGEST_RETRY_MS);
      }
      for (const done of waiting) done();
      this.#isReading = false;
      this.#heardAt = clock.now().getTime();
      this.#took = this.#heardAt - began;
      const pause = this.#pause(this.#usual(this.#heardAt));
      const wake = [signal, this.#wakeQueue.signal];
      await pauseOf(clock, this.#queueProblem === undefined ? pause : retry, wake);
      const gap = this.#heardAt + this.#pause(LEAST_GAP_MS) - clock.now().getTime();
      if (gap > 0) await clock.sleep(gap, signal);
    }
  }

  #usual(now: number): number {
    return now < this.#attentionUntil ? BUSY_MS : IDLE_MS;
  }

  #pause(usual: number): number {
    return Math.max(usual, 2 * this.#took);
  }

  async #readQueue(signal: AbortSignal, maxAgeMilliseconds: number): Promise<void> {
    const { clock, source } = this.#options;
    const gateway = await source.gateway();
    const askedAt = clock.now();
    const queue = await gateway.queue({ signal, maxAgeMilliseconds });
    const changes = await this.#exclusive(() => this.jobs.takeQueue(queue, askedAt));
    // What was there already when this process began is nothing that happened.
    if (this.#queueAt !== undefined) this.#publish(changes);
    this.#queueAt = askedAt;
    if (changes.length === 0) return;
    const now = clock.now().getTime();
    this.#attentionUntil = Math.max(this.#attentionUntil, now + ATTENTION_MS);
    if (changes.some(({ job }) => job.endTime !== undefined || !job.isLive)) {
      this.#historyDue = Math.min(this.#historyDue, now + SETTLED_MS);
      this.#wakeHistory.abort();
    }
  }

  /** Backwards, newest first, until there is enough. What happens meanwhile is read in between. */
  async #readPast(signal: AbortSignal): Promise<void> {
    const { clock, keepMs, mostJobs } = this.#options;
    const start = clock.now();
    const end = start.getTime() - keepMs;
    let until = start.getTime() + OVERLAP_MS;
    let window = FIRST_WINDOW_MS;
    let retry = RETRY_MS;
    while (!signal.aborted && until > end && this.jobs.table.size < mostJobs) {
      const since = Math.max(end, until - window);
      try {
        const { count } = await this.#readHistory(new Date(since), new Date(until), signal);
        this.#historyAt ??= start;
        this.#historyFrom = new Date(since);
        until = since;
        if (count < WINDOW_JOBS) window = Math.min(window * 2, LONGEST_WINDOW_MS);
        else window = Math.max(window / 2, FIRST_WINDOW_MS / 24);
        retry = RETRY_MS;
        if (this.#isHistoryDue()) await this.#readNews(signal);
        this.#historyProblem = undefined;
      } catch (error) {
        this.#historyProblem = messageOf(error);
        await clock.sleep(retry, signal);
        retry = Math.min(retry * 2, LONGEST_RETRY_MS);
      }
    }
  }

  async #followHistory(signal: AbortSignal): Promise<void> {
    const { clock, keepMs, mostJobs } = this.#options;
    let retry = RETRY_MS;
    let pruneDue = clock.now().getTime() + PRUNE_MS;
    while (!signal.aborted) {
      this.#wakeHistory = new AbortController();
      const now = clock.now().getTime();
      if (this.#isHistoryDue()) {
        try {
          await this.#readNews(signal);
          this.#historyProblem = undefined;
          retry = RETRY_MS;
        } catch (error) {
          this.#historyProblem = messageOf(error);
          this.#farReads = 3;
          this.#farDue = 0;
          this.#historyDue = now + retry;
          retry = Math.min(retry * 2, LONGEST_RETRY_MS);
        }
      }
      if (now >= pruneDue) {
        await this.#exclusive(() => this.jobs.prune(new Date(now - keepMs), mostJobs));
        pruneDue = now + PRUNE_MS;
      }
      const wait = Math.min(this.#historyDue, pruneDue) - clock.now().getTime();
      await pauseOf(clock, wait, [signal, this.#wakeHistory.signal]);
    }
  }

  #isHistoryDue(): boolean {
    return this.#options.clock.now().getTime() >= this.#historyDue;
  }

  /** What ended lately, and what ended long ago and was not told. */
  async #readNews(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const askedAt = clock.now();
    const now = askedAt.getTime();
    const isFar = now >= this.#farDue;
    const last = (this.#historyAt ?? askedAt).getTime();
    const reach = now - (isFar ? FAR_REACH_MS : REACH_MS);
    const oldest = isFar && this.#farReads > 0 ? reach : (this.jobs.oldestUnconfirmed ?? last);
    const since = Math.min(last, Math.max(oldest, reach)) - OVERLAP_MS;
    const { changes } = await this.#readHistory(
      new Date(since),
      new Date(now + OVERLAP_MS),
      signal,
    );
    this.#publish(changes);
    this.#historyAt = askedAt;
    if (isFar) {
      this.#farDue = now + FAR_EVERY_MS;
      this.#farReads = Math.max(0, this.#farReads - 1);
    }
    this.#publish(await this.#exclusive(async () => this.jobs.giveUp(askedAt)));
    const isAwaiting = this.jobs.oldestUnconfirmed !== undefined;
    this.#historyDue = now + (isAwaiting ? HISTORY_BUSY_MS : HISTORY_IDLE_MS);
  }

  async #readHistory(
    since: Date,
    until: Date,
    signal: AbortSignal,
  ): Promise<{ count: number; changes: readonly JobChange[] }> {
    const gateway = await this.#options.source.gateway();
    const changes: JobChange[] = [];
    let some: HistoryJob[] = [];
    let count = 0;
    const take = async () => {
      const taken = some;
      some = [];
      const told = await this.#exclusive(async () => this.jobs.takeHistory(taken));
      if (changes.length <= MOST_CHANGES) changes.push(...told);
    };
    for await (const job of gateway.history({ since, until }, { signal })) {
      count++;
      some.push(job);
      if (some.length < SLICE) continue;
      await take();
      // What comes faster than it is taken would keep everybody else waiting.
      await setImmediate();
    }
    await take();
    return { count, changes };
  }

  #publish(changes: readonly JobChange[]): void {
    const { publish, source } = this.#options;
    if (changes.length <= MOST_CHANGES) for (const change of changes) publish(change);
    else publish({ kind: "many", cluster: source.name, count: changes.length });
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

/** Sleeps until the time is over or one of the signals fires. */
async function pauseOf(
  clock: Clock,
  milliseconds: number,
  signals: readonly AbortSignal[],
): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  for (const signal of signals) {
    if (signal.aborted) return;
    signal.addEventListener("abort", end, { once: true });
  }
  await clock.sleep(milliseconds, over.signal);
  for (const signal of signals) signal.removeEventListener("abort", end);
}
