import type { Machine } from "@sluice/cloud";
import type {
  JobSignal,
  SlurmJob,
  SlurmNode,
  SlurmPartition,
  SlurmReservation,
} from "@sluice/slurm";
import type { CapacityPolicy } from "../policy.ts";
import type { Menu, Pools } from "../pools.ts";
import type {
  DemandPeak,
  FleetRecord,
  Intent,
  Notice,
  PoolHealth,
  Unavailability,
} from "../store/contract.ts";

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
  /** Without those that are gone. */
  readonly machines: readonly Machine[];
  /** Tokens of machines that the cloud says are gone: facts, not absences. */
  readonly gone: ReadonlySet<string>;
  /** Tokens of machines that were listed once and are not any more, neither there nor gone. */
  readonly absentSince: ReadonlyMap<string, Date>;
  readonly intents: readonly Intent[];
  readonly unavailable: readonly Unavailability[];
  readonly notices: readonly Notice[];
  readonly health: readonly PoolHealth[];
  readonly peaks: readonly DemandPeak[];
  readonly demands: readonly Demand[];
  /** Undefined when they were not read; then nothing is decided that depends on them. */
  readonly jobs: readonly SlurmJob[] | undefined;
  /** By job: what `--signal` asked for; of jobs on machines that are about to be taken away only. */
  readonly signals: ReadonlyMap<number, JobSignal | undefined>;
  /** As last read, which may be some seconds ago. */
  readonly reservations: readonly SlurmReservation[];
  /** Read while the fleet starts or stops only. */
  readonly partitions: readonly SlurmPartition[] | undefined;
  /** Tokens whose launch is being asked right now. */
  readonly inFlight: ReadonlySet<string>;
  /** Tokens of launches that wait for their turn and were not asked yet. */
  readonly queued: ReadonlySet<string>;
  /** By job: how often it went back to the queue of late, for want of machines. */
  readonly returns: ReadonlyMap<number, number>;
  /** Nodes that ResumeProgram named since the last pass. */
  readonly resumed: ReadonlySet<string>;
  /** Tokens of the machines that SuspendProgram named since the last pass. */
  readonly suspended: ReadonlySet<string>;
  /** Since when a node has been seen starting. */
  readonly startingSince: ReadonlyMap<string, Date>;
}
