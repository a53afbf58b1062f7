import { Kysely, MysqlDialect } from "kysely";
import { createPool, type PoolOptions } from "mysql2";
import { lively } from "./lively-pool.ts";
import type { Tables } from "./schema/index.ts";

/** The site's database: any MySQL-compatible server. */
export type Database = Kysely<Tables>;

/** One of `socketPath` and `host` is wanted. */
export interface DatabaseAddress {
  readonly host?: string;
  /** 3306 when missing. */
  readonly port?: number;
  readonly socketPath?: string;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  /** PEM of who signed the server's certificate; missing: no TLS, for sockets and loopback. */
  readonly certificateAuthority?: string;
}

/**
 * Connects when it is first asked something. Times are UTC `DATETIME(3)`, as `Date`; JSON columns
 * are text that the caller parses; numbers beyond 2^53 do not occur.
 *
 * When another server takes over at the same address, what is in flight fails (`isDatabaseAway`), and
 * what is asked next goes to the new one: nobody has to connect anew.
 *
 * @param connections most at a time.
 */
export function connect(address: DatabaseAddress, connections = 10): Database {
  const { certificateAuthority, ...place } = address;
  const options: PoolOptions = {
    ...place,
    ...(certificateAuthority === undefined ? {} : { ssl: { ca: certificateAuthority } }),
    connectionLimit: connections,
    timezone: "Z",
    charset: "utf8mb4_bin",
    // A typo of ours may never end in more than one statement.
    multipleStatements: false,
    // An object where a word was meant would else be written as SQL, column by column.
    stringifyObjects: true,
    // A server that lost its power says nothing: asked each second, its successor says that it knows
    // nothing of this connection.
    enableKeepAlive: true,
    keepAliveInitialDelay: 1000,
    connectTimeout: 2500,
  };
  return new Kysely<Tables>({ dialect: new MysqlDialect({ pool: lively(createPool(options)) }) });
}

/** Codes of Node and of mysql2 for a server that is not there, not yet or no longer. */
const AWAY = new Set([
  "ECONNREFUSED",
  // Of a socket whose server hangs: nobody takes the connections that wait there.
  "EAGAIN",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_SEQUENCE_TIMEOUT",
  "POOL_CLOSED",
  "ER_CON_COUNT_ERROR",
  "ER_SERVER_SHUTDOWN",
  "ER_ACCESS_DENIED_ERROR",
  "ER_OPTION_PREVENTS_STATEMENT",
  "ER_LOCK_WAIT_TIMEOUT",
  "ER_CONNECTION_KILLED",
]);

/** Whether the error of a statement says that there is nobody to answer: it can be asked again. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Of mysql2, without a code: the connection broke before it was asked this.
  if ("fatal" in error && /in closed state/.test(error.message)) return true;
  if (!("code" in error)) return false;
  const { code } = error as { readonly code: unknown };
  const isOfDatabase = "fatal" in error || "sqlState" in error || "errno" in error;
  return isOfDatabase && typeof code === "string" && AWAY.has(code) && !("path" in error);
}

/** ER_CHECKREAD: MariaDB's word for a row that another changed since the transaction saw it. */
const CONFLICTS: ReadonlySet<unknown> = new Set(["ER_LOCK_DEADLOCK", "ER_CHECKREAD"]);

/** Whether a statement, and its transaction, were given up for another's: nothing of it was done. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && "code" in error && CONFLICTS.has(error.code);
}
