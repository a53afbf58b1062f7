import type { ColumnType } from "kysely";

/** 0 or 1. */
type Flag = ColumnType<number, number | undefined, number>;

/** An application: what holds for all of its versions. */
export interface ApplicationsTable {
  readonly id: string;
  /** Unique; as in the newest version's file. */
  readonly name: string;
  readonly owner_id: string;
  readonly owner_name: string;
  /** Of the newest version. */
  readonly latest_version: number;
  /** What people submit; NULL: a draft. */
  readonly published_version: number | null;
  /** It came with Sluice, and can be brought back to what it was. */
  readonly is_library: Flag;
  readonly created_at: Date;
  readonly changed_at: Date;
}

/** Every save, never changed. */
export interface ApplicationVersionsTable {
  readonly application_id: string;
  /** From 1. */
  readonly version: number;
  /** The YAML as it was written. */
  readonly text: string;
  readonly saved_by: string;
  readonly saved_at: Date;
  readonly note: string;
}

/** Who may use an application, or change it too, beside its owner. */
export interface ApplicationSharesTable {
  readonly application_id: string;
  readonly kind: "everyone" | "group" | "user";
  /** Of the group or user; empty for everyone. */
  readonly name: string;
  readonly access: "use" | "edit";
}

/** A folder on a cluster, and the job that was made of it. */
export interface RunsTable {
  readonly id: string;
  readonly name: string;
  readonly owner_id: string;
  readonly owner_name: string;
  readonly cluster: string;
  readonly unix_user: string;
  readonly application_id: string | null;
  readonly application_name: string;
  readonly application_version: number;
  /** Empty until it is made. */
  readonly folder: string;
  /** JSON: what the fields were given. */
  readonly field_values: string;
  readonly state: string;
  /** JSON: the job as it is asked for, from `submitting` on. */
  readonly request: string | null;
  readonly job_id: number | null;
  /** Slurm's last word. */
  readonly job_state: string | null;
  /** JSON: code, message, hint. */
  readonly error: string | null;
  /** Of the request that made the run. */
  readonly client_key: string | null;
  readonly client_key_hash: string | null;
  /** Kept so long after its end; NULL: for good. */
  readonly keep_seconds: number | null;
  readonly created_at: Date;
  readonly submitted_at: Date | null;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly expires_at: Date | null;
  readonly purge_error: string | null;
  /** Not before. */
  readonly purge_next_at: Date | null;
  readonly purge_attempts: ColumnType<number, number | undefined, number>;
  readonly changed_at: Date;
}

export interface RunSharesTable {
  readonly run_id: string;
  readonly kind: "group" | "user";
  readonly name: string;
}

export interface ApplicationTables {
  readonly applications: ApplicationsTable;
  readonly application_versions: ApplicationVersionsTable;
  readonly application_shares: ApplicationSharesTable;
  readonly runs: RunsTable;
  readonly run_shares: RunSharesTable;
}
