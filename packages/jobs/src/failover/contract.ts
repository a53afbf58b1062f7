/**
 * What becomes of jobs that wait on a cluster that is lost. Those that came through Sluice and never
 * started are handed in on another cluster, once. States of a loss:
 *
 *   lost ──▶ fenced ──▶ moved ──▶ (the cluster is back) forgotten
 *
 * Nothing runs twice, by the order of things:
 *
 * 1. The cluster is fenced: neither its heads nor any of its machines runs, and none starts before it
 *    is let back. A job that had started, and that nobody here knows to have started, is dead then.
 *    As long as the fence is unsure nothing is moved.
 * 2. What is to be moved is revoked on the lost cluster, durably, where its next head reads it before
 *    it starts a job: whoever powers the head on by hand does not start them either.
 * 3. Each submission is moved by one statement: it belongs to one cluster at every moment.
 * 4. When the cluster is back, its copies are cancelled by their tags.
 */
export interface Failover {
  /** An administrator says so, or the site's setting. Called again it changes nothing. */
  declareLost(cluster: string, saidBy: string): Promise<void>;
  /** The cluster is let back; what was moved stays where it is. */
  letBack(cluster: string): Promise<void>;
  losses(): Promise<readonly Loss[]>;
  /** Goes on with every loss, once; one process at a time, see `underLease`. Throws nothing. */
  pass(): Promise<void>;
  /** Of clusters that are lost and that are back, the newest first. */
  movedJobs(filter: MovedFilter): Promise<readonly MovedJob[]>;
}

export interface MovedFilter {
  /** Whose; missing: everybody's. */
  readonly unixUser?: string;
  /** The cluster that was lost. */
  readonly from?: string;
  readonly limit: number;
}

/** A job that another cluster has now. */
export interface MovedJob {
  readonly from: string;
  /** The number that it had there. */
  readonly fromJobId: number | undefined;
  readonly cluster: string;
  /** Undefined until it is handed in there. */
  readonly jobId: number | undefined;
  readonly unixUser: string;
  /** Undefined for one that an older version moved. */
  readonly movedAt: Date | undefined;
  /** Slurm of the other cluster did not take it. */
  readonly isRefused: boolean;
}

export interface Loss {
  readonly cluster: string;
  readonly state: "lost" | "fenced" | "moved" | "returning";
  readonly saidBy: string;
  readonly since: Date;
  /** How many submissions were moved. */
  readonly moved: number;
  /** Why it does not go on. */
  readonly problem: string | undefined;
}

/** What failover does to clusters. */
export interface FailoverPorts {
  /**
   * Powers off the heads and all machines of the cluster, or finds that they are off, and keeps them
   * so. `unsure`: it could not be seen that nothing of it runs. May be called again.
   */
  fence(cluster: string): Promise<"off" | "unsure">;
  /**
   * Writes down, where the next head of the cluster reads it before it starts a job, that jobs with
   * these tags must not start. False: that can't be written now. May be called again.
   */
  revoke(cluster: string, tags: readonly string[]): Promise<boolean>;
  /** The cluster may start again. */
  release(cluster: string): Promise<void>;
  /** Which of these jobs of a cluster that is not lost have begun, or ended. */
  started(cluster: string, jobIds: readonly number[]): Promise<readonly number[]>;
  /**
   * The cluster that takes a submission, of those that are not lost; undefined: none does. The same
   * answer for the same submission is not needed: it is asked once for each that is moved.
   */
  target(submission: MovableSubmission): Promise<string | undefined>;
  /**
   * Whether accounting that outlives the cluster says that the job came to its end there. Missing, or
   * false when nobody can tell.
   */
  hasEnded?(submission: MovableSubmission): Promise<boolean>;
  /** Cancels these jobs of the cluster that is back, by their tags. False: it does not answer yet. */
  cancel(cluster: string, submissions: readonly MovedSubmission[]): Promise<boolean>;
}

export interface MovableSubmission {
  readonly id: string;
  readonly cluster: string;
  readonly unixUser: string;
  /** Of the account that handed it in. */
  readonly principalId: string;
  /** Undefined while Slurm's answer is not known. */
  readonly jobId: number | undefined;
  /** JSON of a `JobRequest`. */
  readonly request: string;
}

export interface MovedSubmission {
  readonly id: string;
  readonly unixUser: string;
  /** That it had on the lost cluster. */
  readonly jobId: number | undefined;
}
