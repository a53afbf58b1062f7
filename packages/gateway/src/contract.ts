import type { HistoryJob, QueueJob } from "@sluice/slurm";
import type { Dispatcher } from "undici";
import type { Terminals } from "./terminal/contract.ts";
import type { UserWorker } from "./user-worker.ts";

export type { HistoryJob, QueueJob } from "@sluice/slurm";

/**
 * A head, as a server reaches it: one TLS port with the certificate pinned and a bearer. Calls throw
 * `SluiceError` `GATEWAY_UNREACHABLE` while the head does not answer (try again later),
 * `GATEWAY_REFUSED` when it will not have this server's key, `GATEWAY_NOT_TRUSTED` when it has another
 * certificate. What Slurm is asked there may also fail with `SLURM_UNREACHABLE` or `SLURM_REFUSED`.
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
  readonly terminals: Terminals;
  /** A token for slurmrestd. */
  mintToken(user: string, lifetimeSeconds: number): string;
  /** Every job that slurmctld knows now, of everybody; asked as SlurmUser. */
  queue(options?: QueueCall): Promise<readonly QueueJob[]>;
  /** What accounting has of jobs that ended at or after `since`, oldest end first. */
  history(range: HistoryRange, options?: GatewayCall): AsyncIterable<HistoryJob>;
  /**
   * Which of these submissions slurmctld's saved state has: it outlives a slurmctld killed now.
   *
   * @param tags see `SUBMISSION_TAG` in packages/slurm.
   */
  saved(tags: readonly string[], options?: GatewayCall): Promise<ReadonlySet<string>>;
  /**
   * The number of the first job, or array, that slurmctld has under each of these tags now, saved or
   * not. Whose it is, is for the caller to see: everybody may give a job any tag.
   */
  find(tags: readonly string[], options?: GatewayCall): Promise<ReadonlyMap<string, number>>;
}

export interface GatewayCall {
  readonly signal?: AbortSignal;
}

export interface QueueCall extends GatewayCall {
  /** What slurmctld told another server so long ago will do. 0 when missing: it is asked. */
  readonly maxAgeMilliseconds?: number;
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
  /** Each run of jobs that were requeued, where otherwise there is the last one alone. */
  readonly everyRun?: boolean;
}
