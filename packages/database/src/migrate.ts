import { SluiceError } from "@sluice/model";
import { sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { Database } from "./connect.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { Repeatable } from "./repeatable.ts";

export interface MigrateOptions {
  /** Told of each migration before it is made. */
  readonly progress?: (name: string) => void;
  readonly migrations?: Readonly<Record<string, Migration>>;
}

const LATEST = "kysely_migration";

/**
 * Brings the tables to this version's shape; several servers may do it at once, one waits for the
 * other. One that died in the middle is gone on with: tables that are there stay. Throws
 * `DATABASE_NEWER` for a database that a newer version made.
 *
 * @returns names of the migrations that were made now.
 */
export async function migrate(
  database: Database,
  { progress = () => {}, migrations = MIGRATIONS }: MigrateOptions = {},
): Promise<readonly string[]> {
  await refuseNewer(database, migrations);
  const told = Object.entries(migrations).map(([name, migration]): [string, Migration] => [
    name,
    {
      up: async (tables) => {
        progress(name);
        await migration.up(tables.withPlugin(new Repeatable(await isMariadb(database))));
      },
    },
  ]);
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => Object.fromEntries(told) },
    migrationTableName: LATEST,
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}

/** Names of migrations that `migrate` would make. Throws as it does. */
export async function pendingMigrations(
  database: Database,
  migrations: Readonly<Record<string, Migration>> = MIGRATIONS,
): Promise<readonly string[]> {
  const made = await refuseNewer(database, migrations);
  return Object.keys(migrations).filter((name) => !made.includes(name));
}

async function refuseNewer(
  database: Database,
  migrations: Readonly<Record<string, Migration>>,
): Promise<readonly string[]> {
  const made = await madeMigrations(database);
  const unknown = made.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length === 0) return made;
  throw new SluiceError(
    "DATABASE_NEWER",
    "user",
    `the database was brought to ${unknown.join(", ")}, which this version does not know`,
    { hint: "Run the newer version of Sluice, or restore the database's backup" },
  );
}

async function madeMigrations(database: Database): Promise<readonly string[]> {
  const tables = await sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_name = ${LATEST}`.execute(database);
  if (tables.rows.length === 0) return [];
  const made = await sql<{ name: string }>`SELECT name FROM ${sql.table(LATEST)}`.execute(database);
  return made.rows.map(({ name }) => name);
}

async function isMariadb(database: Database): Promise<boolean> {
  const { rows } = await sql<{ version: string }>`SELECT VERSION() AS version`.execute(database);
  return /mariadb/i.test(rows[0]?.version ?? "");
}
