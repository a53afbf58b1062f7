import type { Database, Tables } from "@sluice/database";
import type { Transaction } from "kysely";

const TRIES = 20;
/** The database ended one of two that waited for each other; that one is asked again. */
const DEADLOCK = "ER_LOCK_DEADLOCK";

/** All of it or nothing. */
export async function inTransaction<T>(
  database: Database,
  work: (tables: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction().execute(work);
    } catch (error) {
      if ((error as { code?: unknown }).code !== DEADLOCK || attempt === TRIES) throw error;
    }
  }
}
