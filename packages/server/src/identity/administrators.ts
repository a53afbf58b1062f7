import { type Database, inTransaction, type Tables } from "@sluice/database";
import { SluiceError } from "@sluice/model";
import type { Transaction } from "kysely";

const EVERYTHING = {
  "users.disabled": 0,
  role: "administrator",
  cluster: "*",
  account: "*",
} as const;

/** Whether somebody can do everything on this site. */
export async function hasAdministrator(
  tables: Pick<Transaction<Tables>, "selectFrom">,
): Promise<boolean> {
  const own = await tables
    .selectFrom("user_grants")
    .innerJoin("users", "users.id", "user_grants.user_id")
    .select("users.id")
    .where(({ and }) => and(EVERYTHING))
    .limit(1)
    .executeTakeFirst();
  if (own !== undefined) return true;
  const byGroup = await tables
    .selectFrom("group_grants")
    .innerJoin("group_members", "group_members.group_id", "group_grants.group_id")
    .innerJoin("users", "users.id", "group_members.user_id")
    .select("users.id")
    .where(({ and }) => and(EVERYTHING))
    .limit(1)
    .executeTakeFirst();
  return byGroup !== undefined;
}

/** One after the other, on all servers: who is administrator does not change meanwhile. */
export async function holdingAdministrators<T>(
  database: Database,
  work: (tables: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return inTransaction(database, async (tables) => {
    await tables.selectFrom("identity_lock").select("id").where("id", "=", 1).forUpdate().execute();
    return work(tables);
  });
}

/** Errors: `LAST_ADMINISTRATOR` when the change leaves a site that had one without any. */
export async function keepingAnAdministrator<T>(
  database: Database,
  change: (tables: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return holdingAdministrators(database, async (tables) => {
    const had = await hasAdministrator(tables);
    const result = await change(tables);
    if (had && !(await hasAdministrator(tables))) {
      throw new SluiceError("LAST_ADMINISTRATOR", "user", "the site would have no administrator", {
        hint: "make somebody else administrator of everything first",
      });
    }
    return result;
  });
}
