import type { BodyOf, Group, usersRoutes } from "@sluice/api";
import type { Database, Tables } from "@sluice/database";
import { type Clock, SluiceError } from "@sluice/model";
import type { Transaction } from "kysely";
import type { Random } from "../deps.ts";
import { keepingAnAdministrator } from "./administrators.ts";
import { grantOf, replaceGroupGrants } from "./grants.ts";
import { noUser } from "./users.ts";

type CreateGroup = BodyOf<typeof usersRoutes.createGroup>;
type UpdateGroup = BodyOf<typeof usersRoutes.updateGroup>;

/** Of this site: what is given or shared goes to many at once. */
export interface Groups {
  list(): Promise<Group[]>;
  /** Errors: `GROUP_EXISTS`. */
  create(wish: CreateGroup): Promise<Group>;
  /** @param key name or id. Errors: `GROUP_NOT_FOUND`, `USER_NOT_FOUND`, `LAST_ADMINISTRATOR`. */
  update(key: string, wish: UpdateGroup): Promise<Group>;
  /** Errors: `GROUP_NOT_FOUND`, `LAST_ADMINISTRATOR`. */
  remove(key: string): Promise<Group>;
}

interface GroupsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function createGroups({ database, clock, random }: GroupsDeps): Groups {
  const list = async () => {
    const rows = await database.selectFrom("site_groups").selectAll().orderBy("name").execute();
    const grants = await database.selectFrom("group_grants").selectAll().execute();
    const members = await database
      .selectFrom("group_members")
      .innerJoin("users", "users.id", "group_members.user_id")
      .select(["group_id", "name"])
      .distinct()
      .orderBy("name")
      .execute();
    return rows.map(({ id, name, description }) => ({
      id,
      name,
      description,
      grants: grants.filter(({ group_id }) => group_id === id).map(grantOf),
      members: members.filter(({ group_id }) => group_id === id).map((member) => member.name),
    }));
  };
  const get = async (key: string) => {
    const found = (await list()).find(({ id, name }) => id === key || name === key);
    return found ?? Promise.reject(noGroup(key));
  };
  return {
    list,

    create: async ({ name, description, grants }) => {
      const id = random.id();
      await keepingAnAdministrator(database, async (tables) => {
        const row = { id, name, description, created_at: clock.now() };
        const { numInsertedOrUpdatedRows } = await tables
          .insertInto("site_groups")
          .ignore()
          .values(row)
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 0n) throw taken(name);
        await replaceGroupGrants(tables, id, grants);
      });
      return get(id);
    },

    update: async (key, { description, grants, members }) => {
      const { id } = await get(key);
      await keepingAnAdministrator(database, async (tables) => {
        if (description !== undefined) {
          await tables
            .updateTable("site_groups")
            .set({ description })
            .where("id", "=", id)
            .execute();
        }
        if (grants !== undefined) await replaceGroupGrants(tables, id, grants);
        if (members !== undefined) await replaceMembers(tables, id, members);
      });
      return get(id);
    },

    remove: async (key) => {
      const group = await get(key);
      await keepingAnAdministrator(database, async (tables) => {
        await tables.deleteFrom("group_grants").where("group_id", "=", group.id).execute();
        await tables.deleteFrom("group_members").where("group_id", "=", group.id).execute();
        await tables.deleteFrom("site_groups").where("id", "=", group.id).execute();
      });
      return group;
    },
  };
}

async function replaceMembers(
  tables: Transaction<Tables>,
  groupId: string,
  names: readonly string[],
): Promise<void> {
  await tables
    .deleteFrom("group_members")
    .where("group_id", "=", groupId)
    .where("origin", "=", "given")
    .execute();
  const wanted = [...new Set(names.map((name) => name.toLowerCase()))];
  if (wanted.length === 0) return;
  const users = await tables
    .selectFrom("users")
    .select(["id", "name"])
    .where("name", "in", wanted)
    .execute();
  const missing = wanted.find((name) => !users.some((user) => user.name === name));
  if (missing !== undefined) throw noUser(missing);
  const rows = users.map(({ id }) => ({
    group_id: groupId,
    user_id: id,
    origin: "given" as const,
  }));
  await tables.insertInto("group_members").values(rows).execute();
}

function taken(name: string): SluiceError {
  return new SluiceError("GROUP_EXISTS", "user", `there is a group ${name} already`, {
    hint: "choose another name, or change that group",
  });
}

export function noGroup(key: string): SluiceError {
  return new SluiceError("GROUP_NOT_FOUND", "user", `there is no group ${key}`, {
    hint: "see which there are, or make it (POST /api/v1/groups)",
  });
}
