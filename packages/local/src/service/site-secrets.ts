import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MACHINE_SECRETS, SITE_SECRETS } from "@sluice/boot";
import type { SiteSecrets } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { run } from "../host/run.ts";

/** Of the portal, as HAProxy reads it: certificate and key in one file. */
export const PORTAL_CERTIFICATE = "portal.pem";
const AUTHORITY_KEY = "authority.key";
/** For which the site's backups are; it is on no machine. */
export const BACKUP_KEY = "backup.key";

/** What is a site's for its life, wherever it is. The portal's certificate is for an address. */
const KEPT: readonly string[] = [...Object.values(SITE_SECRETS), AUTHORITY_KEY, BACKUP_KEY];

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const DAYS = ["-days", "3650"];

/**
 * The secrets of a site, in a folder of the host's root. What is there stays; each file is whole or
 * not there.
 */
export async function ensureSiteSecrets(folder: string, site: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const made: Readonly<Record<string, () => Buffer | string>> = {
    [SITE_SECRETS.munge]: () => randomBytes(128),
    [SITE_SECRETS.jwt]: () => randomBytes(32),
    [SITE_SECRETS.siteKey]: () => randomBytes(48),
    [SITE_SECRETS.replication]: password,
    [SITE_SECRETS.slurmPassword]: password,
    [SITE_SECRETS.serverPassword]: password,
  };
  for (const [name, make] of Object.entries(made)) {
    if (!existsSync(join(folder, name))) await writeWhole(join(folder, name), make());
  }
  if (!existsSync(join(folder, SITE_SECRETS.authority))) await makeAuthority(folder, site);
}

/** A folder for one machine: the site's secrets, and a certificate for its addresses. */
export async function ensureMachineSecrets(
  folder: string,
  machine: {
    readonly folder: string;
    readonly name: string;
    readonly addresses: readonly string[];
  },
): Promise<void> {
  await mkdir(machine.folder, { recursive: true, mode: 0o700 });
  for (const name of Object.values(SITE_SECRETS)) {
    await writeWhole(join(machine.folder, name), await readFile(join(folder, name)));
  }
  const [certificate, key] = [MACHINE_SECRETS.certificate, MACHINE_SECRETS.key].map((name) =>
    join(machine.folder, name),
  ) as [string, string];
  if (existsSync(certificate)) return;
  await sign(folder, { certificate, key, name: machine.name, addresses: machine.addresses });
}

/** By which browsers know the portal. Theirs to trust, as every certificate that Sluice makes. */
export async function ensurePortalCertificate(folder: string, address: string): Promise<string> {
  const file = join(folder, PORTAL_CERTIFICATE);
  if (existsSync(file)) return file;
  const [certificate, key] = [join(folder, "portal.crt"), join(folder, "portal.key")];
  await sign(folder, { certificate, key, name: "portal", addresses: [address] });
  await writeWhole(file, Buffer.concat([await readFile(certificate), await readFile(key)]));
  await Promise.all([certificate, key].map((path) => rm(path)));
  return file;
}

/** Errors: `SITE_SECRET_UNKNOWN`. */
export function requireSecretNames(secrets: SiteSecrets): void {
  const unknown = Object.keys(secrets).find((name) => !KEPT.includes(name));
  if (unknown === undefined) return;
  const message = `a site has no secret ${JSON.stringify(unknown)}`;
  throw new SluiceError("SITE_SECRET_UNKNOWN", "user", message, {
    hint: "restore the backup with the version that made it",
  });
}

/** Gives a site secrets before it makes any. Errors: `SITE_SECRET_UNKNOWN`. */
export async function writeSecrets(folder: string, secrets: SiteSecrets): Promise<void> {
  requireSecretNames(secrets);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(secrets)) {
    await writeWhole(join(folder, name), Buffer.from(content, "base64"));
  }
}

/** Those that there are. */
export async function readSecrets(folder: string): Promise<SiteSecrets> {
  const names = KEPT.filter((name) => existsSync(join(folder, name)));
  const read = async (name: string) =>
    [name, await readFile(join(folder, name), "base64")] as const;
  return Object.fromEntries(await Promise.all(names.map(read)));
}

/** Base64. What is there stays. Errors: `SITE_SECRET_UNKNOWN`. */
export async function keepSecret(folder: string, name: string, content: string): Promise<string> {
  requireSecretNames({ [name]: content });
  const path = join(folder, name);
  if (!existsSync(path)) await writeWhole(path, Buffer.from(content, "base64"));
  return readFile(path, "base64");
}

function password(): string {
  return `${randomBytes(24).toString("hex")}\n`;
}

async function makeAuthority(folder: string, site: string): Promise<void> {
  const [key, certificate] = [join(folder, AUTHORITY_KEY), join(folder, SITE_SECRETS.authority)];
  const subject = ["-subj", `/CN=${site} of Sluice`];
  await rm(key, { force: true });
  await run([
    ...["openssl", "req", "-x509", ...KEY, ...DAYS, ...subject],
    ...["-addext", "basicConstraints=critical,CA:TRUE"],
    ...["-addext", "keyUsage=critical,keyCertSign,cRLSign"],
    ...["-keyout", key, "-out", `${certificate}.new`],
  ]);
  await rename(`${certificate}.new`, certificate);
}

interface Signed {
  readonly certificate: string;
  readonly key: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

async function sign(folder: string, wanted: Signed): Promise<void> {
  const { certificate, key, name, addresses } = wanted;
  const names = [`DNS:${name}`, ...addresses.map((address) => `IP:${address}`)].join(",");
  await rm(key, { force: true });
  await run([
    ...["openssl", "req", "-x509", ...KEY, ...DAYS, "-subj", `/CN=${name}`],
    ...["-CA", join(folder, SITE_SECRETS.authority), "-CAkey", join(folder, AUTHORITY_KEY)],
    ...["-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-addext", "extendedKeyUsage=serverAuth,clientAuth"],
    ...["-keyout", key, "-out", `${certificate}.new`],
  ]);
  await rename(`${certificate}.new`, certificate);
}

async function writeWhole(path: string, content: Buffer | string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}
