/** A login shell that somebody opened on a head, and how it ended. */
export interface TerminalsTable {
  readonly id: string;
  readonly cluster: string;
  readonly user_id: string;
  readonly user_name: string;
  /** `session` or `token`, and which. */
  readonly via: string;
  readonly credential_id: string;
  readonly unix_user: string;
  /** From where. */
  readonly address: string;
  readonly opened_at: Date;
  /** NULL: it lives. */
  readonly ended_at: Date | null;
  readonly reason: string | null;
  readonly exit_code: number | null;
  readonly exit_signal: number | null;
}

export interface TerminalTables {
  readonly terminals: TerminalsTable;
}
