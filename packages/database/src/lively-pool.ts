import type { EventEmitter } from "node:events";
import type { MysqlPool } from "kysely";
import type { Pool, PoolConnection } from "mysql2";

/** A connection that nobody used for so long, in milliseconds, is asked whether it lives. */
const IDLE = 1000;
/** Milliseconds in which it answers. */
const ANSWERS_WITHIN = 1000;

/** A pool that gives nobody a connection to a server that went while it was not used. */
export function lively(pool: Pool): MysqlPool {
  const usedAt = new WeakMap<object, number>();
  let lostAt = 0;
  // With one, all that were there before may be lost, and may not have heard of it.
  pool.on("connection", (connection) => {
    streamOf(connection)?.once("close", () => {
      lostAt = performance.now();
    });
  });
  pool.on("release", (connection) => usedAt.set(connection, performance.now()));

  const get = (callback: (error: unknown, connection: PoolConnection) => void): void => {
    pool.getConnection((error, connection) => {
      if (error) return callback(error, connection);
      const idleSince = usedAt.get(connection);
      const isFresh =
        idleSince === undefined || (idleSince > lostAt && performance.now() - idleSince < IDLE);
      if (isFresh) return callback(undefined, connection);
      answers(connection, (isAlive) => {
        if (isAlive) return callback(undefined, connection);
        connection.destroy();
        // There are only so many, and a new one was never idle.
        get(callback);
      });
    });
  };
  return { getConnection: get, end: (callback) => pool.end(callback) } as MysqlPool;
}

/** Not among mysql2's types. */
function streamOf(connection: object): EventEmitter | undefined {
  return (connection as { readonly stream?: EventEmitter }).stream;
}

function answers(connection: PoolConnection, then: (isAlive: boolean) => void): void {
  let isTold = false;
  const tell = (isAlive: boolean): void => {
    if (isTold) return;
    isTold = true;
    clearTimeout(late);
    then(isAlive);
  };
  const late = setTimeout(() => tell(false), ANSWERS_WITHIN);
  connection.ping((error) => tell(!error));
}
