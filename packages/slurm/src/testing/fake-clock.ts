import { setImmediate } from "node:timers/promises";
import type { Clock } from "@sluice/model";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is advanced. */
export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(start: Date | string = "2030-01-01T00:00:00Z") {
    this.#now = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener("abort", wake);
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      const sleeper = { due: this.#now + Math.max(0, milliseconds), wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /**
   * Moves time on. Sleepers wake one by one, in the order they are due, each at its own moment and
   * with everything that it sets off done before the next one; those that they add count too.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (;;) {
      const next = this.#sleepers.reduce<Sleeper | undefined>(
        (first, one) => (first === undefined || one.due < first.due ? one : first),
        undefined,
      );
      if (next === undefined || next.due > end) break;
      this.#now = Math.max(this.#now, next.due);
      next.wake();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

/** Resolves when every promise that can settle without time or input has. */
async function settled(): Promise<void> {
  await setImmediate();
}
