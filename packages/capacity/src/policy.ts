/**
 * What to do with a job that wants more machines than can be had at the moment.
 *
 * - `all-or-nothing`: all the machines of a job with several nodes, or none of them.
 * - `greedy-all-or-nothing`, `best-effort`: names that ParallelCluster's users know. In this version
 *   both behave as `all-or-nothing`.
 */
export type ScalingStrategy = "all-or-nothing" | "greedy-all-or-nothing" | "best-effort";

/** Durations are in the unit of their name. */
export interface CapacityPolicy {
  readonly scalingStrategy: ScalingStrategy;
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
  /** After this long without being listed an accepted machine that never was listed is gone. */
  readonly listGraceSeconds: number;
  /** A machine this young whose node is being resumed is left alone, whatever Slurm still shows. */
  readonly youngMachineSeconds: number;
  /** A call to the cloud or to Slurm that takes longer is given up. */
  readonly callTimeoutSeconds: number;
}

export const DEFAULT_POLICY: CapacityPolicy = {
  scalingStrategy: "all-or-nothing",
  launchAtAllocation: false,
  passIntervalSeconds: 5,
  restIntervalSeconds: 15,
  gatherIdleMilliseconds: 30,
  gatherMaxMilliseconds: 100,
  unavailableSeconds: 30,
  unavailableMaxSeconds: 600,
  listGraceSeconds: 30,
  youngMachineSeconds: 5,
  callTimeoutSeconds: 60,
};
