import type { Transaction } from "kysely";
import { type Database, isConflict } from "./connect.ts";
import type { Tables } from "./schema/index.ts";

const TRIES = 20;

/** All of it or nothing; what another was in the way of is asked again. */
export async function inTransaction<T>(
  database: Database,
  work: (tables: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction().execute(work);
    } catch (error) {
      if (!isConflict(error) || attempt === TRIES) throw error;
    }
  }
}
