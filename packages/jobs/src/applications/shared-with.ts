import type { Database, Tables } from "@sluice/database";
import { SluiceError } from "@sluice/model";
import type { Transaction } from "kysely";

/**
 * Nothing is shared with a name that is nobody's: whoever got that name later would have it. People
 * of a directory are known once they have signed in; groups are the site's. Errors:
 * `USER_NOT_FOUND`, `GROUP_NOT_FOUND`.
 */
export async function demandKnown(
  tables: Database | Transaction<Tables>,
  shares: readonly { readonly kind: "everyone" | "group" | "user"; readonly name: string }[],
): Promise<void> {
  for (const [kind, table] of [
    ["user", "users"],
    ["group", "site_groups"],
  ] as const) {
    const names = shares.filter((share) => share.kind === kind).map(({ name }) => name);
    if (names.length === 0) continue;
    const rows = await tables.selectFrom(table).select("name").where("name", "in", names).execute();
    const known = new Set(rows.map(({ name }) => name));
    const missing = names.find((name) => !known.has(name));
    if (missing !== undefined) throw kind === "user" ? noUser(missing) : noGroup(missing);
  }
}

function noUser(name: string): SluiceError {
  return new SluiceError("USER_NOT_FOUND", "user", `there is no user ${name}`, {
    hint: "give the name that the person signs in with; people of a directory are known once they have signed in",
  });
}

function noGroup(name: string): SluiceError {
  return new SluiceError("GROUP_NOT_FOUND", "user", `there is no group ${name}`, {
    hint: "give a group of the site, as an administrator made it",
  });
}
