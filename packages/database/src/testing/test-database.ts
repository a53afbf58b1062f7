import { randomUUID } from "node:crypto";
import { createConnection } from "mysql2/promise";
import { inject } from "vitest";
import { connect, type Database, type DatabaseAddress } from "../connect.ts";
import { migrate } from "../migrate.ts";

export interface TestDatabase extends AsyncDisposable {
  readonly database: Database;
  /** For connections of the test's own, and for processes that it starts. */
  readonly address: DatabaseAddress;
}

/**
 * A schema of this caller's own on the run's server, dropped at the end. Only in files that end in
 * `.db.test.ts`.
 *
 * @param isMigrated false: without a table.
 */
export async function testDatabase(isMigrated = true): Promise<TestDatabase> {
  const server = inject("databaseServer");
  const name = `t_${randomUUID().replaceAll("-", "")}`;
  const ask = async (statement: string) => {
    const connection = await createConnection(server);
    await connection.query(statement).finally(() => connection.end());
  };
  await ask(`CREATE DATABASE ${name}`);
  const address = { ...server, database: name };
  const database = connect(address);
  const dispose = async () => {
    await database.destroy();
    await ask(`DROP DATABASE ${name}`);
  };
  try {
    if (isMigrated) await migrate(database);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { database, address, [Symbol.asyncDispose]: dispose };
}
