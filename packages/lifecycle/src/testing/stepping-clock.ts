import type { Clock } from "@sluice/model";

/**
 * Time that passes only in `sleep`, and then at once: an hour of polling takes no time.
 * `beforeSleep` is where a test lets something happen "meanwhile".
 */
export class SteppingClock implements Clock {
  #now: number;
  beforeSleep: (now: Date) => void = () => {};

  constructor(start = "2026-01-05T08:00:00Z") {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.beforeSleep(this.now());
    if (!signal?.aborted) this.#now += milliseconds;
  }
}
