import type { Clock } from "@sluice/model";

export interface RateOptions {
  readonly clock: Clock;
  /** At once, for each key. */
  readonly burst: number;
  /** On the long run, for each key. */
  readonly perSecond: number;
}

/** How many keys are kept in mind; those that asked for nothing in a while are forgotten first. */
const MOST_KEYS = 10_000;

/** A token bucket for each of many keys. */
export class Rate {
  readonly #options: RateOptions;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(options: RateOptions) {
    this.#options = options;
  }

  /** Whether one more is taken, and then counted. */
  take(key: string): boolean {
    const { clock, burst, perSecond } = this.#options;
    const now = clock.now().getTime() / 1000;
    const { left, at } = this.#buckets.get(key) ?? { left: burst, at: now };
    const filled = Math.min(burst, left + (now - at) * perSecond);
    const isTaken = filled >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { left: isTaken ? filled - 1 : filled, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST_KEYS && oldest !== undefined) this.#buckets.delete(oldest);
    return isTaken;
  }
}
