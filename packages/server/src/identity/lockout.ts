import { type Database, inTransaction } from "@sluice/database";
import { type Clock, SluiceError } from "@sluice/model";
import { networkOf } from "../http/limits.ts";
import type { AuthenticationConfig } from "./config.ts";
import { hashOf } from "./secrets.ts";

/** After so long without a failure, those before are forgotten. */
const REMEMBERED_MS = 24 * 3600_000;

export interface Attempt {
  readonly name: string;
  readonly address: string;
}

/**
 * Slows guessing down: past a few failures each further one of the same name, or from the same
 * address, doubles the time in which neither is let in. Names that nobody has are counted like those
 * that somebody has.
 */
export interface Lockout {
  /**
   * Counts a failure before the password is looked at, so that many guesses at once are counted too.
   *
   * Errors: `SIGN_IN_LOCKED`, and nothing may be looked at.
   */
  begin(attempt: Attempt): Promise<void>;
  /** The password was right: forgets the name's failures, and what `begin` counted of the address. */
  succeeded(attempt: Attempt): Promise<void>;
  /** Nobody could look at the password: takes back what `begin` counted. */
  takeBack(attempt: Attempt): Promise<void>;
  /** An administrator let this name in again. */
  forget(name: string): Promise<void>;
}

interface LockoutDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly config: AuthenticationConfig["Lockout"];
}

export function createLockout({ database, clock, config }: LockoutDeps): Lockout {
  const subjectsOf = ({ name, address }: Attempt) => [
    { subject: hashOf(`name ${name}`), free: config.FailuresOfName },
    { subject: hashOf(`address ${networkOf(address)}`), free: config.FailuresOfAddress },
  ];
  const lockedMs = (failures: number, free: number) =>
    failures < free ? 0 : Math.min(2 ** (failures - free), config.SecondsAtMost) * 1000;

  const countDown = async (subjects: readonly string[]) => {
    await inTransaction(database, (tables) =>
      tables
        .updateTable("sign_in_failures")
        .set(({ eb }) => ({ failures: eb("failures", "-", 1), locked_until: clock.now() }))
        .where("subject", "in", subjects)
        .where("failures", ">", 0)
        .execute(),
    );
  };

  return {
    begin: async (attempt) => {
      const now = clock.now();
      const forgotten = new Date(now.getTime() - REMEMBERED_MS);
      await inTransaction(database, (tables) =>
        tables.deleteFrom("sign_in_failures").where("last_at", "<", forgotten).execute(),
      );
      // In one order, so that two attempts never wait for each other.
      const subjects = subjectsOf(attempt).toSorted((a, b) => (a.subject < b.subject ? -1 : 1));
      const until = await inTransaction(database, async (tables) => {
        const counted = [];
        for (const { subject, free } of subjects) {
          // In here, or one that succeeds would take the row away before it is read.
          await tables
            .insertInto("sign_in_failures")
            .values({ subject, failures: 0, last_at: now, locked_until: now })
            .onDuplicateKeyUpdate({ subject })
            .execute();
          const row = await tables
            .selectFrom("sign_in_failures")
            .selectAll()
            .where("subject", "=", subject)
            .forUpdate()
            .executeTakeFirstOrThrow();
          if (row.locked_until > now) return row.locked_until;
          counted.push({ subject, free, failures: row.failures + 1 });
        }
        for (const { subject, free, failures } of counted) {
          const locked_until = new Date(now.getTime() + lockedMs(failures, free));
          await tables
            .updateTable("sign_in_failures")
            .set({ failures, last_at: now, locked_until })
            .where("subject", "=", subject)
            .execute();
        }
        return undefined;
      });
      if (until !== undefined) throw locked(until, now);
    },

    succeeded: async (attempt) => {
      const [name, address] = subjectsOf(attempt);
      await inTransaction(database, (tables) =>
        tables
          .deleteFrom("sign_in_failures")
          .where("subject", "=", name?.subject ?? "")
          .execute(),
      );
      await countDown([address?.subject ?? ""]);
    },

    takeBack: async (attempt) => countDown(subjectsOf(attempt).map(({ subject }) => subject)),

    forget: async (name) => {
      await inTransaction(database, (tables) =>
        tables
          .deleteFrom("sign_in_failures")
          .where("subject", "=", hashOf(`name ${name}`))
          .execute(),
      );
    },
  };
}

function locked(until: Date, now: Date): SluiceError {
  const seconds = Math.ceil((until.getTime() - now.getTime()) / 1000);
  return new SluiceError("SIGN_IN_LOCKED", "user", "signing in failed too often", {
    hint: `try again in ${seconds} s, or ask an administrator for a link`,
  });
}
