import type { JobDescription, ShownJob } from "@sluice/jobs";
import { Option } from "commander";
import type { Context } from "../context.ts";
import { serverOf } from "../server-session.ts";
import { usage } from "../usage.ts";

/** Where a verb about jobs finds them: a server, or a head by itself. */
export interface JobPlace {
  list(query: JobListQuery): Promise<JobList>;
  describe(job: string): Promise<JobDescription>;
  submit(submission: JobSubmission): Promise<SubmittedTo>;
  cancel(job: string): Promise<void>;
  /** What the job writes, until it is over or the signal fires. */
  follow(job: JobDescription, signal: AbortSignal): Promise<void>;
}

export interface SubmittedTo {
  readonly cluster: string;
  readonly jobId: number;
  /** Of a job that might have gone anywhere. */
  readonly why?: string;
}

export interface JobListQuery {
  readonly all: boolean;
  readonly users?: readonly string[];
  readonly states?: readonly string[];
  readonly partitions?: readonly string[];
  readonly text?: string;
  readonly limit: number;
}

export interface JobList {
  readonly jobs: readonly ShownJob[];
  readonly total: number;
}

export interface JobSubmission {
  readonly script: string;
  readonly options: readonly string[];
  readonly arguments: readonly string[];
  readonly workingDirectory?: string;
}

export interface JobPlaceOptions {
  readonly clusterName?: string;
  readonly user?: string;
}

/** Instead of a cluster's name: where the job would start soonest. */
export const ANY_CLUSTER = "any";

/** Like `-n` of other verbs, for those that can do without where a server has one cluster. */
export function anyCluster(): Option {
  return new Option("-n, --cluster-name <name>", "name of the cluster");
}

/**
 * The server where somebody signed in; else the head of the cluster that is named.
 *
 * Errors: `USAGE` when no cluster is named and there is no server.
 */
export async function jobPlace(context: Context, options: JobPlaceOptions): Promise<JobPlace> {
  const server = await serverOf(context);
  const { clusterName, user } = options;
  if (server !== undefined) {
    const { serverJobs } = await import("./server-jobs.ts");
    return serverJobs(context, server, { clusterName, as: user });
  }
  if (clusterName === ANY_CLUSTER) {
    throw usage(
      "only a server chooses among clusters",
      "name the cluster, or sign in to a server: sluice login",
    );
  }
  if (clusterName === undefined) {
    throw usage("the cluster is not named", "give -n NAME, or sign in to a server: sluice login");
  }
  const { headJobs } = await import("./head-jobs.ts");
  return headJobs(context, clusterName, user);
}
