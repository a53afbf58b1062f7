import { readFile } from "node:fs/promises";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import type { Peer, Server } from "./contract.ts";
import { dumpDatabases } from "./dump.ts";
import { type FolderOptions, passwordIn, REPLICATION_USER } from "./settings.ts";

export interface Load {
  /** Empty, and reached by nobody else. */
  readonly server: Server;
  readonly from: Peer;
  readonly signal: AbortSignal;
}

/**
 * Fills a new server from another one, which goes on meanwhile, and sets where in its log that was.
 * Accounts are not copied: each start makes them.
 */
export async function loadFrom(options: FolderOptions, load: Load): Promise<void> {
  const { server, from, signal } = load;
  const databases = await askPeer<{ name: string }>(
    options,
    from,
    `SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name NOT IN
      ('mysql', 'information_schema', 'performance_schema', 'sys')`,
  );
  const dump = await dumpDatabases({
    address: await replicationAddress(options, from),
    certificateAuthorityFile: options.tls.authorityFile,
    databases: databases.map(({ name }) => name),
    folder: options.folder,
    withPosition: true,
  });
  const giveUp = (): void => dump.stop();
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    await Promise.all([dump.done, server.load(dump.stream)]);
  } finally {
    dump.stop();
    signal.removeEventListener("abort", giveUp);
  }
}

/** How far a server is, by the last transaction of each server in its log. */
export async function positionsOf(
  options: FolderOptions,
  peer: Peer,
): Promise<{ readonly state: string; readonly isReadOnly: boolean }> {
  const [row] = await askPeer<{ state: string; locked: number }>(
    options,
    peer,
    "SELECT @@global.gtid_binlog_state AS state, @@global.read_only AS locked",
  );
  return { state: row?.state ?? "", isReadOnly: row?.locked !== 0 };
}

async function replicationAddress(options: FolderOptions, { host, port }: Peer) {
  const password = await passwordIn(options.replicationPasswordFile);
  return { host, port, user: REPLICATION_USER, password };
}

async function askPeer<T>(options: FolderOptions, peer: Peer, statement: string): Promise<T[]> {
  const connection = await createConnection({
    ...(await replicationAddress(options, peer)),
    ssl: { ca: await readFile(options.tls.authorityFile, "utf8") },
    connectTimeout: 3000,
  });
  // Else what comes of a connection that breaks between two statements would end the process.
  connection.on("error", () => {});
  try {
    const [rows] = await connection.query<RowDataPacket[]>({ sql: statement, timeout: 5000 });
    return rows as unknown as T[];
  } finally {
    connection.destroy();
  }
}
