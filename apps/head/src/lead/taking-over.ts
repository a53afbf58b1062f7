import type { MonotonicClock } from "@sluice/lease";
import type { Step } from "./leader.ts";
import type { TakeOver } from "./state.ts";

/** Times of one take-over, in seconds since it was made. */
export class TakingOver {
  readonly #clock: MonotonicClock;
  readonly #over: AbortSignal;
  readonly #began: number;
  readonly #steps = new Map<string, number>();
  #slurmctld: number | null = null;

  constructor(clock: MonotonicClock, over: AbortSignal) {
    this.#clock = clock;
    this.#over = over;
    this.#began = clock.milliseconds();
  }

  readonly step: Step = async (name, work) => {
    this.#over.throwIfAborted();
    const began = this.#clock.milliseconds();
    const result = await work();
    this.#over.throwIfAborted();
    this.#steps.set(name, this.#secondsSince(began));
    if (name === "slurmctld") this.#slurmctld = this.#secondsSince(this.#began);
    return result;
  };

  soFar(): Pick<TakeOver, "steps" | "slurmctld" | "total"> {
    return {
      steps: Object.fromEntries(this.#steps),
      slurmctld: this.#slurmctld,
      total: this.#secondsSince(this.#began),
    };
  }

  #secondsSince(began: number): number {
    return Math.round(this.#clock.milliseconds() - began) / 1000;
  }
}
