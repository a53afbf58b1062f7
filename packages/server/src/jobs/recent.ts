import type { Clock } from "@sluice/model";

const FRESH_MS = 2000;
const MOST = 1000;

/** Answers by key, each made once for all who ask for it at the same time. What fails is not kept. */
export class Recent<T> {
  readonly #clock: Clock;
  readonly #freshMs: number;
  readonly #made = new Map<string, { readonly at: number; readonly value: Promise<T> }>();

  /** @param freshMs what was made is given so long to whoever asks next for the same. */
  constructor(clock: Clock, freshMs = FRESH_MS) {
    this.#clock = clock;
    this.#freshMs = freshMs;
  }

  of(key: string, make: () => Promise<T>): Promise<T> {
    const now = this.#clock.now().getTime();
    const known = this.#made.get(key);
    if (known !== undefined && now - known.at < this.#freshMs) return known.value;
    this.#made.delete(key);
    const value = make();
    this.#made.set(key, { at: now, value });
    value.catch(() => this.#made.delete(key));
    const [oldest] = this.#made.keys();
    if (this.#made.size > MOST && oldest !== undefined) this.#made.delete(oldest);
    return value;
  }
}
