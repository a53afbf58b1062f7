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
  /** Compute resources for which no machines are launched, because too many of them never registered. */
  readonly protected: readonly ProtectedComputeResource[];
  readonly cost: FleetCost;
}

/** What the machines that run now cost, by the prices of the cloud's menu. */
export interface FleetCost {
  readonly usdPerHour: number;
  /** Machines that run and whose price is not known: they are not in `usdPerHour`. */
  readonly unpriced: number;
}

export interface ProtectedComputeResource {
  readonly queue: string;
  readonly computeResource: string;
  /** Machines in a row that never registered. */
  readonly failures: number;
  readonly since: string;
  /** When one machine is tried; in the past while one is being tried. */
  readonly nextProbe: string | null;
  readonly reason: string | null;
  readonly node: string | null;
  readonly machineId: string | null;
  /** The last lines of that machine's console, if it could be read before it went. */
  readonly console: readonly string[];
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
  /** `capacity`: the cloud has none. `quota`: a limit of the account. `boot`: machines of it do not
   * register. */
  readonly cause: "capacity" | "boot" | "quota";
  readonly reason: string;
  /** When it failed last. */
  readonly since: string;
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
  /** Slurm's; heads that were made long ago do not tell it. */
  readonly account?: string | undefined;
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

/** Why a job or a node is as it is, and what will happen to it. Texts are sentences for people. */
export interface Explanation {
  readonly subject: {
    readonly kind: "job" | "node";
    readonly name: string;
    /** Slurm's number of the job, which events have; null for a node. */
    readonly jobId: number | null;
  };
  /** When what it rests on was seen. */
  readonly time: string;
  /** What could not be read, and is therefore as it was at `time`. */
  readonly stale: string | null;
  readonly state: string;
  /** Most important first. */
  readonly why: readonly string[];
  /** What was asked of the cloud for it, oldest first. */
  readonly tried: readonly TriedOffering[];
  /** What may still be asked, in the order in which it would be. */
  readonly left: readonly OfferingView[];
  readonly next: readonly NextStep[];
}

export interface TriedOffering {
  readonly time: string;
  readonly node: string | null;
  /** `type/zone/market`, when it is known. */
  readonly offering: string | null;
  readonly answer: string;
}

export interface OfferingView {
  readonly queue: string;
  readonly computeResource: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: UnavailableOffering["market"];
  /** Null when it is not known. */
  readonly usdPerHour: number | null;
}

export interface NextStep {
  /** Null for what has no time, because it depends on something else. */
  readonly time: string | null;
  readonly what: string;
}
