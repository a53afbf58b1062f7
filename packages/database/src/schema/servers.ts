import type { ColumnType, Generated } from "kysely";

/** What one of several servers does alone. Times are of the database's clock. */
export interface LeasesTable {
  readonly name: string;
  /** A process; empty: nobody yet. */
  readonly holder: string;
  /** Counts up with each holder. */
  readonly term: number;
  /** UTC with microseconds. */
  readonly held_until: Date;
}

/** A server of the site, as it last told of itself. Times are of the database's clock. */
export interface ServersTable {
  readonly id: string;
  /** Of its machine. */
  readonly host: string;
  /** Where it listens. */
  readonly address: string;
  readonly version: string;
  /** 1: it takes no new work. */
  readonly is_leaving: ColumnType<number, number | undefined, number>;
  readonly since: Date;
  readonly seen_at: Date;
}

/** The one row that orders events: whoever writes some holds it until they are committed. */
export interface EventOrderTable {
  readonly id: number;
  /** Of this order: another one, and numbers mean nothing. */
  readonly epoch: string;
  /** Number of the last event. */
  readonly last: number;
  /** Number of the last event that was forgotten; 0: none. */
  readonly forgotten: number;
}

/** What changed lately, for streams of every server. */
export interface EventsTable {
  readonly id: number;
  /** Of the same event told twice, which is one. */
  readonly identity: string;
  /** JSON of the event. */
  readonly event: string;
  readonly time: Generated<Date>;
}

/** On which cluster the job of a key is that may be on any. */
export interface PlacementsTable {
  readonly unix_user: string;
  readonly key_hash: string;
  readonly cluster: string;
  readonly created_at: Date;
}

export interface ServerTables {
  readonly leases: LeasesTable;
  readonly servers: ServersTable;
  readonly event_order: EventOrderTable;
  readonly events: EventsTable;
  readonly placements: PlacementsTable;
}
