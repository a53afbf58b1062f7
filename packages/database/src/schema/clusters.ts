import type { ColumnType } from "kysely";

/** Long work on a cluster or an image that a server does, and what became of it. */
export interface OperationsTable {
  readonly id: string;
  /** `create-cluster`, `update-cluster`, … */
  readonly kind: string;
  readonly cluster: string | null;
  readonly image: string | null;
  readonly provider: string;
  readonly region: string;
  /** What it is about while it runs, once: nothing else is done on that. NULL when it is over. */
  readonly holds: string | null;
  readonly state: "running" | "done" | "failed" | "cancelled";
  readonly principal_id: string;
  readonly principal_name: string;
  /** JSON: how it was asked for, without the file. */
  readonly request: string;
  /** JSON: code, message, hint. */
  readonly error: string | null;
  /** JSON. */
  readonly result: string | null;
  /** The process that does it, or that looks after it. */
  readonly server: string;
  /** Not renewed: that process is gone. */
  readonly lease_until: Date;
  readonly cancel_asked: ColumnType<number, number | undefined, number>;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

export interface OperationProgressTable {
  readonly operation: string;
  /** From 1, without gaps. */
  readonly number: number;
  readonly time: Date;
  readonly resource: string;
  readonly status: string;
  readonly message: string;
}

export interface ClusterTables {
  readonly operations: OperationsTable;
  readonly operation_progress: OperationProgressTable;
}
