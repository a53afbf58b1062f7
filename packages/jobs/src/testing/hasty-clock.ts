import type { Clock } from "@sluice/model";

/** Whoever sleeps is done at once, and it is later. */
export class HastyClock implements Clock {
  #now = Date.parse("2030-01-01T00:00:00Z");

  now(): Date {
    return new Date(this.#now);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
