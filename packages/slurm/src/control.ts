/** A node as slurmctld sees it. */
export interface SlurmNode {
  readonly name: string;
  /** Slurm's words joined by `+`, for example `IDLE+CLOUD+POWERED_DOWN`. */
  readonly state: string;
  /** The first word of `state`: IDLE, ALLOCATED, MIXED, DOWN, UNKNOWN, FUTURE, … */
  readonly base: string;
  /** The other words of `state`: CLOUD, POWERED_DOWN, POWERING_UP, DRAIN, NOT_RESPONDING, … */
  readonly flags: ReadonlySet<string>;
  readonly address: string;
  readonly partitions: readonly string[];
  /** Without the `[user@time]` that Slurm appends. */
  readonly reason: string | undefined;
  readonly reasonUser: string | undefined;
  readonly bootTime: Date | undefined;
  readonly slurmdStartTime: Date | undefined;
  readonly lastBusyTime: Date | undefined;
}

export interface SlurmJob {
  readonly id: number;
  /** As users write it: `12`, `12_3` or `12_[4-9]`. */
  readonly label: string;
  readonly name: string;
  readonly user: string;
  /** Empty where nothing is accounted. */
  readonly account: string;
  readonly partition: string;
  /** PENDING, CONFIGURING, RUNNING, COMPLETING, … */
  readonly state: string;
  readonly reason: string;
  /** Host list of the allocation; empty while it has none. */
  readonly nodes: string;
  readonly nodeCount: number;
  readonly isBatch: boolean;
  /** Node that has, or is to have, its script; missing where there is none, or where it was not asked. */
  readonly batchHost?: string;
  /** False for `--no-requeue` and for what is not a batch job. */
  readonly canRequeue: boolean;
  readonly submitTime: Date | undefined;
  /** When it may start at the earliest. */
  readonly eligibleTime: Date | undefined;
  readonly startTime: Date | undefined;
}

export interface SlurmPartition {
  readonly name: string;
  /** UP, DOWN, DRAIN or INACTIVE. */
  readonly state: string;
  readonly nodes: string;
}

export interface SlurmReservation {
  readonly name: string;
  readonly start: Date;
  readonly end: Date;
  /** Host list; empty when it is about something else, for example licences. */
  readonly nodes: string;
  /** Slurm's words: MAINT, DAILY, IGNORE_JOBS, … */
  readonly flags: ReadonlySet<string>;
}

/** What `--signal` of a job asks for: this signal, so long before the job's end. */
export interface JobSignal {
  /** Name without SIG, or a number: `USR1`, `10`. */
  readonly signal: string;
  readonly seconds: number;
  /** To the batch shell alone (`B:`), not to the steps. */
  readonly batchOnly: boolean;
}

/** What may be asked of a node; the words are those of `scontrol update nodename= state=`. */
export type NodeStateChange =
  | "DOWN"
  | "DRAIN"
  | "UNDRAIN"
  | "RESUME"
  | "POWER_UP"
  | "POWER_DOWN"
  | "POWER_DOWN_ASAP"
  | "POWER_DOWN_FORCE";

export interface NodeUpdate {
  readonly state?: NodeStateChange;
  readonly reason?: string;
  readonly address?: string;
}

/** What accounting has of one run of a job: from its start to its end or its requeue. */
export interface JobRun {
  readonly jobId: number;
  /** RUNNING, COMPLETED, CANCELLED, REQUEUED, … */
  readonly state: string;
  readonly start: Date | undefined;
  readonly end: Date | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface EligibleOptions {
  /** Not before this; now when it is missing. Slurm counts whole seconds. */
  readonly at?: Date;
}

/**
 * Slurm, as the node manager speaks to it. Every call throws `SluiceError` with code
 * `SLURM_UNREACHABLE` while slurmctld does not answer (try again later) and `SLURM_REFUSED` when it
 * answered no.
 */
export interface SlurmControl {
  /** Every node, or those of `names`; a name that slurmctld does not know is left out. */
  nodes(
    options?: CallOptions & { readonly names?: readonly string[] },
  ): Promise<readonly SlurmNode[]>;
  /** Jobs that are not over. */
  jobs(options?: CallOptions): Promise<readonly SlurmJob[]>;
  /** One job, also for some minutes after its end; undefined when unknown. */
  job(id: number, options?: CallOptions): Promise<SlurmJob | undefined>;
  partitions(options?: CallOptions): Promise<readonly SlurmPartition[]>;
  updateNodes(names: readonly string[], update: NodeUpdate, options?: CallOptions): Promise<void>;
  /** DRAIN: it takes no new jobs, and those that it has still run. */
  updatePartition(
    name: string,
    state: "UP" | "DRAIN" | "INACTIVE",
    options?: CallOptions,
  ): Promise<void>;
  /**
   * Back to the queue, where Slurm lets it wait for `cred_expire`; one that was running is COMPLETING
   * first. No effect on a job that is pending or over. Of an array it is this job alone.
   */
  requeue(jobId: number, options?: CallOptions): Promise<void>;
  /** Active ones and those to come. */
  reservations(options?: CallOptions): Promise<readonly SlurmReservation[]>;
  /**
   * What the job asked for with `--signal` when it was submitted; undefined when nothing, or a signal
   * that no program can handle. slurmctld does not tell: it is read from the submission, which
   * accounting keeps, and the batch script. SBATCH_SIGNAL in the user's environment is kept nowhere.
   */
  jobSignal(jobId: number, options?: CallOptions): Promise<JobSignal | undefined>;
  /**
   * Sends a signal to a running job; a program that does not handle it is ended by it. No effect on a
   * job that does not run. The first part of a heterogeneous job stands for all of them; of an array
   * it is this job alone.
   *
   * @throws SluiceError also `SLURM_REFUSED` for what is no signal, KILL and STOP.
   */
  signalJob(
    jobId: number,
    signal: Pick<JobSignal, "signal" | "batchOnly">,
    options?: CallOptions,
  ): Promise<void>;
  /**
   * Lifts the delay that Slurm puts on a requeued job. No effect on one that is not pending: asked
   * while it is still COMPLETING, it must be asked again.
   *
   * The nodes that it had were told to end it, and refuse whatever is launched in that second or
   * before: it is not to be launched in the second in which it became pending, or it is FAILED, `Job
   * credential revoked`.
   */
  makeEligible(jobId: number, options?: CallOptions & EligibleOptions): Promise<void>;
  /** Ends a job for good: CANCELLED, also where accounting had another end. No effect on one that is
   * over. Of an array it is this job alone. */
  cancel(jobId: number, options?: CallOptions): Promise<void>;
  /**
   * The last run of each job that accounting has heard of. `SLURM_UNREACHABLE` also while slurmdbd
   * is away.
   */
  lastRuns(jobIds: readonly number[], options?: CallOptions): Promise<readonly JobRun[]>;
  /**
   * Has slurmctld write down the state of all nodes; `node` is one that is up. That a node registered
   * it writes down only when it next changes something about a node, or after five minutes: killed
   * before, it comes back with that node POWERED_DOWN, whatever runs there.
   */
  saveNodes(node: string, options?: CallOptions): Promise<void>;
  /** When slurmctld was started, in whole seconds, rounded down; undefined when it does not say. */
  startedAt(options?: CallOptions): Promise<Date | undefined>;
}

/** Every reason that Sluice writes on a node starts so; a reason without it is someone else's. */
export const REASON_PREFIX = "sluice: ";

export function isOurReason(reason: string | undefined): boolean {
  return reason?.startsWith(REASON_PREFIX) ?? false;
}
