import type { Clock } from "@sluice/model";

/** What was made is given so long to whoever asks next for the same. */
const FRESH_MS = 2000;
const MOST = 1000;

/** Answers by key, each made once for all who ask for it at the same time. What fails is not kept. */
export class Recent<T> {
  readonly #clock: Clock;
  readonly #made = new Map<string, { readonly at: number; readonly value: Promise<T> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(key: string, make: () => Promise<T>): Promise<T> {
    const now = this.#clock.now().getTime();
    const known = this.#made.get(key);
    if (known !== undefined && now - known.at < FRESH_MS) return known.value;
    this.#made.delete(key);
    const value = make();
    this.#made.set(key, { at: now, value });
    value.catch(() => this.#made.delete(key));
    const [oldest] = this.#made.keys();
    if (this.#made.size > MOST && oldest !== undefined) this.#made.delete(oldest);
    return value;
  }
}
