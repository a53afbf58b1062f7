import { isConflict, isDatabaseAway } from "@sluice/database";
import type { Clock } from "@sluice/model";

const MOST_CONFLICTS = 20;
const PAUSE_MS = 250;
/** A database that was killed is back by then. */
const PATIENCE_MS = 30_000;

/**
 * Runs one statement that may run twice: again after a conflict, and while the database is away.
 */
export async function patiently<T>(clock: Clock, statement: () => Promise<T>): Promise<T> {
  const until = clock.now().getTime() + PATIENCE_MS;
  for (let conflicts = 0; ; ) {
    try {
      return await statement();
    } catch (error) {
      if (isConflict(error) && ++conflicts <= MOST_CONFLICTS) continue;
      if (!isDatabaseAway(error) || clock.now().getTime() >= until) throw error;
      await clock.sleep(PAUSE_MS);
    }
  }
}
