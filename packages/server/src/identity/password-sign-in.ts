import { userNameSchema } from "@sluice/api";
import type { Database } from "@sluice/database";
import { type Clock, isSluiceError, SluiceError } from "@sluice/model";
import type { Random } from "../deps.ts";
import { bringIn } from "./external.ts";
import type { Directory } from "./ldap.ts";
import type { Lockout } from "./lockout.ts";
import type { Passwords } from "./passwords.ts";

/** Failures are answered at whole multiples of this: their time tells nothing of why. */
const FAILURE_MS = 500;

interface PasswordSignInDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly passwords: Passwords;
  readonly directories: readonly Directory[];
  readonly lockout: Lockout;
}

export interface PasswordSignIn {
  readonly name: string;
  readonly password: string;
  readonly address: string;
}

/**
 * Whose name and password that is: a local account's, else a directory's.
 *
 * Errors: `SIGN_IN_FAILED`, the same for every reason; `SIGN_IN_LOCKED`; `SIGN_IN_REFUSED`;
 * `DIRECTORY_UNREACHABLE` when a directory is away that might have known.
 *
 * @returns the account's id.
 */
export async function signInByPassword(
  deps: PasswordSignInDeps,
  { name: typed, password, address }: PasswordSignIn,
): Promise<string> {
  const { clock, lockout } = deps;
  const began = clock.now().getTime();
  const attempt = { name: typed.trim().toLowerCase(), address };
  await lockout.begin(attempt);
  let id: string | undefined;
  try {
    id = await findAccount(deps, attempt.name, password);
  } catch (error) {
    if (isSluiceError(error)) await lockout.takeBack(attempt);
    throw error;
  }
  if (id !== undefined) {
    await lockout.succeeded(attempt);
    return id;
  }
  const took = clock.now().getTime() - began;
  await clock.sleep(FAILURE_MS - (took % FAILURE_MS));
  throw new SluiceError("SIGN_IN_FAILED", "user", "name or password is wrong", {
    hint: "type both again; an administrator can make a link for a new password",
  });
}

async function findAccount(
  deps: PasswordSignInDeps,
  name: string,
  password: string,
): Promise<string | undefined> {
  const { database, passwords, directories } = deps;
  const user = await database
    .selectFrom("users")
    .select(["id", "source", "disabled", "password_hash"])
    .where("name", "=", name)
    .executeTakeFirst();
  const hash = user?.disabled === 0 ? (user.password_hash ?? undefined) : undefined;
  const found = await passwords.check(password, hash);
  if (user?.source === "local") {
    if (found === "wrong") return undefined;
    if (found === "stale") {
      await database
        .updateTable("users")
        .set({ password_hash: await passwords.hash(password) })
        .where("id", "=", user.id)
        .where("password_hash", "=", hash ?? "")
        .execute();
    }
    return user.id;
  }
  if (!userNameSchema.safeParse(name).success) return undefined;
  return fromDirectories(deps, directories, name, password);
}

async function fromDirectories(
  deps: PasswordSignInDeps,
  directories: readonly Directory[],
  name: string,
  password: string,
): Promise<string | undefined> {
  let away: unknown;
  for (const directory of directories) {
    try {
      const person = await directory.verify(name, password);
      if (person === undefined) continue;
      const { id, isDisabled } = await bringIn(deps, directory.config, person);
      return isDisabled ? undefined : id;
    } catch (error) {
      if (!isSluiceError(error) || error.code === "SIGN_IN_REFUSED") throw error;
      away ??= error;
    }
  }
  if (away !== undefined) throw away;
  return undefined;
}
