import type { HeadSignal } from "@sluice/cloud";
import type { MonotonicClock } from "@sluice/lease";
import { messageOf } from "@sluice/model";
import { NOTE_MILLISECONDS } from "./standing-by.ts";
import type { LeadRole } from "./state.ts";

type Status = "standing-by" | "ready";

/** What the cloud is told that this machine is, again and again until it hears it. */
export class Word {
  readonly #signal: HeadSignal;
  readonly #clock: MonotonicClock;
  readonly #log: (message: string) => void;
  #unsaid: Status | undefined;
  /** Until this process has said once what it is: the one before it may have been something else. */
  #isUnheard = true;
  readonly #sayFrom: number;

  constructor(parts: {
    readonly signal: HeadSignal;
    readonly clock: MonotonicClock;
    readonly log: (message: string) => void;
  }) {
    this.#signal = parts.signal;
    this.#clock = parts.clock;
    this.#log = parts.log;
    // By then it leads, where it goes on with what the process before it did.
    this.#sayFrom = parts.clock.milliseconds() + NOTE_MILLISECONDS;
  }

  /** Is said with the next note. */
  mean(status: Status): void {
    this.#unsaid = status;
  }

  /** Says what is not said yet. */
  async note(role: LeadRole): Promise<void> {
    const isDue = this.#isUnheard && this.#clock.milliseconds() >= this.#sayFrom;
    if (isDue && role === "standing-by") this.#unsaid ??= role;
    if (this.#unsaid !== undefined) await this.say(this.#unsaid);
  }

  async say(status: Status): Promise<void> {
    this.#unsaid = status;
    const message = status === "ready" ? "the head is ready" : "this machine can be the head";
    try {
      await this.#signal.report(status, message);
      this.#isUnheard = false;
      if (this.#unsaid === status) this.#unsaid = undefined;
    } catch (error) {
      this.#log(`the cloud does not hear that this machine is ${status}: ${messageOf(error)}`);
    }
  }
}
