import { Kysely, MysqlDialect } from "kysely";
import { createPool, type PoolOptions } from "mysql2";
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
    enableKeepAlive: true,
    connectTimeout: 5000,
  };
  return new Kysely<Tables>({ dialect: new MysqlDialect({ pool: createPool(options) }) });
}
