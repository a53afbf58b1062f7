import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { ServerPaths } from "./paths.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Which server this is, made at its first start: one that was killed finds what it left by it. */
export async function serverId({ serverId: file }: Pick<ServerPaths, "serverId">): Promise<string> {
  const known = (await readFile(file, "utf8").catch(() => "")).trim();
  // Whole or not at all: what was cut short might be another's.
  if (UUID.test(known)) return known;
  const made = randomUUID();
  await writeFile(file, `${made}\n`, { mode: 0o600, flush: true });
  return made;
}
