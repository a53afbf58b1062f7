import type { Clock } from "@sluice/model";

/** One sleeper that can be woken early. A wake-up while nobody sleeps is kept for the next sleep. */
export class Waker {
  readonly #clock: Clock;
  #pending = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#pending = true;
    this.#wake?.();
  }

  /** Resolves to true when woken, to false when the time is over or `signal` fired. */
  async sleep(milliseconds: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#pending && !signal.aborted && milliseconds > 0) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await this.#clock.sleep(milliseconds, AbortSignal.any([signal, woken.signal]));
      this.#wake = undefined;
    }
    const early = this.#pending;
    this.#pending = false;
    return early;
  }
}
