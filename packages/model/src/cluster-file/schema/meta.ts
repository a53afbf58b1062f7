import type { Provider } from "./provider.ts";

/**
 * When a change of a key may be applied to a running cluster; ParallelCluster's words.
 *
 * - `SUPPORTED`: at any time. `IGNORED`: not compared itself, only what is inside it.
 * - `QUEUE_UPDATE_STRATEGY`: with the fleet stopped, or as QueueUpdateStrategy says.
 * - `RESIZE_UPDATE_STRATEGY_ON_REMOVE`: growing at any time; shrinking as the strategy above.
 * - `COMPUTE_FLEET_STOP_ON_REMOVE`: adding at any time; removing with the fleet stopped.
 * - `COMPUTE_FLEET_STOP`, `COMPUTE_AND_LOGIN_NODES_STOP`: with those nodes stopped.
 * - `LOGIN_NODES_STOP`, `LOGIN_NODES_POOL_STOP`: with every login node, or those of the pool, gone.
 * - `LOGIN_NODES_POOLS`: adding a pool at any time; one that is removed has no node.
 * - `READ_ONLY_RESOURCE_BUCKET`: never while the cluster keeps its files there.
 * - `SHARED_STORAGE_UPDATE_POLICY`: existing file systems as the strategy above, others stopped.
 * - `MANAGED_FSX`, `MANAGED_PLACEMENT_GROUP`: depends on what the cloud keeps for the cluster.
 * - `UNSUPPORTED`: never; it takes a new cluster.
 */
export type UpdatePolicy =
  | "SUPPORTED"
  | "IGNORED"
  | "QUEUE_UPDATE_STRATEGY"
  | "RESIZE_UPDATE_STRATEGY_ON_REMOVE"
  | "COMPUTE_FLEET_STOP_ON_REMOVE"
  | "COMPUTE_FLEET_STOP"
  | "COMPUTE_AND_LOGIN_NODES_STOP"
  | "LOGIN_NODES_STOP"
  | "LOGIN_NODES_POOL_STOP"
  | "LOGIN_NODES_POOLS"
  | "READ_ONLY_RESOURCE_BUCKET"
  | "SHARED_STORAGE_UPDATE_POLICY"
  | "MANAGED_FSX"
  | "MANAGED_PLACEMENT_GROUP"
  | "UNSUPPORTED";

/** What every key of the cluster file says about itself, by zod's `.meta()`. */
export interface KeyMeta {
  /** One line. */
  readonly description: string;
  readonly update: UpdatePolicy;
  /** Clouds in which the key does something; all of them when missing. */
  readonly providers?: readonly Provider[];
  /** True for keys that ParallelCluster does not have. */
  readonly extension?: true;
  /** True for sections that say something by being there, without any key. */
  readonly byPresence?: true;
  /** Set for keys that are read and change nothing anywhere: why, a clause. */
  readonly noEffect?: string;
  /** What a good value looks like, completing "write …". */
  readonly expects?: string;
  /** A default that depends on something, in words. */
  readonly defaultText?: string;
  /** Name of the check that a wrong value counts under; `ConfigSchemaValidator` when missing. */
  readonly check?: string;
  /** Values (of a key) or keys (of a section) that are refused with a sentence of their own. */
  readonly refused?: Readonly<
    Record<string, { readonly message: string; readonly suggestion: string }>
  >;
}

declare module "zod" {
  // zod types the argument of .meta() with this interface; every key of ours is optional there
  // because a schema may be without.
  interface GlobalMeta extends Partial<Omit<KeyMeta, "description">> {}
}
