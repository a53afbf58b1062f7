import type { Clock } from "@sluice/model";

/** Machines a second, until the cloud's own rate was measured. */
const FIRST_RATE = 2;
const SLOWEST_RATE = 0.1;
/** Calls are this far apart, so that they carry more than one machine each. */
const GATHER_SECONDS = 2;
const GATHER_UNMEASURED_SECONDS = 1;
/** By so much more than the measured rate is asked after each call that was granted in full. */
const STEP = 0.02;
const BACK_OFF_MILLISECONDS = 1000;
const BACK_OFF_DOUBLINGS = 3;
/** Calls under way at first; one more with each that was granted, so twice as many each round. */
const FIRST_WINDOW = 8;
/** After so long without a call nothing is known any more. */
const FORGET_MILLISECONDS = 600_000;
/** So often a gang is asked whole before it is taken for larger than any bucket. */
const WHOLE_TRIES = 3;
/** One as large as this needs no second try to be taken for that. */
const LARGE = 500;

/** A call's place in the queue, which it keeps until all of it was answered. */
export interface Ticket {
  readonly order: number;
  /** How often all of it was throttled. */
  tries: number;
}

/** Leave to ask for `count` machines now. */
export interface Turn {
  readonly ticket: Ticket;
  readonly count: number;
  /** How often the cloud had throttled before it was given. */
  readonly epoch: number;
}

export interface Verdict {
  /** What the cloud gave, or refused for another reason than our haste. */
  readonly taken: number;
  readonly throttled: number;
  /** Seconds after which the cloud wants to be asked again. */
  readonly retryAfter?: number | undefined;
}

interface Waiter {
  readonly ticket: Ticket;
  readonly wanted: number;
  readonly whole: boolean;
  readonly resolve: (turn: Turn | undefined) => void;
}

/**
 * One queue for all launches, first come, first served, and a token bucket that is learnt from the
 * cloud: a token a machine.
 *
 * Nothing is held back until the cloud throttles, but many calls at once begin with a few. Throttling
 * empties the bucket, whatever its size was.
 * What is granted from then until it is empty again, by the time between, is its rate: exact, since
 * both ends are. To get there each call asks for more than the one before, twice as much at first
 * and 2 % once there is a measure. What throttled calls did not get is asked again by the next call
 * of the same place in the queue, together with what was not asked yet.
 *
 * A gang waits until all of it can go. One that was throttled again and again, although nothing as
 * large was ever granted, is larger than the bucket: it goes in parts.
 */
export class Pacer {
  readonly #clock: Clock;
  #waiters: Waiter[] = [];
  #timer: AbortController | undefined;
  #tickets = 0;
  #isLimited = false;
  #isMeasured = false;
  #rate = FIRST_RATE;
  #steps = 0;
  #level = 0;
  #filledAt = 0;
  #notBefore = 0;
  #emptyAt = 0;
  #takenSinceEmpty = 0;
  /** The time that is measured began with an empty bucket. */
  #wasEmpty = false;
  /** The most that one call was given, and all that was given before the cloud throttled. */
  #largest = 0;
  #burst = 0;
  #refusals = 0;
  #epoch = 0;
  #window = FIRST_WINDOW;
  #underWay = 0;
  #usedAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Machines a second; infinite while nothing is known. */
  get perSecond(): number {
    return this.#isLimited ? this.#rate : Number.POSITIVE_INFINITY;
  }

  /** Takes a place in the queue. */
  enter(): Ticket {
    this.#tickets += 1;
    return { order: this.#tickets, tries: 0 };
  }

  /**
   * Waits for its turn, which is for at least one machine and with `whole` for all that are wanted,
   * if the cloud ever gives as many. Undefined when `signal` fired.
   */
  admit(
    ticket: Ticket,
    wanted: number,
    whole: boolean,
    signal: AbortSignal,
  ): Promise<Turn | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const leave = () => {
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
        resolve(undefined);
        this.#serve();
      };
      const waiter: Waiter = {
        ticket,
        wanted,
        whole,
        resolve: (turn) => {
          signal.removeEventListener("abort", leave);
          resolve(turn);
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      const after = this.#waiters.findIndex((one) => one.ticket.order > ticket.order);
      if (after < 0) this.#waiters.push(waiter);
      else this.#waiters.splice(after, 0, waiter);
      this.#serve();
    });
  }

  /** What the cloud said to the call of a turn. Call it once for each turn. */
  answered(turn: Turn, { taken, throttled, retryAfter }: Verdict): void {
    this.#underWay -= 1;
    if (throttled === 0) this.#window += 1;
    this.#largest = Math.max(this.#largest, taken);
    if (!this.#isLimited) this.#burst += taken;
    // What was asked before the bucket was seen empty says nothing about the time since.
    const isOld = turn.epoch < this.#epoch;
    if (throttled > 0 && taken === 0) turn.ticket.tries += 1;
    if (!isOld) {
      this.#takenSinceEmpty += taken;
      this.#level += turn.count - taken - throttled;
      if (throttled > 0) this.#throttled(turn, taken, retryAfter);
      else if (this.#isLimited && taken > 0) this.#granted();
    }
    this.#serve();
  }

  #granted(): void {
    this.#refusals = 0;
    if (this.#isMeasured) this.#steps += 1;
    else this.#rate *= 2;
  }

  #throttled(turn: Turn, taken: number, retryAfter: number | undefined): void {
    const now = this.#clock.now().getTime();
    const seconds = (now - this.#emptyAt) / 1000;
    if (!this.#isLimited) {
      this.#isLimited = true;
      this.#isMeasured = false;
      this.#rate = FIRST_RATE;
    } else if (this.#wasEmpty && this.#takenSinceEmpty > 0 && seconds > 0) {
      this.#rate = Math.max(SLOWEST_RATE, this.#takenSinceEmpty / seconds);
      this.#isMeasured = true;
    } else if (this.#takenSinceEmpty === 0) this.#rate = Math.max(SLOWEST_RATE, this.#rate / 2);
    this.#refusals = taken > 0 ? 0 : this.#refusals + 1;
    // A call that got nothing may have been larger than what was left.
    this.#wasEmpty = this.#takenSinceEmpty > 0 || this.#isMeasured;
    this.#level = this.#wasEmpty ? 0 : Math.floor(turn.count / 4);
    const backOff =
      taken > 0 ? 0 : BACK_OFF_MILLISECONDS * 2 ** Math.min(this.#refusals - 1, BACK_OFF_DOUBLINGS);
    this.#notBefore = now + Math.max((retryAfter ?? 0) * 1000, backOff);
    this.#epoch += 1;
    this.#steps = 0;
    this.#takenSinceEmpty = 0;
    this.#emptyAt = now;
    this.#filledAt = now;
  }

  /** Lets go whoever may, in order; then sleeps until the first of the others may. */
  #serve(): void {
    this.#timer?.abort();
    this.#timer = undefined;
    for (;;) {
      const [first] = this.#waiters;
      if (first === undefined) return;
      const now = this.#clock.now().getTime();
      this.#refill(now);
      const wait = this.#waitOf(first, now);
      if (wait === Number.POSITIVE_INFINITY) return;
      if (wait > 0) {
        const timer = new AbortController();
        this.#timer = timer;
        void this.#clock.sleep(Math.ceil(wait), timer.signal).then(() => {
          if (!timer.signal.aborted) this.#serve();
        });
        return;
      }
      const { ticket, wanted } = first;
      const all = !this.#isLimited || this.#goesWhole(first);
      const count = all ? wanted : Math.max(1, Math.min(wanted, Math.floor(this.#level)));
      this.#level -= count;
      this.#waiters.shift();
      this.#usedAt = now;
      this.#underWay += 1;
      first.resolve({ ticket, count, epoch: this.#epoch });
    }
  }

  /** Milliseconds; infinite until a call that is under way is answered. */
  #waitOf(waiter: Waiter, now: number): number {
    if (!this.#isLimited) return this.#underWay < this.#window ? 0 : Number.POSITIVE_INFINITY;
    if (now < this.#notBefore) return this.#notBefore - now;
    const isWhole = this.#goesWhole(waiter);
    // Nothing would be learnt by waiting for as many tokens at a rate that is a guess: one finds out.
    if (isWhole && !this.#isMeasured) return this.#underWay === 0 ? 0 : Number.POSITIVE_INFINITY;
    const gather = this.#isMeasured ? GATHER_SECONDS : GATHER_UNMEASURED_SECONDS;
    // A small bucket would run over while more is gathered.
    const most = Math.max(this.#burst, this.#largest) / 2;
    const least = isWhole ? waiter.wanted : Math.max(1, Math.min(this.#rate * gather, most));
    const missing = Math.min(waiter.wanted, least) - this.#level;
    return missing <= 1e-6 ? 0 : (missing / this.#pace()) * 1000;
  }

  #goesWhole({ whole, wanted, ticket }: Waiter): boolean {
    const isTooLarge =
      wanted > this.#largest && ticket.tries >= (wanted >= LARGE ? 1 : WHOLE_TRIES);
    return whole && !isTooLarge;
  }

  #pace(): number {
    return this.#rate * (1 + STEP * this.#steps);
  }

  #refill(now: number): void {
    if (!this.#isLimited) return;
    if (now - Math.max(this.#emptyAt, this.#usedAt) >= FORGET_MILLISECONDS) {
      this.#isLimited = false;
      this.#burst = 0;
      this.#window = FIRST_WINDOW;
      return;
    }
    const earned = ((now - this.#filledAt) / 1000) * this.#pace();
    const [first] = this.#waiters;
    const most = Math.max(this.#burst, this.#largest, first?.wanted ?? 0, this.#rate * 10);
    this.#level = Math.min(most, this.#level + earned);
    this.#filledAt = now;
  }
}
