import { execFile } from "node:child_process";

/** Names of users and groups, as the machine's directory has them; a number where it has none. */
export interface Owners {
  /** Reads the names of all these at once; `nameOf…` then knows them. */
  learn(uids: Iterable<number>, gids: Iterable<number>): Promise<void>;
  nameOfUser(uid: number): string;
  nameOfGroup(gid: number): string;
}

/** A person changes names rarely, and a folder has few owners. */
const REMEMBERED = 10_000;
const AT_ONCE = 200;

export function createOwners(): Owners {
  const users = new Map<number, string>();
  const groups = new Map<number, string>();
  return {
    async learn(uids, gids) {
      await Promise.all([learnFrom("passwd", uids, users), learnFrom("group", gids, groups)]);
    },
    nameOfUser: (uid) => users.get(uid) ?? String(uid),
    nameOfGroup: (gid) => groups.get(gid) ?? String(gid),
  };
}

async function learnFrom(
  database: "passwd" | "group",
  ids: Iterable<number>,
  names: Map<number, string>,
): Promise<void> {
  if (names.size > REMEMBERED) names.clear();
  const unknown = [...new Set(ids)].filter((id) => !names.has(id));
  for (let at = 0; at < unknown.length; at += AT_ONCE) {
    const asked = unknown.slice(at, at + AT_ONCE);
    const lines = await getent([database, ...asked.map(String)]);
    for (const line of lines) {
      const [name, , id] = line.split(":");
      if (name !== undefined && id !== undefined) names.set(Number(id), name);
    }
    for (const id of asked) if (!names.has(id)) names.set(id, String(id));
  }
}

/** Who is not there is left out, and a directory that does not answer knows nobody. */
function getent(args: readonly string[]): Promise<readonly string[]> {
  return new Promise((resolve) => {
    execFile("getent", [...args], { timeout: 5000, maxBuffer: 4 << 20 }, (_, stdout) => {
      resolve(stdout.split("\n").filter((line) => line !== ""));
    });
  });
}
