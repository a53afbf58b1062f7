import type { LaunchRequest, OfferingKey } from "../contract.ts";
import type { CloudError } from "../errors.ts";

/** What goes wrong in a simulated cloud. Fields may be changed at any time. */
export interface SimFaults {
  /** Answers for the next requests, one each, before capacity is looked at. */
  readonly nextRequestErrors: CloudError[];
  /** Thrown by the next calls of any kind, one each, before they have any effect. */
  readonly nextCallErrors: Error[];
  /** The next launch calls accept this many of their requests, one number each, then lose the rest
   * and the answer. `Infinity` accepts all and loses the answer only. */
  readonly nextCrashesAfter: number[];
  /** Machines that switch on and never get further. */
  neverBoots: (request: LaunchRequest) => boolean;
  /** A machine is listed only this long after it was accepted. */
  listDelayMs: number;
  /** Every call takes this long. */
  latencyMs: number;
  /** Requests for launch, as a token bucket; those beyond it are `Throttled`. */
  throttle: { readonly burst: number; readonly perSecond: number } | undefined;
}

export function noFaults(): SimFaults {
  return {
    nextRequestErrors: [],
    nextCallErrors: [],
    nextCrashesAfter: [],
    neverBoots: () => false,
    listDelayMs: 0,
    latencyMs: 0,
    throttle: undefined,
  };
}

export function offeringId(key: OfferingKey): string {
  return `${key.instanceType}/${key.zone}/${key.market}`;
}

/** How many requests a cloud takes before it says `Throttled`. */
export class RequestBucket {
  #level: number | undefined;
  #at = 0;

  /** True when one more is allowed at `now`, in milliseconds. */
  take(limit: SimFaults["throttle"], now: number): boolean {
    if (limit === undefined) return true;
    const level = Math.min(
      limit.burst,
      (this.#level ?? limit.burst) + ((now - this.#at) / 1000) * limit.perSecond,
    );
    this.#at = now;
    this.#level = level >= 1 ? level - 1 : level;
    return level >= 1;
  }
}
