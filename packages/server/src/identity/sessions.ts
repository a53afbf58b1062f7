import type { Database } from "@sluice/database";
import type { Clock } from "@sluice/model";
import type { Random } from "../deps.ts";
import type { AuthenticationConfig } from "./config.ts";
import { hashOf, newSecret } from "./secrets.ts";

/** So often at most it is written down that a session is used. */
const SEEN_EVERY_MS = 60_000;

export interface NewSession {
  readonly id: string;
  /** For the cookie, and nowhere else. */
  readonly secret: string;
  readonly expiresAt: Date;
}

export interface FoundCredential {
  readonly id: string;
  readonly userId: string;
}

/** Of people in browsers: random, kept as hashes, ended when idle and after their time. */
export interface Sessions {
  begin(userId: string, address: string): Promise<NewSession>;
  find(secret: string): Promise<FoundCredential | undefined>;
  /** Whether it could still be found; nobody is said to use it by that. */
  lives(id: string): Promise<boolean>;
  end(secret: string): Promise<void>;
  /** @param but the secret of one that goes on. */
  endAll(userId: string, but?: string): Promise<void>;
}

interface SessionsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: AuthenticationConfig["Sessions"];
}

export function createSessions({ database, clock, random, config }: SessionsDeps): Sessions {
  const idleMs = config.IdleMinutes * 60_000;
  return {
    begin: async (userId, address) => {
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + config.HoursAtMost * 3600_000);
      await database.deleteFrom("sessions").where("expires_at", "<", now).execute();
      const session = { id: random.id(), secret: newSecret(random), expiresAt };
      await database
        .insertInto("sessions")
        .values({
          id: session.id,
          secret_hash: hashOf(session.secret),
          user_id: userId,
          created_at: now,
          last_seen_at: now,
          expires_at: expiresAt,
          address: address.slice(0, 64),
        })
        .execute();
      return session;
    },

    find: async (secret) => {
      const now = clock.now();
      const row = await database
        .selectFrom("sessions")
        .select(["id", "user_id", "last_seen_at"])
        .where("secret_hash", "=", hashOf(secret))
        .where("expires_at", ">", now)
        .where("last_seen_at", ">", new Date(now.getTime() - idleMs))
        .executeTakeFirst();
      if (row === undefined) return undefined;
      if (now.getTime() - row.last_seen_at.getTime() > SEEN_EVERY_MS) {
        await database
          .updateTable("sessions")
          .set({ last_seen_at: now })
          .where("id", "=", row.id)
          .execute();
      }
      return { id: row.id, userId: row.user_id };
    },

    lives: async (id) => {
      const now = clock.now();
      const row = await database
        .selectFrom("sessions")
        .select("id")
        .where("id", "=", id)
        .where("expires_at", ">", now)
        .where("last_seen_at", ">", new Date(now.getTime() - idleMs))
        .executeTakeFirst();
      return row !== undefined;
    },

    end: async (secret) => {
      await database.deleteFrom("sessions").where("secret_hash", "=", hashOf(secret)).execute();
    },

    endAll: async (userId, but) => {
      await database
        .deleteFrom("sessions")
        .where("user_id", "=", userId)
        .$if(but !== undefined, (query) => query.where("secret_hash", "!=", hashOf(but ?? "")))
        .execute();
    },
  };
}
