import { type Database, inTransaction, type Tables } from "@sluice/database";
import { type Clock, SluiceError } from "@sluice/model";
import type { Transaction } from "kysely";
import type { Random } from "../deps.ts";
import { hasAdministrator, holdingAdministrators } from "./administrators.ts";
import { hashOf, newSecret } from "./secrets.ts";

const VALID_MS = 24 * 3600_000;

export type LinkPurpose = "first" | "invite" | "reset";

export interface NewLink {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface OpenLink {
  readonly id: string;
  readonly purpose: LinkPurpose;
  /** Undefined for the first administrator's. */
  readonly userId: string | undefined;
  readonly expiresAt: Date;
}

/** By which people set a password: each works once, for a day. */
export interface Links {
  /** Undefined once there is an administrator. Those made before still work, until one is used. */
  first(): Promise<NewLink | undefined>;
  /** Instead of any that the user had. */
  forUser(userId: string, purpose: "invite" | "reset"): Promise<NewLink>;
  /** Errors: `LINK_INVALID`. */
  show(token: string): Promise<OpenLink>;
  /**
   * Uses it up, together with what `work` does; of two who try one succeeds.
   *
   * Errors: `LINK_INVALID`, and nothing was done.
   */
  use<T>(
    token: string,
    work: (tables: Transaction<Tables>, link: OpenLink) => Promise<T>,
  ): Promise<T>;
}

interface LinksDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function createLinks({ database, clock, random }: LinksDeps): Links {
  const make = async (
    tables: Pick<Transaction<Tables>, "insertInto" | "deleteFrom">,
    userId: string | null,
    purpose: LinkPurpose,
  ): Promise<NewLink> => {
    await tables.deleteFrom("one_time_links").where("expires_at", "<", clock.now()).execute();
    const token = newSecret(random);
    const expiresAt = new Date(clock.now().getTime() + VALID_MS);
    await tables
      .insertInto("one_time_links")
      .values({
        id: random.id(),
        secret_hash: hashOf(token),
        user_id: userId,
        purpose,
        expires_at: expiresAt,
        used_at: null,
      })
      .execute();
    return { token, expiresAt };
  };
  const open = async (
    tables: Pick<Transaction<Tables>, "selectFrom">,
    token: string,
    isHeld: boolean,
  ): Promise<OpenLink> => {
    const row = await tables
      .selectFrom("one_time_links")
      .select(["id", "purpose", "user_id", "expires_at"])
      .where("secret_hash", "=", hashOf(token))
      .where("used_at", "is", null)
      .where("expires_at", ">", clock.now())
      .$if(isHeld, (query) => query.forUpdate())
      .executeTakeFirst();
    if (row === undefined || (row.purpose === "first" && (await hasAdministrator(tables)))) {
      throw invalid();
    }
    return {
      id: row.id,
      purpose: row.purpose,
      userId: row.user_id ?? undefined,
      expiresAt: row.expires_at,
    };
  };

  return {
    first: () =>
      holdingAdministrators(database, async (tables) =>
        (await hasAdministrator(tables)) ? undefined : make(tables, null, "first"),
      ),

    forUser: (userId, purpose) =>
      inTransaction(database, async (tables) => {
        await tables.deleteFrom("one_time_links").where("user_id", "=", userId).execute();
        return make(tables, userId, purpose);
      }),

    show: (token) => open(database, token, false),

    use: (token, work) =>
      holdingAdministrators(database, async (tables) => {
        const link = await open(tables, token, true);
        const result = await work(tables, link);
        await tables
          .updateTable("one_time_links")
          .set({ used_at: clock.now() })
          .where("id", "=", link.id)
          .execute();
        return result;
      }),
  };
}

function invalid(): SluiceError {
  return new SluiceError("LINK_INVALID", "user", "the link was used, is too old or never was", {
    hint: "ask an administrator for another; for the first one, start the server again",
  });
}
