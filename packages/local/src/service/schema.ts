/** Tables as they are made on a new host. */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS clusters (
    name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, reason TEXT,
    createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, configText TEXT NOT NULL,
    headUserData TEXT NOT NULL, network TEXT NOT NULL, bridge TEXT NOT NULL,
    imageRoot TEXT NOT NULL, bundle TEXT NOT NULL, fileVersion INTEGER NOT NULL DEFAULT 1,
    wantedVersion INTEGER NOT NULL DEFAULT 1, stage TEXT, config TEXT, site TEXT, range TEXT, nextHead TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS files (
    cluster TEXT NOT NULL, version INTEGER NOT NULL, givenAt TEXT NOT NULL, state TEXT NOT NULL,
    text TEXT NOT NULL, headUserData TEXT NOT NULL, PRIMARY KEY (cluster, version)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS machines (
    id TEXT PRIMARY KEY, cluster TEXT NOT NULL, token TEXT NOT NULL, role TEXT NOT NULL,
    node TEXT NOT NULL, queue TEXT, computeResource TEXT, instanceType TEXT NOT NULL,
    zone TEXT NOT NULL, market TEXT NOT NULL, state TEXT NOT NULL, address TEXT NOT NULL,
    launchedAt TEXT NOT NULL, tags TEXT NOT NULL, userData TEXT NOT NULL, proof TEXT NOT NULL,
    pid INTEGER, startTicks INTEGER, goneAt TEXT, lastWords TEXT NOT NULL DEFAULT '',
    image TEXT,
    UNIQUE (cluster, token)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS machines_by_state ON machines (cluster, state);
  CREATE TABLE IF NOT EXISTS registers (
    owner TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, tag TEXT NOT NULL,
    PRIMARY KEY (owner, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS heads (
    machine TEXT PRIMARY KEY, cluster TEXT NOT NULL, said TEXT NOT NULL, leads INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS notices (
    machineId TEXT NOT NULL, cluster TEXT NOT NULL, kind TEXT NOT NULL, deadline TEXT,
    PRIMARY KEY (machineId, kind)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, cluster TEXT NOT NULL, time TEXT NOT NULL, resource TEXT NOT NULL,
    status TEXT NOT NULL, message TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sites (
    name TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, reason TEXT,
    createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL, text TEXT NOT NULL, clusters TEXT NOT NULL,
    network TEXT NOT NULL, bridge TEXT NOT NULL, imageRoot TEXT NOT NULL, bundle TEXT NOT NULL,
    serverBundle TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS faults (
    owner TEXT NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL, value TEXT, since TEXT NOT NULL,
    PRIMARY KEY (owner, kind, target)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_by_cluster ON events (cluster, seq);
`;

/** What a record written by an earlier version lacks. */
export const ADDED_COLUMNS = {
  machines: { goneAt: "TEXT", lastWords: "TEXT NOT NULL DEFAULT ''", image: "TEXT" },
  clusters: {
    fileVersion: "INTEGER NOT NULL DEFAULT 1",
    wantedVersion: "INTEGER NOT NULL DEFAULT 1",
    stage: "TEXT",
    config: "TEXT",
    site: "TEXT",
    range: "TEXT",
    nextHead: "TEXT",
  },
  sites: { serverText: "TEXT" },
} as const;
export const LATE_INDEXES = `
  CREATE INDEX IF NOT EXISTS machines_of_heads ON machines (cluster) WHERE role = 'head';
  CREATE INDEX IF NOT EXISTS machines_by_end ON machines (cluster, goneAt) WHERE goneAt IS NOT NULL;
  CREATE INDEX IF NOT EXISTS machines_by_words ON machines (goneAt) WHERE lastWords != '';
`;
