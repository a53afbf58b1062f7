import { bounded } from "./bounded.ts";
import type { LeaseOptions, LeaseRecord, LeaseTimes } from "./contract.ts";

/** A lease that was just taken. */
export interface Held {
  readonly record: LeaseRecord;
  readonly tag: string;
  /** When the write that took it was sent. */
  readonly sentAt: number;
  readonly former: string | undefined;
}

interface DataWaiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One time of holding the lease, from taking it until nothing of the holder's runs any more. */
export class Tenancy {
  readonly #options: LeaseOptions;
  readonly #times: LeaseTimes;
  readonly #held: Held;
  readonly #over = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #record: LeaseRecord;
  #tag: string;
  #until: number;
  /** Fires when the next renewal is not to wait. */
  #hurry = new AbortController();
  #waiters: DataWaiter[] = [];
  #isResigning = false;
  #favourite: string | undefined;
  #isLost = false;

  constructor(held: Held, options: LeaseOptions, times: LeaseTimes) {
    this.#held = held;
    this.#options = options;
    this.#times = times;
    this.#record = held.record;
    this.#tag = held.tag;
    this.#until = held.sentAt + times.stop;
  }

  /** Resolves when it is over and given up or lost. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The holder's work is over, or about to be. */
  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Asks for the end; `ended` says when it is there. */
  end(favourite: string | undefined): void {
    if (this.#isResigning) return;
    this.#isResigning = true;
    this.#favourite = favourite;
    this.#hurry.abort();
  }

  setData(data: unknown): Promise<void> {
    if (this.#over.signal.aborted) return Promise.reject(lost());
    this.#record = { ...this.#record, data };
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ resolve, reject });
    this.#hurry.abort();
    return promise;
  }

  /** @returns the tag of the resignation; undefined when the lease was lost. */
  async run(): Promise<string | undefined> {
    const { onHeld, onHeldUntil, onError } = this.#options;
    onHeldUntil?.(this.#until);
    const { term, data } = this.#held.record;
    const tenure = { term, data, former: this.#held.former, over: this.#over.signal };
    const work = onHeld(tenure).catch((error: unknown) => {
      onError?.(error);
      this.end(undefined);
    });
    try {
      await this.#renewUntil(() => this.#isResigning);
      const stopped = this.#stop();
      // Renewed meanwhile: nobody else takes over before what runs here has been stopped.
      let isStopped = false;
      void stopped.then(() => {
        isStopped = true;
        this.#hurry.abort();
      });
      await this.#renewUntil(() => isStopped);
      await stopped;
      await work;
      return await this.#resign();
    } finally {
      this.#ended.resolve();
    }
  }

  /** Keeps the lease until `isDone`, or until it is lost. */
  async #renewUntil(isDone: () => boolean): Promise<void> {
    const { clock, onError } = this.#options;
    let pause = this.#times.beat;
    while (!this.#isLost && !isDone()) {
      const left = this.#until - clock.milliseconds();
      if (left > 0 && this.#waiters.length === 0) {
        await clock.sleep(Math.min(pause, left), this.#hurry.signal);
      }
      if (this.#hurry.signal.aborted) this.#hurry = new AbortController();
      if (isDone()) return;
      if (clock.milliseconds() >= this.#until) {
        this.#lose();
        return;
      }
      pause = this.#times.beat;
      try {
        await this.#inTime((signal) => this.#renew(signal));
      } catch (error) {
        onError?.(error);
        pause = this.#times.beat / 4;
        // Whoever waits to leave data has no use for a loop without a pause.
        await clock.sleep(Math.min(pause, Math.max(0, this.#until - clock.milliseconds())));
      }
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { registers, name, clock } = this.#options;
    const sentAt = clock.milliseconds();
    const waiters = this.#waiters;
    const record = { ...this.#record, beat: this.#record.beat + 1 };
    const tag = await registers.write(name, JSON.stringify(record), this.#tag, { signal });
    if (this.#isLost || signal.aborted) return;
    if (tag === undefined) return this.#look(signal);
    this.#tag = tag;
    this.#record = { ...this.#record, beat: record.beat };
    this.#until = sentAt + this.#times.stop;
    this.#options.onHeldUntil?.(this.#until);
    this.#waiters = this.#waiters.filter((waiter) => !waiters.includes(waiter));
    for (const { resolve } of waiters) resolve();
  }

  /** Somebody wrote: this one itself, whose answer was lost, or the next holder. */
  async #look(signal: AbortSignal): Promise<void> {
    const { registers, name, holder } = this.#options;
    const value = await registers.read(name, { signal });
    if (this.#isLost || signal.aborted) return;
    const record = value === undefined ? undefined : (JSON.parse(value.text) as LeaseRecord);
    if (value === undefined || record?.holder !== holder || record.term !== this.#record.term) {
      this.#lose();
      return;
    }
    this.#tag = value.tag;
    this.#record = { ...this.#record, beat: record.beat };
    this.#hurry.abort();
  }

  /** A request that hangs is given up in time for another one. */
  #inTime<T>(attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    const left = Math.max(0, this.#until - clock.milliseconds());
    return bounded({ clock, milliseconds: Math.min(left, this.#times.beat * PATIENCE) }, attempt);
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#cease();
  }

  #cease(): void {
    this.#over.abort();
    for (const { reject } of this.#waiters.splice(0)) reject(lost());
  }

  async #stop(): Promise<void> {
    const { onOver, onError, clock } = this.#options;
    this.#cease();
    for (;;) {
      try {
        await onOver();
        return;
      } catch (error) {
        onError?.(error);
        await clock.sleep(RETRY_STOP);
      }
    }
  }

  async #resign(): Promise<string | undefined> {
    if (this.#isLost) return undefined;
    const { registers, name, onError } = this.#options;
    const { term, beat, data } = this.#record;
    const record: LeaseRecord = {
      holder: "",
      term,
      beat: beat + 1,
      ...(this.#favourite === undefined ? {} : { for: this.#favourite }),
      ...(data === undefined ? {} : { data }),
    };
    try {
      return await this.#inTime((signal) =>
        registers.write(name, JSON.stringify(record), this.#tag, { signal }),
      );
    } catch (error) {
      // The others take it when its time is over.
      onError?.(error);
      return undefined;
    }
  }
}

/** How many beats a request may take. */
const PATIENCE = 1.5;

/** Milliseconds before what could not be stopped is stopped again. */
const RETRY_STOP = 100;

function lost(): Error {
  return new Error("the lease is not held any more");
}
