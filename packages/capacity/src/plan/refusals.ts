import type { OfferingKey, PoolKey } from "@sluice/cloud";
import type { CapacityPolicy } from "../policy.ts";
import { offeringKey } from "../pools.ts";
import type { Unavailability } from "../store/contract.ts";

export type Limits = Pick<
  CapacityPolicy,
  "unavailableSeconds" | "unavailableMaxSeconds" | "quotaSeconds" | "quotaMaxSeconds"
>;

export interface Failure {
  readonly pool: PoolKey;
  readonly offering: OfferingKey;
  readonly cause: Unavailability["cause"];
  readonly reason: string;
  /** How many were asked for at once, all or nothing; 1 when missing. */
  readonly size?: number;
}

/** Slurm needs so long to give a job that went back other nodes. */
const ELSEWHERE_MILLISECONDS = 4000;

const limitsOf = (cause: Unavailability["cause"], limits: Limits) =>
  cause === "quota"
    ? { first: limits.quotaSeconds, last: limits.quotaMaxSeconds }
    : { first: limits.unavailableSeconds, last: limits.unavailableMaxSeconds };

/**
 * The record after one more failure: the first lasts `unavailableSeconds` (`quotaSeconds`), each
 * next twice that. One that failed when its time was over says what was asked then: what was
 * refused before may be had by now. While its time lasts, a smaller refusal makes it smaller.
 */
export function failedAgain(
  before: Unavailability | undefined,
  { pool, offering, cause, reason, size = 1 }: Failure,
  now: Date,
  limits: Limits,
): Unavailability {
  if (before !== undefined && before.until > now) {
    // Requests that were under way when the first failed tell the same story, not a new one.
    return size < before.size ? { ...before, size, reason } : before;
  }
  const { first, last } = limitsOf(cause, limits);
  const isFirst = before === undefined || isForgotten(before, now, limits);
  const failures = isFirst ? 1 : before.failures + 1;
  const seconds = Math.min(first * 2 ** (failures - 1), last);
  // A record that holds for several pools stays the one of the pool that was refused first.
  const { queue, computeResource } = before?.pool ?? pool;
  return {
    pool: { queue, computeResource },
    offering: offeringKey(before?.offering ?? offering),
    cause,
    reason,
    size,
    failures,
    until: new Date(now.getTime() + seconds * 1000),
  };
}

/** When a pool that many at once were refused in is open for few: see `Shelf.exhaustion`. */
export function settledAt(item: Unavailability, limits: Limits): Date {
  const { first, last } = limitsOf(item.cause, limits);
  const seconds = Math.min(first * 2 ** (item.failures - 1), last);
  return new Date(item.until.getTime() - seconds * 1000 + ELSEWHERE_MILLISECONDS);
}

/** So long over that the next failure counts as the first. */
export function isForgotten(item: Unavailability, now: Date, limits: Limits): boolean {
  return now.getTime() > item.until.getTime() + limitsOf(item.cause, limits).last * 1000;
}
