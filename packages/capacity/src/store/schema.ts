/**
 * The statements that bring a store from one version to the next; `user_version` is the number of
 * those that were applied. Append only: a released one is never changed.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE intents (
    token TEXT PRIMARY KEY, node TEXT NOT NULL, queue TEXT NOT NULL, compute_resource TEXT NOT NULL,
    instance_type TEXT NOT NULL, zone TEXT NOT NULL, market TEXT NOT NULL, state TEXT NOT NULL,
    job_id INTEGER, attempts INTEGER NOT NULL, asks INTEGER NOT NULL, created_at INTEGER NOT NULL,
    accepted_at INTEGER, machine_id TEXT, listed INTEGER NOT NULL, not_before INTEGER
  ) STRICT;
  CREATE TABLE unavailable (
    queue TEXT NOT NULL, compute_resource TEXT NOT NULL, instance_type TEXT NOT NULL,
    zone TEXT NOT NULL, market TEXT NOT NULL, cause TEXT NOT NULL, reason TEXT NOT NULL,
    failures INTEGER NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (queue, compute_resource, instance_type, zone, market)
  ) STRICT;
  CREATE TABLE fleet (
    id INTEGER PRIMARY KEY CHECK (id = 1), status TEXT NOT NULL, updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE returned_jobs (job_id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, kind TEXT NOT NULL,
    node TEXT, job TEXT, machine_id TEXT, message TEXT NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE unavailable ADD COLUMN size INTEGER NOT NULL DEFAULT 1;
  CREATE TABLE notices (
    machine_id TEXT PRIMARY KEY, node TEXT NOT NULL, kind TEXT NOT NULL, deadline INTEGER,
    noticed_at INTEGER NOT NULL, signalled TEXT NOT NULL
  ) STRICT;
  CREATE TABLE pool_health (
    queue TEXT NOT NULL, compute_resource TEXT NOT NULL, failures INTEGER NOT NULL,
    protected_at INTEGER, probe_at INTEGER, probes INTEGER NOT NULL, last TEXT,
    PRIMARY KEY (queue, compute_resource)
  ) STRICT;
  CREATE TABLE peaks (
    queue TEXT NOT NULL, minute INTEGER NOT NULL, nodes INTEGER NOT NULL,
    PRIMARY KEY (minute, queue)
  ) STRICT;
  `,
];
