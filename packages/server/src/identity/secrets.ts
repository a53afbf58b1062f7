import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { messageOf, SluiceError } from "@sluice/model";
import type { Random } from "../deps.ts";

/** 256 bits, for cookies, tokens and links. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(32)).toString("base64url");
}

/** What is stored of a secret of 256 bits: nothing that could be guessed hides behind it. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** What a change has to bring along that comes with this session's cookie. */
export function csrfTokenOf(sessionSecret: string): string {
  return createHmac("sha256", sessionSecret).update("csrf").digest("base64url");
}

/** In a time that does not tell where they differ. */
export function isSame(one: string, other: string): boolean {
  return timingSafeEqual(
    createHash("sha256").update(one).digest(),
    createHash("sha256").update(other).digest(),
  );
}

export interface SecretPlace {
  readonly file: string | undefined;
  readonly environment: string | undefined;
}

/**
 * A secret of the configuration, without the line's end.
 *
 * Errors: `SECRET_MISSING`.
 */
export async function readSecret(
  { file, environment }: SecretPlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const place = file ?? `the environment's ${environment}`;
  let found: string | undefined;
  let why = "it is empty";
  try {
    found = file === undefined ? env[environment ?? ""] : await readFile(file, "utf8");
  } catch (error) {
    why = messageOf(error);
  }
  const secret = found?.replace(/\r?\n$/, "");
  if (secret) return secret;
  throw new SluiceError("SECRET_MISSING", "user", `there is no secret in ${place}: ${why}`, {
    hint: "write it there, readable by the server alone",
  });
}
