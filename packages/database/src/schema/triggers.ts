import type { ColumnType } from "kysely";

type Set<T> = ColumnType<T, T | undefined, T>;

export type TriggerState = "active" | "paused" | "failing";

/** What submits an application when something happens. */
export interface TriggersTable {
  readonly id: string;
  /** Unique for its owner. */
  readonly name: Set<string>;
  readonly owner_id: string;
  /** Of its runs. */
  readonly cluster: Set<string>;
  readonly application: Set<string>;
  /** NULL: the published one of the moment. */
  readonly application_version: Set<number | null>;
  /** JSON: what the fields are given, with places for the event's values. */
  readonly field_values: Set<string>;
  /** Of `source`, for those who look for some. */
  readonly kind: string;
  /** JSON: what it waits for. */
  readonly source: Set<string>;
  readonly state: Set<TriggerState>;
  /** Why it is paused or failing, for people. */
  readonly state_reason: Set<string>;
  readonly retries: Set<number>;
  readonly per_minute: Set<number>;
  readonly keep_days: Set<number>;
  /** Of the secret of a web-hook: each is another. */
  readonly secret_generation: Set<number>;
  /** JSON: how far its source is, in the source's own words. */
  readonly progress: Set<string>;
  /** When its source is to be looked at again; NULL: nothing is to be looked at. */
  readonly look_at: Set<Date | null>;
  readonly leased_until: Set<Date | null>;
  readonly created_at: ColumnType<Date, Date, never>;
  readonly changed_at: Set<Date>;
}

export type OccurrenceState =
  | "received"
  | "submitting"
  | "retrying"
  | "submitted"
  | "dead"
  | "ignored";

/** One event of a trigger, and what became of it. */
export interface OccurrencesTable {
  readonly id: string;
  readonly trigger_id: string;
  /** SHA-256 of what makes the event itself; unique with the trigger. */
  readonly identity_hash: string;
  /** The same in words. */
  readonly identity: string;
  /** JSON. */
  readonly event: string;
  readonly state: Set<OccurrenceState>;
  readonly attempts: Set<number>;
  /** Not before; NULL once it is over. */
  readonly next_at: Set<Date | null>;
  readonly leased_until: Set<Date | null>;
  readonly run_id: Set<string | null>;
  readonly job_id: Set<number | null>;
  /** JSON: code, message, hint of the last attempt. */
  readonly error: Set<string | null>;
  /** The occurrence that this one repeats. */
  readonly replay_of: string | null;
  readonly received_at: ColumnType<Date, Date, never>;
  readonly started_at: Set<Date | null>;
  readonly ended_at: Set<Date | null>;
}

export interface TriggerTables {
  readonly triggers: TriggersTable;
  readonly occurrences: OccurrencesTable;
}
