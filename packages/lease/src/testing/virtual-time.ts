import { setImmediate } from "node:timers/promises";
import type { MonotonicClock } from "../contract.ts";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Time that passes as fast as everything that waits for it is done. */
export class VirtualTime {
  #now = 0;
  #timers: Timer[] = [];

  get now(): number {
    return this.#now;
  }

  /** A machine's own view of it. */
  clock(): FreezableClock {
    return new FreezableClock(this);
  }

  after(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer: Timer = { at: this.#now + Math.max(0, milliseconds), fire: () => done() };
      const done = (): void => {
        signal?.removeEventListener("abort", done);
        this.#timers = this.#timers.filter((other) => other !== timer);
        resolve();
      };
      signal?.addEventListener("abort", done, { once: true });
      this.#timers.push(timer);
    });
  }

  /** Lets so much time pass. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await setImmediate();
      const [next] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#now = next.at;
      next.fire();
    }
    this.#now = end;
  }
}

/** The clock of a machine that can stand still: time goes on, and it notices later. */
export class FreezableClock implements MonotonicClock {
  readonly #time: VirtualTime;
  #thawed = Promise.resolve();
  #thaw: (() => void) | undefined;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  freeze(): void {
    if (this.#thaw !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#thawed = promise;
    this.#thaw = resolve;
  }

  thaw(): void {
    this.#thaw?.();
    this.#thaw = undefined;
  }

  get isFrozen(): boolean {
    return this.#thaw !== undefined;
  }

  /** Resolves when the machine runs. */
  async running(): Promise<void> {
    while (this.isFrozen) await this.#thawed;
  }

  milliseconds(): number {
    return this.#time.now;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await this.#time.after(milliseconds, signal);
    await this.running();
  }
}
