import type { Transaction } from "kysely";
import { type Database, isConflict, isDatabaseAway } from "./connect.ts";
import type { Tables } from "./schema/index.ts";

const TRIES = 20;

/**
 * All of it or nothing; what another was in the way of is asked again. So is, once, what a server was
 * lost in the middle of: it did nothing. When the server is lost while it commits, nobody knows what
 * it did, and the error is the caller's, as when no server answers.
 */
export async function inTransaction<T>(
  database: Database,
  work: (tables: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  let losses = 0;
  for (let attempt = 1; ; attempt += 1) {
    let stage: "beginning" | "working" | "committing" = "beginning";
    try {
      return await database.transaction().execute(async (tables) => {
        stage = "working";
        const result = await work(tables);
        stage = "committing";
        return result;
      });
    } catch (error) {
      const isLost = isDatabaseAway(error) && wasWorking(stage) && ++losses === 1;
      if ((!isConflict(error) && !isLost) || attempt === TRIES) throw error;
    }
  }
}

/** For the compiler, which does not see that the callback runs. */
function wasWorking(stage: string): boolean {
  return stage === "working";
}
