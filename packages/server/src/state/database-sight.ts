import { setTimeout as delay } from "node:timers/promises";
import { isDatabaseAway } from "@sluice/database";
import { isSluiceError } from "@sluice/model";
import { databaseUnreachable } from "../http/problems.ts";

/** A database that does not answer so long is away. Milliseconds. */
const PATIENCE_MS = 2500;

/**
 * Whether the database answers, as it was seen last. One that hangs costs whoever asks first some
 * seconds; after that nobody waits for it who can do without, and one question at a time finds out
 * whether it is back.
 */
export class DatabaseSight {
  #isAway = false;
  #probe: Promise<boolean> | undefined;

  /** Throws what `work` throws, `DATABASE_UNREACHABLE` after 2.5 s. */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      const answer = await inTime(work());
      this.#isAway = false;
      return answer;
    } catch (error) {
      this.#isAway = isAway(error);
      throw error;
    }
  }

  /** While the database is away it is `instead`; other errors are thrown. */
  async unlessAway<T, I>(work: () => Promise<T>, instead: I): Promise<T | I> {
    if (this.#isAway && !(await this.#isBack(work))) return instead;
    try {
      return await this.ask(work);
    } catch (error) {
      if (isAway(error)) return instead;
      throw error;
    }
  }

  #isBack(work: () => Promise<unknown>): Promise<boolean> {
    this.#probe ??= this.ask(work)
      .catch(() => {})
      .then(() => !this.#isAway)
      .finally(() => {
        this.#probe = undefined;
      });
    return Promise.race([this.#probe, delay(MOMENT_MS, false)]);
  }
}

/** A database that was away has so long to show that it is back. Milliseconds. */
const MOMENT_MS = 300;

/** A database that hangs holds nobody up for longer than one that refuses. */
export async function inTime<T>(work: Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(databaseUnreachable()), patienceMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Whether an error says that the database is away, in its own words or in ours. */
export function isAway(error: unknown): boolean {
  return isDatabaseAway(error) || (isSluiceError(error) && error.code.startsWith("DATABASE_UN"));
}
