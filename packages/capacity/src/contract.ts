import type { Catalogue, Consoles, Machines, Offering, Pool, Standby } from "@sluice/cloud";
import type {
  Clock,
  ComputeFleet,
  ComputeFleetStatus,
  Explanation,
  FleetCost,
  FleetEvent,
  NodeView,
} from "@sluice/model";
import type { SlurmControl } from "@sluice/slurm";
import type { CapacityPolicy, PoolPolicy, WarmPolicy } from "./policy.ts";
import type { CapacityStore } from "./store/contract.ts";

/** One compute resource: what the catalogue needs to know of it, and the names Slurm has for it. */
export interface PoolSpec {
  readonly pool: Pool;
  /** Always up while the fleet is RUNNING. */
  readonly staticNodes: readonly string[];
  /** Up while Slurm wants them. */
  readonly dynamicNodes: readonly string[];
  /** From the cloud's acceptance to the registration with slurmctld; longer is a failed boot. */
  readonly bootTimeoutSeconds: number;
  readonly policy: PoolPolicy;
  /** Of its machines, over those of the cluster. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** The part of pino's logger that is used here. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface NodeManagerDeps {
  readonly slurm: SlurmControl;
  readonly machines: Machines;
  readonly catalogue: Catalogue;
  /** From `openCapacityStore`; the caller closes it after `run` has ended. */
  readonly store: CapacityStore;
  readonly pools: readonly PoolSpec[];
  /** By queue; a queue without an entry keeps nothing warm. */
  readonly warm?: ReadonlyMap<string, WarmPolicy>;
  readonly consoles: Consoles;
  readonly standby?: Standby;
  readonly clock: Clock;
  /** Unique for ever, for example `crypto.randomUUID`. */
  readonly newToken: () => string;
  readonly userData: (node: string, pool: PoolSpec, offering: Offering) => Promise<string> | string;
  /** Put on every machine. */
  readonly tags: Readonly<Record<string, string>>;
  /** What is missing is taken from `DEFAULT_POLICY`. */
  readonly policy?: Partial<CapacityPolicy>;
  readonly log: Log;
  readonly meter?: Meter;
}

/** Told of what happens, for whoever counts it. Must return at once and not throw. */
export interface Meter {
  /** ResumeProgram asked for these nodes. */
  resumed(nodes: readonly string[]): void;
  /** A pass over the fleet ended. */
  passed(seconds: number, ok: boolean): void;
  happened(event: FleetEvent): void;
}

/** How many there were of what at the last pass; nothing before the first. */
export interface FleetCensus {
  readonly machines: readonly Tally<"state" | "market">[];
  /** `phase` is where the node is in its life: off, starting, up, silent, stopping or down. */
  readonly nodes: readonly Tally<"phase" | "queue">[];
  readonly unavailable: readonly Tally<"cause">[];
  readonly protectedPools: number;
  readonly cost: FleetCost;
}

export interface Tally<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly count: number;
}

export type ExplainSubject = { readonly job: string } | { readonly node: string };

/** What ResumeProgram was given: its host list, expanded, and SLURM_RESUME_FILE if it was there. */
export interface ResumeRequest {
  readonly nodes: readonly string[];
  readonly jobs?: readonly { readonly id: number; readonly nodes: readonly string[] }[];
}

export interface AwaitedJob {
  readonly jobId: number;
  /** The whole allocation, expanded. */
  readonly nodes: readonly string[];
  /** Asked of Slurm when it is missing and needed. */
  readonly canRequeue?: boolean;
}

export type JobVerdict =
  | { readonly start: true }
  | { readonly start: false; readonly reason: string };

/** An event with its place in the order of events; ids grow and are never reused. */
export interface NumberedEvent extends FleetEvent {
  readonly id: number;
}

/**
 * Gives Slurm's nodes their machines and takes them away again.
 *
 * What the hooks call (`resume`, `suspend`, `joined`) only takes note and returns; the work is done
 * in passes by `run`. Each pass derives everything from what it observes, so the process may be
 * killed at any instant and a new one over the same store carries on.
 */
export interface NodeManager {
  /** ResumeProgram: these nodes are POWERING_UP. */
  resume(request: ResumeRequest): void;
  /** SuspendProgram and ResumeFailProgram: the machines of these nodes are to go now. */
  suspend(nodes: readonly string[]): void;
  /**
   * PrologSlurmctld: resolves the moment that every node of the job is registered, or can't come.
   *
   * `start: false` means that the hook must exit non-zero, which requeues the job; a job that can't
   * be requeued is never answered so while it lives, because that would kill it: it waits on. May be
   * called again for the same job (slurmctld or the daemon restarted); all callers get the answer.
   * Works only while `run` runs. When `signal` fires the answer is `start: false` and is worth
   * nothing: the caller is gone.
   */
  awaitJob(job: AwaitedJob, signal: AbortSignal): Promise<JobVerdict>;
  /**
   * slurmctld was started, for the first time or again. What it had not saved when it was killed is
   * put right, and for some seconds no job starts: `CapacityPolicy.settleSeconds`.
   */
  controllerStarted(): void;
  /** The machine proved who it is and was told its node name: it will register soon. */
  joined(machineId: string, node: string): void;

  fleetStatus(): ComputeFleetStatus;
  /** Kept in the store before it returns. */
  requestStart(): void;
  /** Kept in the store before it returns. Running jobs go back to the queue. */
  requestStop(): void;

  /** Slurm's nodes as they are now, or as last seen while slurmctld does not answer. */
  nodeViews(): Promise<readonly NodeView[]>;
  fleetView(): Promise<ComputeFleet>;
  /** Oldest first, those after the id `after`; the newest `limit` of them (100). */
  events(options?: { readonly after?: number; readonly limit?: number }): readonly NumberedEvent[];

  /**
   * Why a job (as users write it: `12`, `12_3`) or a node is as it is, and what happens next. Looks
   * anew; while Slurm or the cloud does not answer it tells of the last look and says so.
   *
   * Errors: `JOB_NOT_FOUND`, `NODE_NOT_FOUND`; those of Slurm or the cloud when the last look does
   * not do: it was never made, or left the queue out.
   */
  explain(subject: ExplainSubject): Promise<Explanation>;
  census(): FleetCensus;

  /** Works until `signal` fires; then waits for calls in flight to end and resolves. Call it once. */
  run(signal: AbortSignal): Promise<void>;
}
