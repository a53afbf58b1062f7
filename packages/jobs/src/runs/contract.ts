import type { Readable } from "node:stream";
import type { FileEntry, Gateway, UserWorker } from "@sluice/gateway";
import type { FieldError, PreparedJob, Viewer } from "../applications/index.ts";

/**
 * A run is a folder on a cluster and the job that is made of it.
 *
 *   draft ──▶ submitting ──▶ queued ──▶ running ──▶ done, failed, cancelled ──▶ expired
 *                 └──▶ failed: Slurm does not take it
 *
 * From `queued` on a state is what Slurm says of the job, or was its last word while it says
 * nothing. `expired`: the folder is gone, what is known of the run stays.
 */
export const RUN_STATES = [
  "draft",
  "submitting",
  "queued",
  "running",
  "done",
  "failed",
  "cancelled",
  "expired",
] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface Run {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly isOwn: boolean;
  readonly cluster: string;
  readonly unixUser: string;
  readonly application: { readonly name: string; readonly version: number };
  readonly folder: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly state: RunState;
  readonly jobId: number | undefined;
  /** Slurm's word for it. */
  readonly jobState: string | undefined;
  readonly error: RunProblem | undefined;
  /** Kept so long after its end; undefined: until it is removed. */
  readonly keepSeconds: number | undefined;
  readonly createdAt: Date;
  readonly submittedAt: Date | undefined;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
  /** When its folder is removed. */
  readonly expiresAt: Date | undefined;
  /** Why that did not work the last time. */
  readonly purgeError: string | undefined;
}

export interface RunProblem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Who asks. */
export interface RunViewer extends Viewer {
  /** Undefined: nobody on clusters, and can make no run. */
  readonly unixUser: string | undefined;
  /** Clusters on which this person sees everybody's runs. */
  readonly operates: "all" | readonly string[];
}

export interface RunWish {
  readonly application: string;
  /** The published one when missing. */
  readonly version?: number;
  readonly cluster: string;
  /** The application's title when missing. */
  readonly name?: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** null: for good; missing: as the application or the site has it. */
  readonly keepSeconds?: number | null;
  /** Of the request: the same one makes the same run. */
  readonly clientKey?: string;
}

export interface RunListing {
  readonly of: "own" | "shared" | "all";
  readonly states?: readonly RunState[];
  readonly cluster?: string;
  readonly application?: string;
  /** In the name. */
  readonly text?: string;
  /** 1 to 1000. */
  readonly limit: number;
  readonly cursor?: string;
}

export interface RunShare {
  readonly kind: "group" | "user";
  readonly name: string;
}

/** Slurm's word on a job, of an array all tasks together. */
export interface RunJob {
  readonly state: RunState;
  readonly jobState: string;
  readonly isLive: boolean;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

/** Which job of whom. */
export interface JobOfRun {
  readonly jobId: number;
  readonly user: string;
}

/** Where runs learn of their jobs. */
export interface RunJobs {
  /**
   * By number, as old as a list of jobs is. `unknown`: slurmctld and slurmdbd answer, and neither has
   * it. Of those that are missing nobody says anything now.
   */
  find(cluster: string, jobs: readonly JobOfRun[]): ReadonlyMap<number, RunJob | "unknown">;
  /** Asks slurmctld and slurmdbd themselves now; throws when one of them does not answer. */
  search(cluster: string, job: JobOfRun, submittedAt: Date): Promise<RunJob | undefined>;
  /** Asks slurmctld itself now; throws when it does not answer. */
  isLive(cluster: string, jobId: number): Promise<boolean>;
}

/**
 * The runs of the site. What a person may not see is not there: `RUN_NOT_FOUND`. Files are read and
 * written as the run's Unix user, by the worker on the head, whoever asks.
 */
export interface Runs {
  list(
    viewer: RunViewer,
    listing: RunListing,
  ): Promise<{ readonly runs: readonly Run[]; readonly next?: string; readonly total: number }>;
  get(viewer: RunViewer, id: string): Promise<Run>;
  /** The job that values would make; nothing is made. Values that do not fit are told by field. */
  preview(
    viewer: RunViewer,
    wish: RunWish,
  ): Promise<{ readonly errors: readonly FieldError[]; readonly job?: PreparedJob }>;
  /** A draft with its folder, for inputs. */
  draft(viewer: RunViewer, wish: RunWish): Promise<Run>;
  /** Values may change as long as it is a draft. Errors: `RUN_VALUES_INVALID`, `RUN_WRONG_STATE`. */
  change(viewer: RunViewer, id: string, change: RunChange): Promise<Run>;
  /**
   * Makes the job, once, however often this is asked. Errors: `RUN_VALUES_INVALID` and those of
   * `Submissions.submit`; after `SLURM_UNREACHABLE` it is tried on.
   */
  submit(viewer: RunViewer, id: string): Promise<Run>;
  /** `draft` and `submit` in one. */
  start(viewer: RunViewer, wish: RunWish): Promise<Run>;
  /** A new run of the same application with its inputs. */
  rerun(viewer: RunViewer, id: string, change: RunChange, clientKey?: string): Promise<Run>;
  cancel(viewer: RunViewer, id: string): Promise<Run>;
  /** The folder and all that is known of the run. Errors: `RUN_JOB_LIVES`. */
  remove(viewer: RunViewer, id: string): Promise<void>;
  shares(viewer: RunViewer, id: string): Promise<readonly RunShare[]>;
  /** With these, and no others. Errors: `USER_NOT_FOUND`, `GROUP_NOT_FOUND`. */
  share(viewer: RunViewer, id: string, shares: readonly RunShare[]): Promise<void>;
  /** The folder's entries. */
  files(viewer: RunViewer, id: string, path?: string): Promise<readonly FileEntry[]>;
  /** A path in the folder, and who may read it. */
  file(viewer: RunViewer, id: string, path: string): Promise<RunFile>;
  /** Into `inputs/` of a draft. */
  upload(viewer: RunViewer, id: string, name: string, content: Readable): Promise<FileEntry>;
  archive(viewer: RunViewer, id: string, format: "tar.gz" | "zip"): Promise<Readable>;
  /** Follows jobs, goes on with what was interrupted, and purges; until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
  /** One round of that. */
  pass(signal: AbortSignal): Promise<void>;
}

export interface RunFile {
  readonly run: Run;
  readonly worker: UserWorker;
  /** Absolute. */
  readonly path: string;
}

export interface RunChange {
  readonly name?: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly keepSeconds?: number | null;
}

/** What became of a run, for events. */
export interface RunNews {
  readonly kind: "created" | "changed" | "deleted";
  readonly run: Run;
}

export type GatewayOf = (cluster: string) => Promise<Pick<Gateway, "user">>;
