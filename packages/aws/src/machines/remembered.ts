import type { Clock } from "@sluice/model";

/** Whoever asks for ever new things must not fill the memory. */
const MOST = 10_000;

interface Kept<V> {
  readonly value: Promise<V>;
  readonly until: number;
}

/**
 * Answers of an account that change seldom, by key, each asked for once by however many want it. What
 * failed is not kept.
 */
export class Remembered<V> {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #kept = new Map<string, Kept<V>>();

  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
  }

  get(key: string, ask: () => Promise<V>): Promise<V> {
    const now = this.#clock.now().getTime();
    const kept = this.#kept.get(key);
    if (kept !== undefined && now < kept.until) return kept.value;
    const value = ask();
    this.#kept.delete(key);
    this.#kept.set(key, { value, until: now + this.#milliseconds });
    // What was kept first ends first.
    for (const [oldest, { until }] of this.#kept) {
      if (now < until && this.#kept.size <= MOST) break;
      this.#kept.delete(oldest);
    }
    value.catch(() => {
      if (this.#kept.get(key)?.value === value) this.#kept.delete(key);
    });
    return value;
  }

  /** To be asked again; all of it without a key. */
  forget(key?: string): void {
    if (key === undefined) this.#kept.clear();
    else this.#kept.delete(key);
  }
}
