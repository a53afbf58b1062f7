import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { messageOf, SluiceError } from "@sluice/model";
import type { ServerConfig } from "@sluice/server";
import type { ServerPaths } from "./paths.ts";

const BYTES = 32;

/**
 * The key that secrets of web-hooks and links to files are made of: the file's that the configuration names, else one
 * that is made at the first start and kept.
 *
 * Errors: `SECRET_MISSING` for a file that is not there or has too little in it.
 */
export async function siteKey(
  { Triggers }: ServerConfig,
  { siteKey: own }: Pick<ServerPaths, "siteKey">,
): Promise<Uint8Array> {
  const named = Triggers.SiteKeyFile;
  if (named === undefined) {
    // Whole or not at all: a key that was cut short would be another one for ever.
    const key = await readFile(own).catch(() => undefined);
    if (key !== undefined && key.length === BYTES) return key;
    const made = randomBytes(BYTES);
    await writeFile(own, made, { mode: 0o600, flush: true });
    return made;
  }
  const key = await readFile(named).catch((error: unknown) => {
    throw missing(`${named}: ${messageOf(error)}`);
  });
  if (key.length < BYTES)
    throw missing(`${named} has ${key.length} bytes, and ${BYTES} are wanted`);
  return key;
}

function missing(message: string): SluiceError {
  return new SluiceError("SECRET_MISSING", "user", message, {
    hint: "make one with: head -c 32 /dev/urandom > FILE, readable by the server alone",
  });
}
