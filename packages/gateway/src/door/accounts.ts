import { execFile } from "node:child_process";
import { SluiceError } from "@sluice/model";
import { isUserName } from "../protocol.ts";

/** A user of the head, as getpwnam(3) knows it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** Below it are accounts of the system, on every distribution that we have. */
const FIRST_UID = 1000;
const NOBODY = 65_534;
const TIMEOUT_MILLISECONDS = 10_000;

/**
 * The account that a worker may be of.
 *
 * @param refused uids of services that are no users, SlurmUser among them.
 * @throws SluiceError `GATEWAY_USER_UNKNOWN`.
 */
export async function accountFor(name: string, refused: ReadonlySet<number>): Promise<Account> {
  const account = isUserName(name) ? accountIn(await getent(name)) : undefined;
  if (account === undefined || account.name !== name) {
    throw unknown(`the head has no user ${JSON.stringify(name.slice(0, 64))}`);
  }
  if (account.uid < FIRST_UID || account.uid === NOBODY || refused.has(account.uid)) {
    throw unknown(`${name} is an account of the system`);
  }
  return account;
}

function unknown(message: string): SluiceError {
  return new SluiceError("GATEWAY_USER_UNKNOWN", "user", message, {
    hint: "name a user of the cluster; see `getent passwd` on its head",
  });
}

/** Through NSS, so that users of a directory are found. Empty when there is none of that name. */
function getent(name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("getent", ["passwd", name], { timeout: TIMEOUT_MILLISECONDS }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else if (error.code === 2) resolve("");
      else reject(error);
    });
  });
}

/** Undefined when a line of passwd(5) can't be understood. */
export function accountIn(line: string): Account | undefined {
  const [name, , uid, gid, , home, shell, more] = line.replace(/\n$/, "").split(":");
  if (name === undefined || shell === undefined || more !== undefined) return undefined;
  if (!/^\d+$/.test(uid ?? "") || !/^\d+$/.test(gid ?? "")) return undefined;
  if (home === undefined || !home.startsWith("/")) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home, shell: shell || "/bin/sh" };
}
