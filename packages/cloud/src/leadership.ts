import type { Registers } from "./registers.ts";

/**
 * What machines of which one leads need of their cloud: the two heads of a cluster, or those of a site
 * that hold its database. Each has an address of its own; the one that leads has the common one too.
 */
export interface Leadership {
  /** Id of the machine that asks. */
  readonly self: string;
  /** IPv4 that is on the machine that leads: the cluster's, for its nodes, users and servers. */
  readonly address: string;
  readonly registers: Registers;

  /** Whether a machine surely is no more. `false` also when nobody can tell. */
  isGone(machineId: string, options?: { readonly signal?: AbortSignal }): Promise<boolean>;

  /**
   * Powers a former head off, without its help. Repeatable; a machine that is gone is off.
   *
   * @returns `off`: it surely runs no more. `unsure`: the cloud took the order, and can't say when, or
   *   at all, as of a zone that does not answer. The lease's time is what is left to trust then.
   */
  fence(machineId: string, options?: { readonly signal?: AbortSignal }): Promise<"off" | "unsure">;

  /**
   * Brings `address` to this machine, wherever it was; resolves when the other machines of the network
   * reach it here. Repeatable.
   */
  takeAddress(options?: { readonly signal?: AbortSignal }): Promise<void>;

  /** Gives `address` up, if it is here. By this machine alone, without the cloud. */
  dropAddress(): Promise<void>;
}
