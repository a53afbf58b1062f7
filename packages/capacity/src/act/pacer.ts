import type { Clock } from "@sluice/model";

const SLOWEST = 0.5;
const UNLIMITED_FROM = 1000;
const CALM_MILLISECONDS = 5000;

/**
 * How fast launches may be asked. Unlimited until the cloud says that it is throttled; then a token
 * bucket of one second whose rate halves with each such answer (once a second) and doubles with
 * each five seconds without one.
 */
export class Pacer {
  readonly #clock: Clock;
  #perSecond = Number.POSITIVE_INFINITY;
  #level = 0;
  #filledAt = 0;
  #changedAt = 0;
  #lastBatch = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /**
   * Waits for its turn. Resolves to how many of `wanted` may go now, at least one; with `whole` to
   * all of them, which are then made up for later.
   */
  async admit(wanted: number, whole: boolean, signal: AbortSignal): Promise<number> {
    while (!signal.aborted) {
      const now = this.#clock.now().getTime();
      this.#refill(now);
      if (this.#perSecond === Number.POSITIVE_INFINITY) break;
      if (this.#level >= 1) {
        const admitted = whole ? wanted : Math.min(wanted, Math.floor(this.#level));
        this.#level -= admitted;
        this.#lastBatch = admitted;
        return admitted;
      }
      await this.#clock.sleep(Math.ceil(((1 - this.#level) / this.#perSecond) * 1000), signal);
    }
    this.#lastBatch = wanted;
    return wanted;
  }

  throttled(): void {
    const now = this.#clock.now().getTime();
    if (this.#perSecond === Number.POSITIVE_INFINITY) {
      this.#perSecond = Math.max(SLOWEST, Math.min(this.#lastBatch / 2, UNLIMITED_FROM / 2));
      this.#level = 0;
      this.#filledAt = now;
    } else if (now - this.#changedAt < 1000) return;
    else this.#perSecond = Math.max(SLOWEST, this.#perSecond / 2);
    this.#changedAt = now;
  }

  #refill(now: number): void {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return;
    while (now - this.#changedAt >= CALM_MILLISECONDS && this.#perSecond < UNLIMITED_FROM) {
      this.#perSecond *= 2;
      this.#changedAt += CALM_MILLISECONDS;
    }
    if (this.#perSecond >= UNLIMITED_FROM) {
      this.#perSecond = Number.POSITIVE_INFINITY;
      return;
    }
    const earned = ((now - this.#filledAt) / 1000) * this.#perSecond;
    this.#level = Math.min(Math.max(1, this.#perSecond), this.#level + earned);
    this.#filledAt = now;
  }
}
