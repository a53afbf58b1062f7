import type { Database } from "@sluice/database";
import { type Clock, isSluiceError } from "@sluice/model";
import type { Random } from "../deps.ts";
import { bringIn } from "./external.ts";
import type { Directory } from "./ldap.ts";

const EVERY_MS = 3600_000;

interface FreshnessDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly directories: readonly Directory[];
  /** Something is other than it was. */
  readonly changed: () => void;
  /** A pass ended in the middle; the next begins anew. */
  readonly onProblem: (error: unknown) => void;
}

export async function keepFresh(deps: FreshnessDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && deps.directories.length > 0) {
    await refresh(deps, signal).catch(deps.onProblem);
    await deps.clock.sleep(EVERY_MS, signal);
  }
}

/** One pass over everybody with a session or a token who came from a directory. */
async function refresh(deps: FreshnessDeps, signal: AbortSignal): Promise<void> {
  const { database, clock, directories, changed } = deps;
  for (const directory of directories) {
    for (const user of await holders(database, clock.now(), directory.config.Name)) {
      if (signal.aborted) return;
      try {
        const person = await directory.look(user.external_id ?? "", user.name);
        if (person !== undefined) {
          await bringIn(deps, directory.config, person);
        } else {
          await database
            .insertInto("absent_people")
            .ignore()
            .values({ user_id: user.id, since: clock.now() })
            .execute();
        }
        changed();
      } catch (error) {
        if (!isSluiceError(error)) throw error;
        deps.onProblem(error);
        // The next pass will see.
        if (error.code === "DIRECTORY_UNREACHABLE") break;
      }
    }
  }
}

async function holders(database: Database, now: Date, source: string) {
  return database
    .selectFrom("users")
    .select(["id", "name", "external_id"])
    .where("source", "=", source)
    .where(({ eb, exists, or, selectFrom }) =>
      or([
        exists(
          selectFrom("sessions")
            .select("sessions.id")
            .whereRef("sessions.user_id", "=", "users.id")
            .where("sessions.expires_at", ">", now),
        ),
        exists(
          selectFrom("tokens")
            .select("tokens.id")
            .whereRef("tokens.user_id", "=", "users.id")
            .where("tokens.expires_at", ">", now),
        ),
        eb("users.id", "in", selectFrom("absent_people").select("absent_people.user_id")),
      ]),
    )
    .execute();
}
