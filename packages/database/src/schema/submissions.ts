import type { ColumnType } from "kysely";

/** States of a submission; see packages/jobs/src/submissions/contract.ts. */
export type SubmissionState = "asked" | "accepted" | "saved" | "refused" | "called-off";

type Set<T> = ColumnType<T, T | undefined, T>;

/** What was asked of Slurm, kept until slurmctld has saved it, and 30 days for its key. */
export interface SubmissionsTable {
  /** In the job as its tag, the same for each attempt. */
  readonly id: string;
  readonly cluster: string;
  readonly unix_user: string;
  readonly principal_id: string;
  /** Unique with cluster and user. */
  readonly idempotency_key: string | null;
  /** SHA-256 of the request, in hex. */
  readonly request_hash: string;
  /** JSON of a `JobRequest`; empty once it can't be needed again. */
  readonly request: ColumnType<string, string, string>;
  readonly state: ColumnType<SubmissionState, SubmissionState, SubmissionState>;
  /** How often it was asked for, from 1. */
  readonly attempt: Set<number>;
  /** Once one was acknowledged. */
  readonly job_id: Set<number | null>;
  /** JSON of what slurmrestd answered, or of the refusal. */
  readonly answer: Set<string | null>;
  /** When slurmctld was started that is known to have had it. */
  readonly controller_started_at: Set<Date | null>;
  /** Who is at it, until when; nobody else is meanwhile. */
  readonly owner: Set<string | null>;
  readonly leased_until: Set<Date | null>;
  /** Last; NULL: certainly not since it was written down. */
  readonly asked_at: Set<Date | null>;
  readonly created_at: ColumnType<Date, Date, never>;
  /** The lost cluster to which it was handed in first, and its number there. */
  readonly moved_from: Set<string | null>;
  readonly moved_job_id: Set<number | null>;
  /** NULL also of those that an older server moved. */
  readonly moved_at: Set<Date | null>;
}

/** A cluster that was said to be lost, whose waiting jobs go elsewhere. */
export interface ClusterLossesTable {
  readonly cluster: string;
  readonly state: "lost" | "fenced" | "moved" | "returning";
  readonly said_by: string;
  readonly since: Date;
  readonly problem: string | null;
}

export interface SubmissionTables {
  readonly submissions: SubmissionsTable;
  readonly cluster_losses: ClusterLossesTable;
}
