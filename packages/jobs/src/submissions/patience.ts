import { isDatabaseAway } from "@sluice/database";
import type { Clock } from "@sluice/model";

const DEADLOCKS = new Set(["ER_LOCK_DEADLOCK", "ER_LOCK_WAIT_TIMEOUT", "ER_CHECKREAD"]);
const MOST_DEADLOCKS = 20;
const PAUSE_MS = 250;
/** A database that was killed is back by then. */
const PATIENCE_MS = 30_000;

/**
 * Runs one statement that may run twice: again after a deadlock, and while the database is away.
 */
export async function patiently<T>(clock: Clock, statement: () => Promise<T>): Promise<T> {
  const until = clock.now().getTime() + PATIENCE_MS;
  for (let deadlocks = 0; ; ) {
    try {
      return await statement();
    } catch (error) {
      const code = String((error as { readonly code?: unknown }).code);
      if (DEADLOCKS.has(code) && ++deadlocks <= MOST_DEADLOCKS) continue;
      if (!isDatabaseAway(error) || clock.now().getTime() >= until) throw error;
      await clock.sleep(PAUSE_MS);
    }
  }
}
