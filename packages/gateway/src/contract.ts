import type { SlurmJob } from "@sluice/slurm";
import type { Dispatcher } from "undici";
import type { UserWorker } from "./user-worker.ts";

/**
 * A head, as a server reaches it: one TLS port with the certificate pinned and a bearer. Calls throw
 * `SluiceError` `GATEWAY_UNREACHABLE` while the head does not answer (try again later),
 * `GATEWAY_REFUSED` when it will not have this server's key.
 */
export interface Gateway extends AsyncDisposable {
  readonly cluster: string;
  info(options?: GatewayCall): Promise<GatewayInfo>;
  /** HTTP to slurmrestd as it is: whoever sends a request adds the user's token. */
  readonly slurmrestd: Dispatcher;
  /**
   * The worker that runs as this user on the head, started when it is first asked.
   * `GATEWAY_USER_UNKNOWN` for who is not there, for root and for accounts of the system.
   */
  user(user: string): UserWorker;
  /** A token for slurmrestd. */
  mintToken(user: string, lifetimeSeconds: number): string;
  /** Every job that slurmctld knows now, of everybody; asked as SlurmUser. */
  queue(options?: GatewayCall): Promise<readonly QueueJob[]>;
  /** What accounting has of jobs that ended at or after `since`, oldest end first. */
  history(range: HistoryRange, options?: GatewayCall): AsyncIterable<HistoryJob>;
  /**
   * Which of these submissions slurmctld's saved state has: it outlives a slurmctld killed now.
   *
   * @param tags see `SUBMISSION_TAG` in packages/slurm.
   */
  saved(tags: readonly string[], options?: GatewayCall): Promise<ReadonlySet<string>>;
}

export interface GatewayCall {
  readonly signal?: AbortSignal;
}

export interface GatewayInfo {
  readonly clusterName: string;
  /** `24.11.5` */
  readonly slurmVersion: string;
  /** `v0.0.40`, …: what this slurmrestd has, oldest first. */
  readonly restVersions: readonly string[];
  /** Of slurmctld; another one means that it was started again. */
  readonly controllerStartedAt: Date | undefined;
}

export interface HistoryRange {
  readonly since: Date;
  readonly until: Date;
}

/** A job that slurmctld knows: what a list of jobs shows. Memory in MiB, times as slurmctld says. */
export interface QueueJob extends SlurmJob {
  readonly arrayJobId: number | undefined;
  readonly arrayTaskId: string | undefined;
  readonly account: string;
  readonly qos: string;
  readonly cpus: number;
  readonly memoryMib: number | undefined;
  /** `cpu=4,mem=8G,node=1,gres/gpu=1` */
  readonly tres: string;
  readonly timeLimitSeconds: number | undefined;
  readonly endTime: Date | undefined;
  readonly priority: number;
  readonly dependency: string;
  readonly workingDirectory: string;
  readonly standardOutput: string;
  readonly standardError: string;
  readonly exitCode: string;
  readonly restarts: number;
  /** The tag of a submission that Sluice made. */
  readonly tag: string | undefined;
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
  readonly startTime: Date | undefined;
  readonly endTime: Date | undefined;
  readonly workingDirectory: string;
  readonly tag: string | undefined;
  /** Of what was asked for, used: for efficiency. CPU seconds and MiB; undefined without steps. */
  readonly cpuSecondsUsed: number | undefined;
  readonly maxMemoryMib: number | undefined;
}
