/**
 * What a running cluster looks like from outside: the documents that the head daemon answers with
 * and that the command line, the API and the portal show. Times are ISO 8601 in UTC.
 */

/** States of ParallelCluster's compute fleet, with the same meaning. */
export type ComputeFleetStatus =
  | "START_REQUESTED"
  | "STARTING"
  | "RUNNING"
  | "PROTECTED"
  | "STOP_REQUESTED"
  | "STOPPING"
  | "STOPPED"
  | "UNKNOWN";

export interface ComputeFleet {
  readonly status: ComputeFleetStatus;
  readonly lastStatusUpdatedTime: string;
  readonly queues: readonly QueueView[];
  /** Offerings that are not asked for at the moment, and why. */
  readonly unavailable: readonly UnavailableOffering[];
}

export interface QueueView {
  readonly name: string;
  /** As Slurm says it: UP, INACTIVE, DOWN or DRAIN. */
  readonly state: string;
  readonly nodes: { readonly total: number; readonly up: number; readonly starting: number };
}

export interface UnavailableOffering {
  readonly queue: string;
  readonly computeResource: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: "on-demand" | "spot" | "reserved" | "block";
  readonly reason: string;
  readonly until: string;
}

export interface NodeView {
  readonly name: string;
  readonly queue: string;
  readonly computeResource: string;
  /** Slurm's own state words, for example `IDLE+CLOUD+POWERED_DOWN`. */
  readonly state: string;
  readonly reason: string | null;
  readonly machineId: string | null;
  readonly address: string | null;
}

export interface JobView {
  readonly id: string;
  readonly name: string;
  readonly user: string;
  readonly partition: string;
  readonly state: string;
  readonly reason: string;
  readonly nodes: string;
  readonly nodeCount: number;
  /** Seconds since the job started; 0 while it waits. */
  readonly elapsed: number;
}

/** One thing that the node manager did or saw. */
export interface FleetEvent {
  readonly time: string;
  readonly kind: string;
  readonly node?: string;
  readonly job?: string;
  readonly machineId?: string;
  readonly message: string;
}
