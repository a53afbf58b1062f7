import type { Registers, RegisterValue } from "@sluice/cloud";
import type { FreezableClock, VirtualTime } from "./virtual-time.ts";

/** How a machine reaches the registers at the moment. */
export interface Way {
  /** Milliseconds there, and as many back. */
  delay: number;
  /** Lost on the way there, or on the way back: then it was done all the same. */
  loses: "nothing" | "requests" | "answers";
}

/** Registers in memory, as several machines reach them over ways of their own. */
export class MemoryRegisters {
  readonly #values = new Map<string, RegisterValue>();
  readonly #time: VirtualTime;
  #count = 0;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  value(name: string): RegisterValue | undefined {
    return this.#values.get(name);
  }

  /** What the machine with this clock has of them. */
  seenFrom(clock: FreezableClock, way: Way): Registers {
    const ask = async <T>(act: () => T, signal?: AbortSignal): Promise<T> => {
      await clock.running();
      const { delay, loses } = way;
      await this.#time.after(delay);
      if (loses === "requests") await never(signal);
      const result = act();
      await this.#time.after(delay);
      if (loses === "answers") await never(signal);
      await clock.running();
      signal?.throwIfAborted();
      return result;
    };
    return {
      read: (name, options) => ask(() => this.#values.get(name), options?.signal),
      write: (name, text, expected, options) =>
        ask(() => this.#write(name, text, expected), options?.signal),
    };
  }

  #write(name: string, text: string, expected: string | undefined): string | undefined {
    if (this.#values.get(name)?.tag !== expected) return undefined;
    const tag = `t${++this.#count}`;
    this.#values.set(name, { text, tag });
    return tag;
  }
}

function never(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
