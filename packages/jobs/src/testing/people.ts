import type { Database } from "@sluice/database";

/** A user `ben` of the site, and a group `chem`. */
export async function insertPeople(database: Database): Promise<void> {
  const created_at = new Date("2030-01-01T00:00:00Z");
  const nothing = { external_id: null, display_name: null, email: null, unix_user: null };
  await database
    .insertInto("users")
    .values({
      ...{ id: "id-ben", name: "ben", source: "local", disabled: false, created_at },
      ...{ ...nothing, password_hash: null, last_sign_in_at: null },
    })
    .execute();
  await database
    .insertInto("site_groups")
    .values({ id: "id-chem", name: "chem", description: "", created_at })
    .execute();
}
