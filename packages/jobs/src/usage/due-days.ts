import { DAY_MS, type Day, dayOf, daysAfter, startOfDay } from "./days.ts";
import type { MadeDay } from "./store.ts";

/** A day is made for the last time so long after its end: accounting may be told late of ends. */
export const CLOSED_MS = 3 * DAY_MS;
/** Today is read so often while nothing ended, and at least so long after it was. */
const IDLE_MS = 600_000;
const AGAIN_MS = 15_000;
const LEAST_MS = 60_000;
/** Days that are read with one question. */
const MOST_DAYS = 7;
/** Reading takes at most this part of the time. */
const PART = 20;

export interface DueOptions {
  readonly made: ReadonlyMap<Day, MadeDay>;
  /** Nothing ended before it. */
  readonly first: Day;
  readonly now: Date;
  /** Something ended since today was read. */
  readonly isExpected: boolean;
  /** What the last question took, in milliseconds. */
  readonly took: number;
}

/**
 * The days of ends to make next, in order and without gaps, the newest that are due: those that were
 * never made; today; and a day that is over, ever more seldom, until it is closed. None when all is
 * as it should be.
 */
export function dueDays(options: DueOptions): readonly Day[] {
  const { first, now } = options;
  const due: Day[] = [];
  for (let day = dayOf(now); day >= first && due.length < MOST_DAYS; day = daysAfter(day, -1)) {
    if (isDue(day, options)) due.unshift(day);
    else if (due.length > 0) break;
  }
  return due;
}

function isDue(day: Day, { made, now, isExpected, took }: DueOptions): boolean {
  const known = made.get(day);
  if (known === undefined) return true;
  if (known.isClosed) return false;
  const since = now.getTime() - known.madeAt.getTime();
  const gap = Math.max(took * PART, AGAIN_MS);
  if (day === dayOf(now)) return since >= (isExpected ? gap : Math.max(gap, IDLE_MS));
  const age = known.madeAt.getTime() - endOfDay(day).getTime();
  return since >= (age < 0 ? 0 : Math.max(LEAST_MS, age / 2));
}

export function endOfDay(day: Day): Date {
  return new Date(startOfDay(day).getTime() + DAY_MS);
}
