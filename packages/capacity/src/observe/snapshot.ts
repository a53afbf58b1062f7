import type { Machine } from "@sluice/cloud";
import type { SlurmJob, SlurmNode, SlurmPartition } from "@sluice/slurm";
import type { CapacityPolicy } from "../policy.ts";
import type { Menu, Pools } from "../pools.ts";
import type { FleetRecord, Intent, Unavailability } from "../store/contract.ts";

/** A job that needs nodes, as a hook or Slurm's queue told of it. */
export interface Demand {
  readonly jobId: number;
  readonly nodes: readonly string[];
  /** Undefined while nobody asked Slurm. */
  readonly canRequeue: boolean | undefined;
  /** PrologSlurmctld waits for it. */
  readonly waiting: boolean;
}

/** Everything that a plan is made from. Order within the lists means nothing. */
export interface Snapshot {
  readonly now: Date;
  readonly pools: Pools;
  readonly policy: CapacityPolicy;
  readonly menu: Menu;
  readonly fleet: FleetRecord;
  readonly nodes: readonly SlurmNode[];
  readonly machines: readonly Machine[];
  readonly intents: readonly Intent[];
  readonly unavailable: readonly Unavailability[];
  readonly demands: readonly Demand[];
  /** Undefined when they were not read; then nothing is decided that depends on them. */
  readonly jobs: readonly SlurmJob[] | undefined;
  /** Read while the fleet starts or stops only. */
  readonly partitions: readonly SlurmPartition[] | undefined;
  /** Tokens whose launch is being asked right now. */
  readonly inFlight: ReadonlySet<string>;
  /** Nodes that ResumeProgram named since the last pass. */
  readonly resumed: ReadonlySet<string>;
  /** Tokens of the machines that SuspendProgram named since the last pass. */
  readonly suspended: ReadonlySet<string>;
  /** Since when a node has been seen starting. */
  readonly startingSince: ReadonlyMap<string, Date>;
}
