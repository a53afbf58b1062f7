import { userNameSchema } from "@sluice/api";
import { SluiceError } from "@sluice/model";
import { replaceUserGrants } from "./grants.ts";
import { checkNewPassword } from "./passwords.ts";
import type { LinkUse, SignInDeps } from "./sign-ins.ts";
import { checkUnixUser } from "./unix-user.ts";
import { insertUser, newUserRow } from "./users.ts";

/** Sets the password that a one-time link is for; the first one makes the administrator too. */
export async function setByLink(
  {
    database,
    links,
    passwords,
    random,
    clock,
  }: Pick<SignInDeps, "database" | "links" | "passwords" | "random" | "clock">,
  use: LinkUse,
): Promise<{ readonly id: string; readonly name: string }> {
  const { userId } = await links.show(use.token);
  const user =
    userId === undefined
      ? { id: random.id(), name: firstName(use.name) }
      : await database
          .selectFrom("users")
          .select(["id", "name"])
          .where("id", "=", userId)
          .executeTakeFirstOrThrow();
  checkNewPassword(use.password, user.name);
  const unix_user =
    userId !== undefined || use.unixUser === undefined ? null : checkUnixUser(use.unixUser);
  const password_hash = await passwords.hash(use.password);
  await links.use(use.token, async (tables, link) => {
    if (link.purpose === "first") {
      const row = newUserRow(user.id, user.name, clock.now());
      await insertUser(tables, { ...row, unix_user, password_hash });
      const everything = { role: "administrator", cluster: "*", account: "*" } as const;
      await replaceUserGrants(tables, user.id, "given", [everything]);
    } else {
      await tables.updateTable("users").set({ password_hash }).where("id", "=", user.id).execute();
    }
  });
  return user;
}

function firstName(name: string | undefined): string {
  const given = userNameSchema.safeParse(name?.toLowerCase());
  if (given.success) return given.data;
  const message =
    name === undefined || name === ""
      ? "the first administrator needs a name"
      : `${JSON.stringify(name)} can't be the name of an account`;
  throw new SluiceError("REQUEST_INVALID", "user", message, {
    hint: "take lower case letters, digits and . _ - @ +, such as ada",
  });
}
