import type { Registers } from "@sluice/cloud";
import type { MonotonicClock } from "@sluice/lease";

/** Register in which whoever stands by writes that it does. */
export const STANDBY_REGISTER = "standby";
/** Between two notes, and between two looks for them. */
export const NOTE_MILLISECONDS = 5000;
/** Between two looks of one who waits for a note. */
const LOOK_MILLISECONDS = 500;
/** A note that did not change for so long is nobody's. */
const FRESH_MILLISECONDS = 13_000;

interface Note {
  readonly holder: string;
  readonly count: number;
}

/** The sign of life of a head that stands by, for the one that leads. */
export class StandbyNotes {
  readonly #registers: Registers;
  readonly #clock: MonotonicClock;
  readonly #self: string;
  #seen: { readonly tag: string; readonly holder: string; readonly at: number } | undefined;
  #first: string | undefined;

  constructor(options: {
    readonly registers: Registers;
    readonly clock: MonotonicClock;
    readonly self: string;
  }) {
    this.#registers = options.registers;
    this.#clock = options.clock;
    this.#self = options.self;
  }

  /** This machine stands by. Lost races are nobody's harm: the next note comes soon. */
  async write(signal: AbortSignal): Promise<void> {
    const before = await this.#registers.read(STANDBY_REGISTER, { signal });
    const count = before === undefined ? 0 : (JSON.parse(before.text) as Note).count + 1;
    const note: Note = { holder: this.#self, count };
    await this.#registers.write(STANDBY_REGISTER, JSON.stringify(note), before?.tag, { signal });
  }

  /** @returns another machine that stands by now, as far as can be told; what is found first may be old. */
  async look(signal: AbortSignal): Promise<string | undefined> {
    const value = await this.#registers.read(STANDBY_REGISTER, { signal });
    if (value === undefined) return undefined;
    this.#first ??= value.tag;
    const { holder } = JSON.parse(value.text) as Note;
    if (this.#seen?.tag !== value.tag) {
      this.#seen = { tag: value.tag, holder, at: this.#clock.milliseconds() };
    }
    return this.other;
  }

  /** What the last looks say. */
  get other(): string | undefined {
    const seen = this.#seen;
    if (seen === undefined || seen.holder === this.#self || seen.tag === this.#first) {
      return undefined;
    }
    const age = this.#clock.milliseconds() - seen.at;
    return age < FRESH_MILLISECONDS ? seen.holder : undefined;
  }

  /** The same, waited for as long as a note may take: who just began to lead has heard of nobody yet. */
  async heard(): Promise<string | undefined> {
    const patience = this.#clock.milliseconds() + NOTE_MILLISECONDS * 2;
    while (this.other === undefined && this.#clock.milliseconds() < patience) {
      await this.#clock.sleep(LOOK_MILLISECONDS);
      await this.look(AbortSignal.timeout(LOOK_MILLISECONDS)).catch(() => {});
    }
    return this.other;
  }

  /** Of what was there before this machine led, nothing is known. */
  forget(): void {
    this.#seen = undefined;
    this.#first = undefined;
  }
}
