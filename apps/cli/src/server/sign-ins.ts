import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { messageOf, SluiceError } from "@sluice/model";
import type { Host } from "../host.ts";
import { usage } from "../usage.ts";

/** Where somebody signed in, and with what. */
export interface SignIn {
  readonly user: string;
  readonly token: string;
  readonly tokenId: string;
  /** SHA-256 of a self-made certificate that was looked at and accepted. */
  readonly fingerprint?: string;
}

/** `servers.json`: whose servers this person uses, and which when none is named. */
export interface SignIns {
  readonly current?: string;
  readonly servers: Readonly<Record<string, SignIn>>;
}

/** What identifies a server: its origin. Errors: `USAGE` for what is no address. */
export function serverOrigin(text: string): string {
  const whole = text.includes("://") ? text : `https://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url !== undefined && (url.protocol === "https:" || url.protocol === "http:")) {
    return url.origin;
  }
  throw usage(
    `${text} is no address of a server`,
    "give one such as https://sluice.example.com:8480",
  );
}

function fileOf({ env }: Host): string {
  const base = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config");
  return join(base, "sluice", "servers.json");
}

export async function readSignIns(host: Host): Promise<SignIns> {
  const path = fileOf(host);
  try {
    return JSON.parse(await readFile(path, "utf8")) as SignIns;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { servers: {} };
    throw new SluiceError("SIGN_INS_UNREADABLE", "system", `${path}: ${messageOf(error)}`, {
      hint: "remove the file, then sign in again with: sluice login",
      cause: error,
    });
  }
}

/** Tokens are in it: it is the caller's alone, and never half written. */
export async function writeSignIns(host: Host, signIns: SignIns): Promise<void> {
  const path = fileOf(host);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${randomUUID()}.new`;
  try {
    {
      await using file = await open(beside, "wx", 0o600);
      await file.writeFile(`${JSON.stringify(signIns, null, 2)}\n`);
      await file.sync();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
