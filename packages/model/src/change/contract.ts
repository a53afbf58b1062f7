import type { UpdatePolicy } from "../cluster-file/schema/meta.ts";

/**
 * What applying one difference between two cluster files does to a running cluster, from the
 * gentlest on.
 *
 * - `live`: at once; no node notices.
 * - `drain`: `nodes` finish their jobs, are powered down, and the change is applied then.
 * - `terminate`: as `drain`, but their jobs are requeued at once.
 * - `fleet-stop`: the compute fleet is stopped, the change applied, the fleet started.
 * - `refused`: this cluster can't have it.
 */
export const EFFECTS = ["live", "drain", "terminate", "fleet-stop", "refused"] as const;
export type Effect = (typeof EFFECTS)[number];

/** One difference between the file of a cluster and the one it shall have. */
export interface Change {
  /**
   * Where, and the identity of the change in its plan; entries of lists by their name:
   * `Scheduling.SlurmQueues[cpu].ComputeResources[large].MaxCount`. Keys that only make sense
   * together are one change, `….{MinCount,MaxCount}`; the order of a list is a change of its first
   * place, `Scheduling.SlurmQueues[0]`.
   */
  readonly path: string;
  /** The value, section or entry of either file, defaults applied; undefined where it has none. */
  readonly from: unknown;
  readonly to: unknown;
  readonly policy: UpdatePolicy;
  readonly effect: Effect;
  /**
   * Names of the nodes of the old file that must be off before the change is applied; empty unless
   * drained. One that another change has removed counts as off, and one that is off stays so until
   * every change that names it is applied: between two of them it would start as neither file says.
   */
  readonly nodes: readonly string[];
  /** Set when a queue goes: it takes no new jobs, and those it has end before it is removed. */
  readonly removedQueue?: string;
  /** Why it has this effect, and what that means for jobs. */
  readonly reason: string;
  /** What to do instead, for a refused one; how to have it gentler, for others, where there is a way. */
  readonly suggestion?: string;
}

/** USD per hour, on demand. */
export interface CostPerHour {
  /**
   * What always runs: head, login nodes, static nodes, and warm nodes as many as the time of the
   * week with the fewest asks for; each on the cheapest machine type that may back it.
   */
  readonly least: number;
  /** Every node of every compute resource up, each on the dearest machine type that may back it. */
  readonly most: number;
}

export interface ChangePlan {
  /** In the order of the new file, what is removed last. */
  readonly changes: readonly Change[];
  /** The strongest of the changes; undefined when nothing changes. */
  readonly effect: Effect | undefined;
  readonly addedNodes: readonly string[];
  readonly removedNodes: readonly string[];
  readonly cost: {
    readonly before: CostPerHour;
    readonly after: CostPerHour;
    /** Machine types whose price is unknown; they count as nothing. */
    readonly unknownPrices: readonly string[];
  };
  /** What will be done, in order, a sentence each; nothing when any change is refused. */
  readonly steps: readonly string[];
}
