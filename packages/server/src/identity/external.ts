import { userNameSchema } from "@sluice/api";
import type { Database, Tables } from "@sluice/database";
import { type Clock, isSluiceError, SluiceError } from "@sluice/model";
import type { Transaction } from "kysely";
import type { Random } from "../deps.ts";
import { holdingAdministrators } from "./administrators.ts";
import type { LdapConfig, OidcConfig } from "./config.ts";
import { replaceMemberships, replaceUserGrants } from "./grants.ts";
import { unixUserOf } from "./unix-user.ts";
import { insertUser, newUserRow } from "./users.ts";

/** Somebody whom a directory or a provider has vouched for just now. */
export interface ExternalPerson {
  /** Never used again for another there. */
  readonly externalId: string;
  /** One or more; the first is what a new account is called. */
  readonly names: readonly [string, ...string[]];
  readonly displayName: string | undefined;
  readonly email: string | undefined;
  /** By the rule of the configuration, as it came; null: there is no rule. */
  readonly unixUser: string | undefined | null;
  /** Whether the source says that this person is in a group. */
  readonly isIn: (group: string) => boolean;
}

type Source = Pick<LdapConfig | OidcConfig, "Name" | "Rules" | "DefaultGrants">;

interface ExternalDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The account of that person, made at the first sign-in, with what the source says now. It is found
 * by the source's own id and by nothing else: a name or an address of somebody else's account gives
 * nobody that account.
 *
 * Errors: `SIGN_IN_REFUSED` when another account has the name, or it can be no account's.
 */
export async function bringIn(
  { database, clock, random }: ExternalDeps,
  source: Source,
  person: ExternalPerson,
): Promise<{ readonly id: string; readonly name: string; readonly isDisabled: boolean }> {
  const rules = source.Rules.filter(({ Group }) => person.isIn(Group));
  return holdingAdministrators(database, async (tables) => {
    const known = await tables
      .selectFrom("users")
      .select(["id", "name", "disabled"])
      .where("source", "=", source.Name)
      .where("external_id", "=", person.externalId)
      .executeTakeFirst();
    const id = known?.id ?? random.id();
    const name = nameOf(person, known?.name);
    const told = {
      display_name: person.displayName?.slice(0, 200) ?? null,
      email: person.email?.slice(0, 200) ?? null,
      ...(person.unixUser === null ? {} : { unix_user: unixUserOf(person.unixUser) ?? null }),
    };
    if (known === undefined) {
      const row = { ...newUserRow(id, name, clock.now()), ...told };
      try {
        const external_id = person.externalId;
        await insertUser(tables, { ...row, source: source.Name, external_id });
      } catch (error) {
        if (isSluiceError(error)) throw nameTaken(name, source.Name, error);
        throw error;
      }
    } else {
      await tables.updateTable("users").set(told).where("id", "=", id).execute();
      await rename(tables, id, name);
    }
    await tables.deleteFrom("absent_people").where("user_id", "=", id).execute();
    const grants = [...source.DefaultGrants, ...rules.flatMap(({ Grants }) => Grants)];
    await replaceUserGrants(tables, id, "source", grants);
    const memberOf = rules.flatMap(({ MemberOf }) => MemberOf);
    await replaceMemberships(tables, id, "source", memberOf);
    return { id, name, isDisabled: (known?.disabled ?? 0) !== 0 };
  });
}

/** What another account is called stays its name. Nobody else makes accounts meanwhile. */
async function rename(tables: Transaction<Tables>, id: string, name: string): Promise<void> {
  const holder = await tables
    .selectFrom("users")
    .select("id")
    .where("name", "=", name)
    .executeTakeFirst();
  if (holder === undefined) {
    await tables.updateTable("users").set({ name }).where("id", "=", id).execute();
  }
}

function nameTaken(name: string, source: string, cause: unknown): SluiceError {
  return new SluiceError("SIGN_IN_REFUSED", "user", `${name} is another account's name here`, {
    hint: `let an administrator delete that account before the one of ${source} can come in`,
    cause,
  });
}

/** As long as the source has the account's name, it stays. */
function nameOf({ names }: ExternalPerson, known: string | undefined): string {
  const stays = known !== undefined && names.some((name) => name.toLowerCase() === known);
  return stays ? known : userName(names[0]);
}

/** Errors: `SIGN_IN_REFUSED` for a name that can't be an account's. */
function userName(name: string): string {
  const lower = name.toLowerCase();
  if (userNameSchema.safeParse(lower).success) return lower;
  throw new SluiceError("SIGN_IN_REFUSED", "user", `${JSON.stringify(name)} is no name of a user`, {
    hint: "let the administrator choose another attribute or claim as the name",
  });
}
