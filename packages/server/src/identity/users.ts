import type { BodyOf, User, usersRoutes } from "@sluice/api";
import type { Database, Tables } from "@sluice/database";
import { type Clock, SluiceError } from "@sluice/model";
import type { Selectable, Transaction } from "kysely";
import type { Random } from "../deps.ts";
import { keepingAnAdministrator } from "./administrators.ts";
import { grantOf, replaceMemberships, replaceUserGrants } from "./grants.ts";
import { noGroup } from "./groups.ts";
import { checkUnixUser } from "./unix-user.ts";

export type UserRow = Selectable<Tables["users"]>;
type CreateUser = BodyOf<typeof usersRoutes.createUser>;
type UpdateUser = BodyOf<typeof usersRoutes.updateUser>;

/** Everybody who ever signed in or was put in. Calls that change tell what they changed last. */
export interface Users {
  /** @param key name or id. Errors: `USER_NOT_FOUND`. */
  get(key: string): Promise<User>;
  list(page: UserPage): Promise<{ items: User[]; next?: string; total: number }>;
  /** A local one, without a password yet. Errors: `USER_EXISTS`, `UNIX_USER_REFUSED`, `GROUP_NOT_FOUND`. */
  create(wish: CreateUser): Promise<User>;
  /** Errors: those of `create`, `USER_NOT_FOUND`, `LAST_ADMINISTRATOR`. */
  update(key: string, wish: UpdateUser): Promise<User>;
  /** With sessions, tokens and links. Errors: `USER_NOT_FOUND`, `LAST_ADMINISTRATOR`. */
  remove(key: string): Promise<User>;
}

interface UserPage {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly search?: string | undefined;
}

interface UsersDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function createUsers({ database, clock, random }: UsersDeps): Users {
  const get = async (key: string) => {
    const [user] = await viewsOf(database, [await rowOf(database, key)]);
    return user ?? Promise.reject(noUser(key));
  };
  return {
    get,

    list: async ({ limit, cursor, search }) => {
      const pattern = `%${(search ?? "").toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
      const matching = database
        .selectFrom("users")
        .$if(search !== undefined, (query) =>
          query.where((eb) =>
            eb.or([
              eb("name", "like", pattern),
              eb(eb.fn<string>("lower", ["display_name"]), "like", pattern),
              eb("unix_user", "like", pattern),
            ]),
          ),
        );
      const { total } = await matching
        .select(({ fn }) => fn.countAll<number>().as("total"))
        .executeTakeFirstOrThrow();
      const rows = await matching
        .selectAll()
        .$if(cursor !== undefined, (query) => query.where("name", ">", cursor ?? ""))
        .orderBy("name")
        .limit(limit + 1)
        .execute();
      const items = await viewsOf(database, rows.slice(0, limit));
      const last = items.at(-1);
      return {
        items,
        total: Number(total),
        ...(rows.length > limit && last !== undefined ? { next: last.name } : {}),
      };
    },

    create: async (wish) => {
      const id = random.id();
      await keepingAnAdministrator(database, async (tables) => {
        await insertUser(tables, {
          ...newUserRow(id, wish.name, clock.now()),
          display_name: wish.displayName ?? null,
          email: wish.email ?? null,
          unix_user: wish.unixUser === undefined ? null : checkUnixUser(wish.unixUser),
        });
        await replaceUserGrants(tables, id, "given", wish.grants);
        await putIntoGroups(tables, id, wish.groups);
      });
      return get(id);
    },

    update: async (key, wish) => {
      const { id } = await rowOf(database, key);
      const { displayName, email, unixUser, disabled, grants, groups } = wish;
      const changes = {
        ...(displayName === undefined ? {} : { display_name: displayName }),
        ...(email === undefined ? {} : { email }),
        ...(unixUser === undefined
          ? {}
          : { unix_user: unixUser === null ? null : checkUnixUser(unixUser) }),
        ...(disabled === undefined ? {} : { disabled: disabled ? 1 : 0 }),
      };
      await keepingAnAdministrator(database, async (tables) => {
        if (Object.keys(changes).length > 0) {
          await tables.updateTable("users").set(changes).where("id", "=", id).execute();
        }
        if (grants !== undefined) await replaceUserGrants(tables, id, "given", grants);
        if (groups !== undefined) await putIntoGroups(tables, id, groups);
        if (disabled === true) await endCredentials(tables, id);
      });
      return get(id);
    },

    remove: async (key) => {
      const user = await get(key);
      await keepingAnAdministrator(database, async (tables) => {
        await endCredentials(tables, user.id);
        await tables.deleteFrom("absent_people").where("user_id", "=", user.id).execute();
        await tables.deleteFrom("user_grants").where("user_id", "=", user.id).execute();
        await tables.deleteFrom("group_members").where("user_id", "=", user.id).execute();
        await tables.deleteFrom("users").where("id", "=", user.id).execute();
      });
      return user;
    },
  };
}

/** Sessions, tokens, links and codes of a person who may not come back by them. */
async function endCredentials(tables: Transaction<Tables>, userId: string): Promise<void> {
  for (const table of ["sessions", "tokens", "one_time_links", "sign_in_codes"] as const) {
    await tables.deleteFrom(table).where("user_id", "=", userId).execute();
  }
}

export function newUserRow(id: string, name: string, now: Date): UserRow {
  return {
    id,
    name,
    source: "local",
    external_id: null,
    display_name: null,
    email: null,
    unix_user: null,
    password_hash: null,
    disabled: 0,
    created_at: now,
    last_sign_in_at: null,
  };
}

/** Errors: `USER_EXISTS`. */
export async function insertUser(tables: Transaction<Tables>, row: UserRow): Promise<void> {
  try {
    await tables.insertInto("users").values(row).execute();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ER_DUP_ENTRY") throw error;
    throw new SluiceError("USER_EXISTS", "user", `there is a user ${row.name} already`, {
      hint: "choose another name, or change that user",
    });
  }
}

async function rowOf(database: Database, key: string): Promise<UserRow> {
  const all = database.selectFrom("users").selectAll();
  const row =
    (await all.where("id", "=", key).executeTakeFirst()) ??
    (await all.where("name", "=", key.toLowerCase()).executeTakeFirst());
  return row ?? Promise.reject(noUser(key));
}

async function putIntoGroups(
  tables: Transaction<Tables>,
  userId: string,
  names: readonly string[],
): Promise<void> {
  const [missing] = await replaceMemberships(tables, userId, "given", names);
  if (missing !== undefined) throw noGroup(missing);
}

async function viewsOf(database: Database, rows: readonly UserRow[]): Promise<User[]> {
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  const grants = await database
    .selectFrom("user_grants")
    .selectAll()
    .where("user_id", "in", ids)
    .execute();
  const groups = await database
    .selectFrom("group_members")
    .innerJoin("site_groups", "site_groups.id", "group_members.group_id")
    .select(["user_id", "name"])
    .distinct()
    .where("user_id", "in", ids)
    .orderBy("name")
    .execute();
  const grantsOf = (id: string, origin: string) =>
    grants.filter((one) => one.user_id === id && one.origin === origin).map(grantOf);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    ...(row.display_name === null ? {} : { displayName: row.display_name }),
    ...(row.email === null ? {} : { email: row.email }),
    ...(row.unix_user === null ? {} : { unixUser: row.unix_user }),
    source: row.source,
    disabled: row.disabled !== 0,
    grants: grantsOf(row.id, "given"),
    grantsOfSource: grantsOf(row.id, "source"),
    groups: groups.filter(({ user_id }) => user_id === row.id).map(({ name }) => name),
    hasPassword: row.password_hash !== null,
    createdAt: row.created_at.toISOString(),
    ...(row.last_sign_in_at === null ? {} : { lastSignInAt: row.last_sign_in_at.toISOString() }),
  }));
}

export function noUser(key: string): SluiceError {
  return new SluiceError("USER_NOT_FOUND", "user", `there is no user ${key}`, {
    hint: "see who there is (sluice users list)",
  });
}
