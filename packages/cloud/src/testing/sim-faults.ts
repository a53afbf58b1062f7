import type { LaunchRequest, Machine } from "../contract.ts";
import type { CloudError } from "../errors.ts";
import type { SimOperation } from "./sim-limits.ts";

/** What goes wrong in a simulated cloud. Fields may be changed at any time. */
export interface SimFaults {
  /** Answers for the next requests, one each, before capacity is looked at. */
  readonly nextRequestErrors: CloudError[];
  /** Thrown by the next calls of any kind, one each, before they have any effect. */
  readonly nextCallErrors: Error[];
  /** The next launch calls accept this many of their requests, one number each, then lose the rest
   * and the answer. `Infinity` accepts all and loses the answer only. */
  readonly nextCrashesAfter: number[];
  /** The next call of that kind hangs until its signal fires, before or after it has its effect. */
  readonly nextHangs: { readonly operation: SimOperation; readonly when: "before" | "after" }[];
  /** Every call takes this long, and what `latency` says of its kind. */
  latencyMs: number;
  /** Requests for launch, as a token bucket; those beyond it are `Throttled`. */
  throttle: { readonly burst: number; readonly perSecond: number } | undefined;

  /** Machines that switch on and never get further: `running`, and nobody is told. */
  neverBoots: (request: LaunchRequest) => boolean;
  /** Machines that stay `pending` for ever. */
  staysPending: (request: LaunchRequest) => boolean;
  /** Machines that are accepted and go before they have booted, half of their boot time later. */
  diesBeforeBoot: (request: LaunchRequest) => boolean;
  /** The node name with which a machine comes up, when it is not its own. */
  comesUpAs: (machine: Machine) => string | undefined;

  /** A machine is listed only this long after it was accepted. */
  listDelayMs: number;
  /** A change of a machine's state is listed only this long after it happened. */
  listStaleMs: number;
  /** Machines that a list leaves out; asked for every machine of every list. */
  listOmits: (machine: Machine) => boolean;
  /** So many lists are empty. */
  nextEmptyLists: number;
  /** Machines that are accepted, come up, and are never listed. */
  neverListed: (machine: Machine) => boolean;
}

export function noFaults(): SimFaults {
  return {
    nextRequestErrors: [],
    nextCallErrors: [],
    nextCrashesAfter: [],
    nextHangs: [],
    latencyMs: 0,
    throttle: undefined,
    neverBoots: () => false,
    staysPending: () => false,
    diesBeforeBoot: () => false,
    comesUpAs: () => undefined,
    listDelayMs: 0,
    listStaleMs: 0,
    listOmits: () => false,
    nextEmptyLists: 0,
    neverListed: () => false,
  };
}
