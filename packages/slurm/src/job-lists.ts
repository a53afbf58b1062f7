import type { SlurmJob } from "./control.ts";

/** A job that slurmctld knows: what a list of jobs shows. Times as slurmctld says. */
export interface QueueJob extends SlurmJob {
  readonly arrayJobId: number | undefined;
  readonly arrayTaskId: string | undefined;
  readonly account: string;
  readonly qos: string;
  readonly cpus: number;
  /** Of the whole job. */
  readonly memoryMib: number | undefined;
  /** `cpu=4,mem=8G,node=1,gres/gpu=1` */
  readonly tres: string;
  /** Undefined: none, or not decided yet. */
  readonly timeLimitSeconds: number | undefined;
  readonly endTime: Date | undefined;
  readonly priority: number;
  readonly dependency: string;
  readonly workingDirectory: string;
  readonly standardOutput: string;
  readonly standardError: string;
  readonly exitCode: string;
  readonly restarts: number;
}

/** A job as accounting has it after its end. */
export interface HistoryJob {
  readonly id: number;
  readonly label: string;
  readonly arrayJobId: number | undefined;
  readonly arrayTaskId: string | undefined;
  readonly name: string;
  readonly user: string;
  readonly account: string;
  readonly partition: string;
  readonly qos: string;
  readonly state: string;
  readonly exitCode: string;
  readonly nodes: string;
  readonly nodeCount: number;
  readonly cpus: number;
  readonly tres: string;
  readonly timeLimitSeconds: number | undefined;
  readonly submitTime: Date | undefined;
  /** Since when nothing but the machines was wanting; heads of an older version do not tell. */
  readonly eligibleTime?: Date | undefined;
  readonly startTime: Date | undefined;
  readonly endTime: Date | undefined;
  readonly workingDirectory: string;
  /** Of a submission that Sluice made, where accounting keeps what carries it. */
  readonly tag: string | undefined;
  /** Of what was asked for, used: for efficiency. CPU seconds and MiB; undefined without steps. */
  readonly cpuSecondsUsed: number | undefined;
  readonly maxMemoryMib: number | undefined;
}
