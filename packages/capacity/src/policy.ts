/**
 * What to do with a job that wants more machines than one offering gives at the moment.
 *
 * - `all-or-nothing`: a job's machines are asked for in one call that gives all or none. When no
 *   offering alone has all of them, the job goes back; no machine was ever kept for it.
 * - `greedy-all-or-nothing`: what an offering gives is taken and the rest asked of the next one. When
 *   none is left and the job is short of machines still, it goes back and its machines go.
 * - `best-effort`: as greedy, and the machines of a job that goes back stay for whoever comes next,
 *   until they have been idle too long.
 */
export type ScalingStrategy = "all-or-nothing" | "greedy-all-or-nothing" | "best-effort";

/** What holds for the nodes of one compute resource. */
export interface PoolPolicy {
  readonly scalingStrategy: ScalingStrategy;
  /** How long a dynamic node stays without a job. */
  readonly idleSeconds: number | "never";
  /** The longest that a job which asked for a signal has between it and its requeue. */
  readonly checkpointGraceSeconds: number;
  /** So many failed boots in a row, none that worked between them, and no more machines are asked
   * for; 0 for never. */
  readonly protectAfterFailures: number;
  /** So long before a reservation begins its nodes are switched on. */
  readonly reservationLeadSeconds: number;
}

export const DEFAULT_POOL_POLICY: PoolPolicy = {
  scalingStrategy: "all-or-nothing",
  idleSeconds: 600,
  checkpointGraceSeconds: 90,
  protectAfterFailures: 10,
  reservationLeadSeconds: 180,
};

/** What a queue keeps ready beyond what jobs use. Its nodes are switched off by the node manager,
 * not by slurmctld's SuspendTime. */
export interface WarmPolicy {
  /** Idle nodes that are up, whenever no window says otherwise. */
  readonly count: number;
  /** The largest count of the windows that hold replaces `count`. */
  readonly windows: readonly WarmWindow[];
  /** As many idle nodes as this share (0 to 1) of the most that were busy at once of late. */
  readonly demandShare: number;
  /** What "of late" means. */
  readonly demandMinutes: number;
  /** Machines kept stopped, where the cloud can, beyond those that are up. */
  readonly stopped: number;
}

/** A part of the week. One that ends before it begins goes on past midnight. */
export interface WarmWindow {
  /** 0 is Sunday. */
  readonly days: readonly number[];
  /** Minutes since midnight in `timeZone`: from the first, up to and without the second. */
  readonly fromMinute: number;
  readonly untilMinute: number;
  /** An IANA name, for example `Europe/Berlin`. */
  readonly timeZone: string;
  readonly count: number;
}

/** Durations are in the unit of their name. */
export interface CapacityPolicy {
  /**
   * Launch when PrologSlurmctld calls, up to a second before slurmctld calls ResumeProgram.
   *
   * Off, because a machine that registers before slurmctld has marked its node POWERING_UP is not
   * seen: slurmctld marks the node afterwards and then waits for a registration that was already
   * made. Only safe where a machine can't possibly boot within two seconds.
   */
  readonly launchAtAllocation: boolean;
  /** Between two passes while there are machines or nodes that want one. */
  readonly passIntervalSeconds: number;
  /** Between two passes while there are none. */
  readonly restIntervalSeconds: number;
  /** After a hook called, wait for silence of this length … */
  readonly gatherIdleMilliseconds: number;
  /** … but not longer than this in all. */
  readonly gatherMaxMilliseconds: number;
  /** How long an offering is left alone after its first failure; doubles with each one after. */
  readonly unavailableSeconds: number;
  readonly unavailableMaxSeconds: number;
  /** The same for a limit of the account, which time alone does not lift. */
  readonly quotaSeconds: number;
  readonly quotaMaxSeconds: number;
  /** A pool in protected mode tries one machine after this long; doubles with each that fails. */
  readonly probeSeconds: number;
  readonly probeMaxSeconds: number;
  /** A machine that the cloud neither lists nor calls gone is given up after this long, if its node
   * is neither up nor starting: the list may lag behind or lie. */
  readonly listGraceSeconds: number;
  /** A machine this young whose node is being resumed is left alone, whatever Slurm still shows. */
  readonly youngMachineSeconds: number;
  /**
   * No job starts for so long after slurmctld was started and answers.
   *
   * One that it had launched and forgot, because it was killed before it wrote that down, is revoked
   * on its node as soon as the node registers, within about two seconds. Launched again in that same
   * second it would be FAILED: slurmd compares whole seconds.
   */
  readonly settleSeconds: number;
  /** A call to the cloud or to Slurm that takes longer is given up. */
  readonly callTimeoutSeconds: number;
}

export const DEFAULT_POLICY: CapacityPolicy = {
  launchAtAllocation: false,
  passIntervalSeconds: 5,
  restIntervalSeconds: 15,
  gatherIdleMilliseconds: 30,
  gatherMaxMilliseconds: 100,
  unavailableSeconds: 30,
  unavailableMaxSeconds: 600,
  quotaSeconds: 300,
  quotaMaxSeconds: 3600,
  probeSeconds: 600,
  probeMaxSeconds: 7200,
  listGraceSeconds: 30,
  youngMachineSeconds: 5,
  settleSeconds: 3,
  callTimeoutSeconds: 60,
};
