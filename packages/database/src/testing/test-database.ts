import { randomUUID } from "node:crypto";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { inject } from "vitest";
import { connect, type Database, type DatabaseAddress } from "../connect.ts";

/** The schema of the run whose tables are migrated; to be copied, never written to. */
export const TEMPLATE = "template";

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
  const ask = async (work: (connection: Connection) => Promise<unknown>) => {
    const connection = await createConnection({ ...server, multipleStatements: true });
    await work(connection).finally(() => connection.end());
  };
  await ask(async (connection) => {
    await connection.query(`CREATE DATABASE ${name}`);
    if (isMigrated) await copyTemplate(connection, name);
  });
  const address = { ...server, database: name };
  const database = connect(address);
  return {
    database,
    address,
    [Symbol.asyncDispose]: async () => {
      await database.destroy();
      await ask((connection) => connection.query(`DROP DATABASE ${name}`));
    },
  };
}

async function copyTemplate(connection: Connection, name: string): Promise<void> {
  const [tables] = await connection.query<RowDataPacket[]>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ?",
    [TEMPLATE],
  );
  const statements = tables.flatMap(({ name: table }) => [
    `CREATE TABLE ${name}.${table} LIKE ${TEMPLATE}.${table}`,
    `INSERT INTO ${name}.${table} SELECT * FROM ${TEMPLATE}.${table}`,
  ]);
  await connection.query(statements.join(";"));
}
