import { type CreatedToken, SCOPES, type Scope, type Token, type TokenWish } from "@sluice/api";
import type { Database } from "@sluice/database";
import { type Clock, SluiceError } from "@sluice/model";
import type { Random } from "../deps.ts";
import type { AuthenticationConfig } from "./config.ts";
import { hashOf, newSecret } from "./secrets.ts";
import type { FoundCredential } from "./sessions.ts";

const PREFIX = "slu_";
const FORM = /^slu_[\w-]{43}$/;
const USED_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;

export interface FoundToken extends FoundCredential {
  readonly scopes: ReadonlySet<Scope>;
  readonly clusters: readonly string[] | undefined;
  readonly expiresAt: Date;
}

/** For programs: random, shown once, kept as hashes, with scopes and an end. */
export interface Tokens {
  /**
   * @param by id of the token that it is asked for with: the new one has never more.
   *
   * Errors: `TOKEN_EXCEEDS` for more than that; `TOKEN_NOT_FOUND` when that one was revoked meanwhile.
   */
  create(owner: TokenOwner, wish: TokenWish, by?: string): Promise<CreatedToken>;
  find(secret: string): Promise<FoundToken | undefined>;
  /** Whether it could still be found. */
  lives(id: string): Promise<boolean>;
  list(owner: TokenOwner): Promise<readonly Token[]>;
  /** And those that were made with it. Errors: `TOKEN_NOT_FOUND`, also for another's. */
  revoke(id: string, ownerId: string | undefined): Promise<void>;
}

export interface TokenOwner {
  readonly id: string;
  readonly name: string;
}

interface TokensDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: AuthenticationConfig["Tokens"];
}

export function isToken(text: string): boolean {
  return FORM.test(text);
}

export function createTokens({ database, clock, random, config }: TokensDeps): Tokens {
  return {
    create: async (owner, wish, byId) => {
      const now = clock.now();
      const by = byId === undefined ? undefined : await byIdOrThrow(database, byId);
      const days = Math.min(wish.expiresInDays ?? config.DefaultDays, config.DaysAtMost);
      const scopes = wish.scopes ?? (by === undefined ? SCOPES : [...by.scopes]);
      const clusters = wish.clusters ?? by?.clusters;
      if (by !== undefined) checkWithin(by, scopes, clusters);
      const ends = Math.min(now.getTime() + days * DAY_MS, by?.expiresAt.getTime() ?? Infinity);
      const token = `${PREFIX}${newSecret(random)}`;
      const row = {
        id: random.id(),
        secret_hash: hashOf(token),
        user_id: owner.id,
        parent_id: by?.id ?? null,
        name: wish.name,
        scopes: JSON.stringify([...new Set(scopes)]),
        clusters: clusters === undefined ? null : JSON.stringify([...new Set(clusters)]),
        created_at: now,
        expires_at: new Date(ends),
        last_used_at: null,
      };
      await database.deleteFrom("tokens").where("expires_at", "<", now).execute();
      await database.insertInto("tokens").values(row).execute();
      return { ...viewOf(row, owner.name), token };
    },

    find: async (secret) => {
      if (!isToken(secret)) return undefined;
      const now = clock.now();
      const row = await database
        .selectFrom("tokens")
        .selectAll()
        .where("secret_hash", "=", hashOf(secret))
        .where("expires_at", ">", now)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      if (now.getTime() - (row.last_used_at?.getTime() ?? 0) > USED_EVERY_MS) {
        await database
          .updateTable("tokens")
          .set({ last_used_at: now })
          .where("id", "=", row.id)
          .execute();
      }
      return foundOf(row);
    },

    lives: async (id) => {
      const row = await database
        .selectFrom("tokens")
        .select("id")
        .where("id", "=", id)
        .where("expires_at", ">", clock.now())
        .executeTakeFirst();
      return row !== undefined;
    },

    list: async (owner) => {
      const rows = await database
        .selectFrom("tokens")
        .selectAll()
        .where("user_id", "=", owner.id)
        .where("expires_at", ">", clock.now())
        .orderBy("created_at")
        .orderBy("id")
        .execute();
      return rows.map((row) => viewOf(row, owner.name));
    },

    revoke: async (id, ownerId) => {
      const row = await database
        .selectFrom("tokens")
        .select("user_id")
        .where("id", "=", id)
        .executeTakeFirst();
      if (row === undefined || (ownerId !== undefined && row.user_id !== ownerId)) {
        throw noToken(id);
      }
      for (let ids = [id]; ids.length > 0; ) {
        const children = await database
          .selectFrom("tokens")
          .select("id")
          .where("parent_id", "in", ids)
          .execute();
        await database.deleteFrom("tokens").where("id", "in", ids).execute();
        ids = children.map((child) => child.id);
      }
    },
  };
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly scopes: string;
  readonly clusters: string | null;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly last_used_at: Date | null;
}

function foundOf(row: Row & { readonly user_id: string }): FoundToken {
  return {
    id: row.id,
    userId: row.user_id,
    scopes: new Set(JSON.parse(row.scopes) as Scope[]),
    clusters: row.clusters === null ? undefined : (JSON.parse(row.clusters) as string[]),
    expiresAt: row.expires_at,
  };
}

async function byIdOrThrow(database: Database, id: string): Promise<FoundToken> {
  const row = await database
    .selectFrom("tokens")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row === undefined ? Promise.reject(noToken(id)) : foundOf(row);
}

function noToken(id: string): SluiceError {
  return new SluiceError("TOKEN_NOT_FOUND", "user", `there is no token ${id}`, {
    hint: "see which there are (sluice token list)",
  });
}

function viewOf(row: Row, user: string): Token {
  return {
    id: row.id,
    user,
    name: row.name,
    scopes: JSON.parse(row.scopes) as Scope[],
    ...(row.clusters === null ? {} : { clusters: JSON.parse(row.clusters) as string[] }),
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
  };
}

function checkWithin(
  by: FoundToken,
  scopes: readonly Scope[],
  clusters: readonly string[] | undefined,
): void {
  const scope = scopes.find((one) => !by.scopes.has(one));
  const cluster = clusters?.find((one) => by.clusters?.includes(one) === false);
  const more = scope ?? cluster;
  if (more === undefined) return;
  throw new SluiceError(
    "TOKEN_EXCEEDS",
    "user",
    `the token that asks does not have ${more} itself`,
    {
      hint: "leave it out, or sign in for a token with more: sluice login",
    },
  );
}
