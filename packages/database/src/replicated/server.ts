import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { mariadbdPath } from "../own/installation.ts";
import {
  answers,
  exitOf,
  lastLines,
  openLog,
  ownFolder,
  socketIn,
  spawnUnprivileged,
  writeOwned,
} from "../own/process.ts";
import type { Peer, Recovery, Server } from "./contract.ts";
import { loadDump } from "./dump.ts";
import {
  accountsSql,
  type FolderOptions,
  KEEPER_USER,
  passwordIn,
  REPLICATION_USER,
  serverArguments,
} from "./settings.ts";

/** Milliseconds that a statement of the keeper's may take. */
const PATIENCE = 10_000;
/** Seconds that it may wait for others; it has no effect when it gives up. */
const LOCK_PATIENCE = 8;

export interface StartOptions {
  readonly recovery: Recovery;
  /** Name of the data folder below the database's. */
  readonly data: string;
  /** False: by its socket only. */
  readonly listens: boolean;
}

/** Throws as `startMariadbd` does, and `DATABASE_ACCOUNT`. */
export async function startServer(options: FolderOptions, start: StartOptions): Promise<Server> {
  const { folder, name } = options;
  const socket = socketIn(folder);
  const logFile = join(folder, "mariadbd.log");
  const temporary = join(folder, "tmp");
  await rm(temporary, { recursive: true, force: true });
  await ownFolder(temporary);
  const tls = await tlsArguments(options);
  const password = randomBytes(24).toString("hex");
  const accounts = join(folder, "accounts.sql");
  await writeOwned(accounts, await accountsSql(options, password));
  await rm(socket, { force: true });
  const life = `${name}.${randomBytes(4).toString("hex")}`;
  const isPrimary = start.recovery === "as-primary";
  const child = spawnUnprivileged(
    [
      mariadbdPath(),
      ...serverArguments(options, { data: join(folder, start.data), temporary }),
      ...tls,
      `--socket=${socket}`,
      `--pid-file=${join(folder, "mariadbd.pid")}`,
      `--init-file=${accounts}`,
      `--report-host=${life}`,
      `--init-rpl-role=${isPrimary ? "MASTER" : "SLAVE"}`,
      "--rpl-semi-sync-slave-enabled=1",
      ...(start.listens
        ? [`--bind-address=${options.listen.join(",")}`, `--port=${options.port ?? 3306}`]
        : ["--skip-networking"]),
    ],
    await openLog(logFile),
    "KILL",
  );
  const ended = exitOf(child).then(() => lastLines(logFile));
  const address = { socketPath: socket, user: KEEPER_USER, password };
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  try {
    await answers({ ...address, database: "mysql" }, ended);
  } catch (error) {
    await kill();
    throw error;
  } finally {
    await rm(accounts, { force: true });
  }
  const open = async (): Promise<Connection> => {
    const connection = await createConnection({ ...address, connectTimeout: 2000 });
    // Else one that breaks while nobody asks it anything would end the process.
    connection.on("error", () => {});
    return connection;
  };
  const ask: Server["ask"] = <T>(statement: string, values: readonly unknown[] = []) =>
    askOnce<T>(open, statement, values);
  return {
    pid: child.pid ?? 0,
    life,
    ended,
    ask,
    open,
    follow: (peer) => follow(options, ask, peer),
    load: (statements) => loadDump({ address, folder, statements }),
    kill,
  };
}

/** A connection for each: one that hangs is in nobody's way. */
async function askOnce<T>(
  open: () => Promise<Connection>,
  statement: string,
  values: readonly unknown[],
): Promise<readonly T[]> {
  const connection = await open();
  try {
    await connection.query(`SET SESSION sql_log_bin=0, lock_wait_timeout=${LOCK_PATIENCE}`);
    const [rows] = await connection.query<RowDataPacket[]>({
      sql: statement,
      values: [...values],
      timeout: PATIENCE,
    });
    return rows as unknown as readonly T[];
  } finally {
    connection.destroy();
  }
}

/** Mysql's clients and servers read these as the user they run as. */
async function tlsArguments({ folder, tls }: FolderOptions): Promise<readonly string[]> {
  const own = join(folder, "tls");
  await ownFolder(own);
  const files = [
    ["ca", tls.authorityFile],
    ["cert", tls.certificateFile],
    ["key", tls.keyFile],
  ] as const;
  const args: string[] = [];
  for (const [kind, file] of files) {
    const path = join(own, `${kind}.pem`);
    await writeOwned(path, await readFile(file, "utf8"));
    args.push(`--ssl-${kind}=${path}`);
  }
  return args;
}

/** Path of the authority that the server itself reads. */
export function authorityIn(folder: string): string {
  return join(folder, "tls", "ca.pem");
}

/**
 * Its own transactions are part of what it has: a former primary goes on from them. MariaDB forgets
 * what it received and did not apply when replication is stopped and started, hence once in a life.
 */
async function follow(options: FolderOptions, ask: Server["ask"], peer: Peer): Promise<void> {
  const [row] = await ask<{ at: string }>("SELECT @@global.gtid_binlog_pos AS at");
  await ask("SET GLOBAL gtid_slave_pos = ?", [row?.at ?? ""]);
  await ask(
    `CHANGE MASTER TO MASTER_HOST=?, MASTER_PORT=?, MASTER_USER=?, MASTER_PASSWORD=?,
      MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1,
      MASTER_SSL=1, MASTER_SSL_CA=?, MASTER_SSL_VERIFY_SERVER_CERT=1`,
    [
      peer.host,
      peer.port,
      REPLICATION_USER,
      await passwordIn(options.replicationPasswordFile),
      authorityIn(options.folder),
    ],
  );
  await ask("START SLAVE");
}
