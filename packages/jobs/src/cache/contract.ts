import type { Gateway } from "@sluice/gateway";
import type { JobReference } from "./job-reference.ts";

/**
 * Every job of every cluster, live and finished, in this process: read from Slurm by one poller per
 * cluster however many look. It is a view: what it shows is as old as `JobCacheStatus` says.
 */
export interface JobCache extends AsyncDisposable {
  /** A page of jobs, newest submission first unless `sort` says otherwise. */
  search(search: JobSearch): Promise<JobSearchResult>;
  /**
   * What is known of a job, of all tasks of an array, or of some; the newest first. When there is
   * nothing, slurmctld is asked once more, as the job may be younger than the last look.
   */
  find(cluster: string, job: JobReference): Promise<readonly CachedJob[]>;
  /**
   * What is known of these jobs, arrays with all their tasks, by number; those that are not known are
   * missing. Asks nobody.
   */
  known(cluster: string, ids: readonly number[]): ReadonlyMap<number, readonly CachedJob[]>;
  /** Asks slurmctld now; resolves when that is seen, or when it failed: see `status`. */
  refresh(cluster: string): Promise<void>;
  /** Of all jobs that began since then: in which partition, when, how long they had waited. */
  waits(cluster: string, since: Date): readonly JobWait[];
  status(): readonly JobCacheStatus[];
}

export interface JobWait {
  readonly partition: string;
  readonly startTime: Date;
  /** From when it could have begun. */
  readonly seconds: number;
}

/** A cluster that has jobs. */
export interface JobSource {
  readonly name: string;
  gateway(): Promise<Pick<Gateway, "queue" | "history">>;
}

/**
 * As Slurm says, and in one more case: `UNKNOWN`, when slurmctld has forgotten the job and
 * accounting has not yet told how it ended.
 */
export type JobState = string;

/** Memory in MiB. Fields that only a live job has are empty once Slurm forgot it. */
export interface CachedJob {
  readonly cluster: string;
  /** Slurm's own number; tasks of an array have each their own once they started. */
  readonly id: number;
  /** As users write it: `12`, `12_3` or `12_[4-9]`. */
  readonly label: string;
  readonly arrayJobId: number | undefined;
  readonly arrayTaskId: string | undefined;
  readonly name: string;
  readonly user: string;
  readonly account: string;
  readonly partition: string;
  readonly qos: string;
  readonly state: JobState;
  /** Why it waits, in Slurm's word: `Resources`, `Priority`, … */
  readonly reason: string;
  readonly nodes: string;
  readonly nodeCount: number;
  readonly cpus: number;
  readonly memoryMib: number | undefined;
  readonly tres: string;
  readonly timeLimitSeconds: number | undefined;
  readonly priority: number | undefined;
  readonly dependency: string;
  readonly submitTime: Date | undefined;
  readonly eligibleTime: Date | undefined;
  readonly startTime: Date | undefined;
  readonly endTime: Date | undefined;
  readonly workingDirectory: string;
  readonly standardOutput: string;
  readonly standardError: string;
  readonly exitCode: string;
  readonly restarts: number;
  readonly isBatch: boolean;
  /** Of the submission that Sluice made, when accounting told it: after the end. */
  readonly tag: string | undefined;
  /** slurmctld knows it now. */
  readonly isLive: boolean;
  /** From accounting, after the end. */
  readonly cpuSecondsUsed: number | undefined;
  readonly maxMemoryMib: number | undefined;
}

/** Whose jobs may be seen; a job is seen when any of it applies. */
export type JobVisibility =
  | "all"
  | { readonly users: readonly string[]; readonly accounts: readonly string[] };

export const JOB_SORTS = [
  ...["submitTime", "startTime", "endTime", "id", "name", "user", "account", "partition"],
  ...["qos", "state", "cpus", "nodeCount", "memoryMib", "timeLimitSeconds", "priority"],
] as const;
export type JobSort =
  | "submitTime"
  | "startTime"
  | "endTime"
  | "id"
  | "name"
  | "user"
  | "account"
  | "partition"
  | "qos"
  | "state"
  | "cpus"
  | "nodeCount"
  | "memoryMib"
  | "timeLimitSeconds"
  | "priority";

/** Of several values one must fit; of several filters all. */
export interface JobFilter {
  /** Words that must each be found in id, name, user, account, partition, state or nodes. */
  readonly text?: string;
  readonly states?: readonly string[];
  readonly users?: readonly string[];
  readonly accounts?: readonly string[];
  readonly partitions?: readonly string[];
  readonly qos?: readonly string[];
  readonly name?: string;
  /** A node on which the job runs or ran. */
  readonly node?: string;
  readonly arrayJobId?: number;
  /** Live: slurmctld has it and it has not ended. */
  readonly isFinished?: boolean;
  readonly submittedAfter?: Date;
  readonly submittedBefore?: Date;
  readonly endedAfter?: Date;
  readonly endedBefore?: Date;
}

export interface JobSearch {
  /** Which clusters, and what may be seen on each; one that is not served is passed over. */
  readonly clusters: ReadonlyMap<string, JobVisibility>;
  readonly filter?: JobFilter;
  /** `submitTime`, descending, when missing. */
  readonly sort?: JobSort;
  readonly isDescending?: boolean;
  /** 1 to 1000. */
  readonly limit: number;
  /** `next` of the page before, of the same search; `PAGE_CURSOR_INVALID` for another text. */
  readonly cursor?: string;
}

export interface JobSearchResult {
  readonly jobs: readonly CachedJob[];
  readonly next?: string;
  readonly total: number;
  /** How many in each state, of what every filter but that of states lets through. */
  readonly totals: Readonly<Record<string, number>>;
  /** Of the clusters that were searched. */
  readonly status: readonly JobCacheStatus[];
}

export interface JobCacheStatus {
  readonly cluster: string;
  readonly jobs: number;
  /** When slurmctld was last heard; undefined: not yet. */
  readonly queueAt: Date | undefined;
  /** When accounting was last heard. */
  readonly historyAt: Date | undefined;
  /** How far the past is known; it is read backwards after the start. */
  readonly historyFrom: Date | undefined;
  /** Why the last question got no answer. */
  readonly problem: string | undefined;
}

export type JobChange =
  | {
      readonly kind: "created" | "changed" | "deleted";
      readonly cluster: string;
      readonly job: CachedJob;
    }
  /** So many at once that whoever shows jobs asks again. */
  | { readonly kind: "many"; readonly cluster: string; readonly count: number };
