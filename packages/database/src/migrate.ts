import { Migrator } from "kysely/migration";
import type { Database } from "./connect.ts";
import { MIGRATIONS } from "./migrations/index.ts";

/**
 * Brings the tables to this version's shape; several servers may do it at once, one waits for the
 * other. A database that a newer version made is refused.
 *
 * @returns names of the migrations that were made now.
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}
