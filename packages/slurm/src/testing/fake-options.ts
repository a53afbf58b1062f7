import type { Clock } from "@sluice/model";
import type { JobSignal, SlurmJob } from "../control.ts";
import type { ResumeRequest } from "../resume-file.ts";

/** What slurmctld runs. All may be set, and replaced, at any time. */
export interface FakeSlurmHooks {
  /** ResumeProgram with its SLURM_RESUME_FILE. */
  onResume?: (request: ResumeRequest) => void;
  /** ResumeFailProgram: nodes that did not register within ResumeTimeout. */
  onResumeFail?: (nodes: readonly string[]) => void;
  /** SuspendProgram. */
  onSuspend?: (nodes: readonly string[]) => void;
  /**
   * PrologSlurmctld: true is exit code 0. Without it, configuring jobs are looked at every 30 s.
   */
  onPrologSlurmctld?: (job: SlurmJob) => Promise<boolean>;
  /** It was started, as its unit tells: ExecStartPost. */
  onStarted?: () => void;
}

export interface FakePartitionOptions {
  readonly name: string;
  readonly nodes: string;
  /** SuspendTime of its line, seconds. A node in several such partitions has the longest. */
  readonly suspendTime?: number | "never";
}

/** What of slurm.conf is about nodes and partitions. */
export interface FakeConf {
  /** The first one is the default. `nodes` are host lists. */
  readonly partitions: readonly FakePartitionOptions[];
  /** SuspendExcNodes, a host list. They start powered down like the others. */
  readonly staticNodes?: string;
  /** Seconds; 600. */
  readonly suspendTime?: number;
}

export interface FakeSlurmOptions extends FakeSlurmHooks, FakeConf {
  readonly clock: Clock;
  /** Seconds; the defaults are 60, 600, 180 and 30. */
  readonly suspendTimeout?: number;
  readonly resumeTimeout?: number;
  readonly slurmdTimeout?: number;
  readonly credExpire?: number;
}

export interface RegisterOptions {
  /** Missing: the node's name. */
  readonly address?: string;
  /** Missing: now. Before the power-up request: slurmctld ignores it, as without `slurmd -b`. */
  readonly bootTime?: Date;
}

/** A signal that reached a job's processes. */
export interface ReceivedSignal extends Pick<JobSignal, "signal" | "batchOnly"> {
  readonly jobId: number;
  readonly at: Date;
}
