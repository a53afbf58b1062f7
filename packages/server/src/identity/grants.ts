import type { Grant, Role } from "@sluice/api";
import type { Tables } from "@sluice/database";
import type { Transaction } from "kysely";

type Reader = Pick<Transaction<Tables>, "selectFrom">;
type Writer = Pick<Transaction<Tables>, "deleteFrom" | "insertInto">;
export type Origin = "given" | "source";

interface GrantRow {
  readonly role: string;
  readonly cluster: string;
  readonly account: string;
}

export function grantOf({ role, cluster, account }: GrantRow): Grant {
  return { role: role as Role, cluster, account };
}

/** What a person may do: given to the person, by the person's directory, and by groups. */
export async function effectiveGrants(
  tables: Reader,
  userId: string,
): Promise<{ readonly grants: readonly Grant[]; readonly groups: readonly string[] }> {
  const own = await tables
    .selectFrom("user_grants")
    .select(["role", "cluster", "account"])
    .where("user_id", "=", userId)
    .execute();
  const groups = await tables
    .selectFrom("group_members")
    .innerJoin("site_groups", "site_groups.id", "group_members.group_id")
    .select("site_groups.name")
    .distinct()
    .where("user_id", "=", userId)
    .orderBy("site_groups.name")
    .execute();
  const byGroups = await tables
    .selectFrom("group_members")
    .innerJoin("group_grants", "group_grants.group_id", "group_members.group_id")
    .select(["role", "cluster", "account"])
    .where("user_id", "=", userId)
    .execute();
  const each = new Map<string, Grant>();
  for (const row of [...own, ...byGroups]) each.set(JSON.stringify(grantOf(row)), grantOf(row));
  return { grants: [...each.values()], groups: groups.map(({ name }) => name) };
}

/** Puts these instead of those of the same origin. */
export async function replaceUserGrants(
  tables: Writer,
  userId: string,
  origin: Origin,
  grants: readonly Grant[],
): Promise<void> {
  await tables
    .deleteFrom("user_grants")
    .where("user_id", "=", userId)
    .where("origin", "=", origin)
    .execute();
  const rows = distinct(grants).map((grant) => ({ user_id: userId, origin, ...grant }));
  if (rows.length > 0) await tables.insertInto("user_grants").values(rows).execute();
}

export async function replaceGroupGrants(
  tables: Writer,
  groupId: string,
  grants: readonly Grant[],
): Promise<void> {
  await tables.deleteFrom("group_grants").where("group_id", "=", groupId).execute();
  const rows = distinct(grants).map((grant) => ({ group_id: groupId, ...grant }));
  if (rows.length > 0) await tables.insertInto("group_grants").values(rows).execute();
}

/** Puts these groups, by name, instead of those of the same origin; names that are none are left. */
export async function replaceMemberships(
  tables: Writer & Reader,
  userId: string,
  origin: Origin,
  names: readonly string[],
): Promise<readonly string[]> {
  await tables
    .deleteFrom("group_members")
    .where("user_id", "=", userId)
    .where("origin", "=", origin)
    .execute();
  if (names.length === 0) return [];
  const found = await tables
    .selectFrom("site_groups")
    .select(["id", "name"])
    .where("name", "in", [...new Set(names)])
    .execute();
  const rows = found.map(({ id }) => ({ group_id: id, user_id: userId, origin }));
  if (rows.length > 0) await tables.insertInto("group_members").values(rows).execute();
  return names.filter((name) => !found.some((group) => group.name === name));
}

function distinct(grants: readonly Grant[]): readonly Grant[] {
  return [...new Map(grants.map((grant) => [JSON.stringify(grantOf(grant)), grant])).values()];
}
