import type { Offering, OfferingKey, PoolKey } from "@sluice/cloud";
import type { CapacityPolicy } from "../policy.ts";
import { offeringId, offeringKey, poolId } from "../pools.ts";
import type { Unavailability } from "../store/contract.ts";

type Limits = Pick<CapacityPolicy, "unavailableSeconds" | "unavailableMaxSeconds">;

/** The record after one more failure: the first lasts `unavailableSeconds`, each next twice that. */
export function failedAgain(
  before: Unavailability | undefined,
  failure: Pick<Unavailability, "pool" | "offering" | "cause" | "reason"> & {
    readonly size?: number;
  },
  now: Date,
  limits: Limits,
): Unavailability {
  // Requests that were under way when the first failed tell the same story, not a new one.
  if (before !== undefined && before.until > now) return before;
  const failures =
    before === undefined || isForgotten(before, now, limits) ? 1 : before.failures + 1;
  const seconds = Math.min(
    limits.unavailableSeconds * 2 ** (failures - 1),
    limits.unavailableMaxSeconds,
  );
  const { pool, offering, cause, reason } = failure;
  return {
    pool: { queue: pool.queue, computeResource: pool.computeResource },
    offering: offeringKey(offering),
    cause,
    reason,
    size: failure.size ?? 1,
    failures,
    until: new Date(now.getTime() + seconds * 1000),
  };
}

/** So long over that the next failure counts as the first. */
export function isForgotten(item: Unavailability, now: Date, limits: Limits): boolean {
  return now.getTime() > item.until.getTime() + limits.unavailableMaxSeconds * 1000;
}

/** What is unavailable, as it stands while a plan is made. */
export class Shelf {
  readonly #items = new Map<string, Unavailability>();
  readonly #now: Date;
  readonly #limits: Limits;

  constructor(items: readonly Unavailability[], now: Date, limits: Limits) {
    for (const item of items) this.#items.set(itemId(item.pool, item.offering), item);
    this.#now = now;
    this.#limits = limits;
  }

  /** Takes note of a failure; undefined when the offering was unavailable already. */
  fail(
    failure: Pick<Unavailability, "pool" | "offering" | "cause" | "reason">,
  ): Unavailability | undefined {
    const id = itemId(failure.pool, failure.offering);
    const before = this.#items.get(id);
    const after = failedAgain(before, failure, this.#now, this.#limits);
    if (after === before) return undefined;
    this.#items.set(id, after);
    return after;
  }

  isUnavailable(pool: PoolKey, offering: OfferingKey): boolean {
    const item = this.#items.get(itemId(pool, offering));
    return item !== undefined && item.until > this.#now;
  }

  /** The offering to ask for: those that the cloud itself says are gone come last. */
  choose(pool: PoolKey, offerings: readonly Offering[]): Offering | undefined {
    const open = offerings.filter((offering) => !this.isUnavailable(pool, offering));
    return open.find((offering) => offering.unavailable === undefined) ?? open[0];
  }

  /** When none is left: until when, and why. Undefined while there is one, or no menu is known. */
  exhaustion(
    pool: PoolKey,
    offerings: readonly Offering[],
  ): { readonly until: Date; readonly reason: string } | undefined {
    let first: Unavailability | undefined;
    for (const offering of offerings) {
      const item = this.#items.get(itemId(pool, offering));
      if (item === undefined || item.until <= this.#now) return undefined;
      if (first === undefined || item.until < first.until) first = item;
    }
    return first;
  }
}

function itemId(pool: PoolKey, offering: OfferingKey): string {
  return `${poolId(pool)}/${offeringId(offering)}`;
}
