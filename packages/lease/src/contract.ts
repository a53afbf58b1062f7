import type { Registers } from "@sluice/cloud";

/** A clock that nobody sets and that runs on while the machine or the process stands still. */
export interface MonotonicClock {
  /** Milliseconds since any fixed moment of this machine. */
  milliseconds(): number;
  /** Resolves after `milliseconds`, or at once when `signal` fires; never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** All in milliseconds. `stop` and the time that stopping takes are less than `take`. */
export interface LeaseTimes {
  /** Between two renewals, and between two looks of those who wait. */
  readonly beat: number;
  /** After the last renewal that succeeded was sent, the holder is none any more. */
  readonly stop: number;
  /** A record that did not change for so long is nobody's. */
  readonly take: number;
}

/**
 * What is in the register. `holder` is empty when the lease was resigned; `for` is who it was
 * resigned in favour of, whom the others let go first.
 */
export interface LeaseRecord {
  readonly holder: string;
  /** Counts up with each holder. */
  readonly term: number;
  /** Counts up with each renewal. */
  readonly beat: number;
  readonly for?: string;
  /** The holder's own, for whoever holds it next. */
  readonly data?: unknown;
}

/** One time of holding a lease. */
export interface Tenure {
  readonly term: number;
  /** Who held it before, if anybody; not told when that one resigned. */
  readonly former: string | undefined;
  /** What the last holder left. */
  readonly data: unknown;
  /** Fires when it is over, by whatever cause. */
  readonly over: AbortSignal;
}

export interface LeaseOptions {
  readonly registers: Registers;
  /** Name of the register. */
  readonly name: string;
  /** Of this machine in this life: the one before it is somebody else. */
  readonly holder: string;
  readonly clock: MonotonicClock;
  readonly times?: LeaseTimes;
  /** Whether a holder surely is no more: its lease is taken at once. Default: nobody can tell. */
  readonly isGone?: (holder: string) => Promise<boolean>;
  /** Asked before a free lease is taken, with what its last holder left. Default: yes. */
  readonly mayTake?: (record: LeaseRecord | undefined) => Promise<boolean>;
  /**
   * Called with each renewal: nobody else holds the lease before `until`, in milliseconds of `clock`.
   * What must not run longer is stopped by then, by somebody who does not depend on this process.
   */
  readonly onHeldUntil?: (until: number) => void;
  /** Once for each time of holding it. When it rejects, the lease is resigned. */
  readonly onHeld: (tenure: Tenure) => Promise<void>;
  /**
   * Stops at once what only the holder may run, before `take` has passed for the others. When it
   * rejects it is called again. Called after each tenure, also one that was resigned.
   */
  readonly onOver: () => Promise<void>;
  /** What did not work, for a log; the lease goes on. */
  readonly onError?: (error: unknown) => void;
}

export interface Lease {
  /** Follows or holds until the signal fires; then resigns, if it holds it, and resolves. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Gives the lease up, in favour of another holder if one is named. What only the holder may run is
   * stopped before anybody else can take it. False when it is not held.
   */
  resign(favourite?: string): Promise<boolean>;
  /**
   * Leaves data with the lease. Resolves when it is written; rejects when the lease is not held, or
   * was lost before it was written.
   */
  setData(data: unknown): Promise<void>;
  readonly isHeld: boolean;
}
