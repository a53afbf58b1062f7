import { randomInt } from "node:crypto";
import { MANAGED_SITE_SECRETS, SITE_SECRETS } from "@sluice/boot";
import type { SiteSecrets } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { Clients } from "../../clients.ts";
import { siteSecretName, TAGS } from "../../names.ts";
import { secretsManager } from "../../sdk.ts";

/** For which the site's backups are; it is on no machine. */
const BACKUP_KEY = "backup.key";
/** Of a certificate that the site has for itself, PEM; for the balancer alone. */
export const BALANCER_KEY = "balancer.key";

/** What a site is made of that is no secret of AWS's: those that a site elsewhere has, too. */
const ELSEWHERE: readonly string[] = [...Object.values(SITE_SECRETS), "authority.key"];

/** Files in `MANAGED_SITE_SECRETS`, and how many letters and digits each that is made has. */
const LENGTHS: Readonly<Record<string, number>> = {
  [MANAGED_SITE_SECRETS.munge]: 64,
  [MANAGED_SITE_SECRETS.jwt]: 64,
  [MANAGED_SITE_SECRETS.siteKey]: 64,
  // MySQL on RDS takes passwords of up to 41 characters.
  [MANAGED_SITE_SECRETS.slurmPassword]: 40,
  [MANAGED_SITE_SECRETS.serverPassword]: 40,
  [MANAGED_SITE_SECRETS.database]: 40,
};

/** What is a site's for its life, wherever it is. The balancer's is for a name in one region. */
const KEPT: readonly string[] = [...Object.keys(LENGTHS), BACKUP_KEY];

/** That of munge is in base64, as a cluster file's `MungeKeySecretArn`; others are their own text. */
const IN_BASE64: readonly string[] = [MANAGED_SITE_SECRETS.munge];

export interface SiteOwner {
  readonly name: string;
  readonly unique: string;
}

/** Errors: `SITE_SECRET_UNKNOWN`. */
export function requireSecretNames(secrets: SiteSecrets): void {
  const unknown = Object.keys(secrets).find(
    (name) => !KEPT.includes(name) && !ELSEWHERE.includes(name),
  );
  if (unknown === undefined) return;
  const message = `a site has no secret ${JSON.stringify(unknown)}`;
  throw new SluiceError("SITE_SECRET_UNKNOWN", "user", message, {
    hint: "restore the backup with the version that made it",
  });
}

/**
 * The secrets of a site in Secrets Manager: what is there stays, what is given comes before what is made.
 *
 * @param given base64 by the names of files.
 * @returns ARNs by the names of files.
 */
export async function ensureSiteSecrets(
  clients: Clients,
  owner: SiteOwner,
  given: SiteSecrets,
): Promise<Readonly<Record<string, string>>> {
  requireSecretNames(given);
  const others = Object.keys(given).filter((name) => KEPT.includes(name));
  const names = [...new Set([...Object.keys(LENGTHS), ...others])];
  const arns: [string, string][] = [];
  for (const name of names) {
    const content = given[name];
    const make = (): string =>
      content === undefined ? chance(LENGTHS[name] ?? 64) : textOf(name, content);
    arns.push([name, await ensureSecret(clients, owner, { name, make })]);
  }
  return Object.fromEntries(arns);
}

/** @returns its ARN. */
export async function ensureSecret(
  clients: Clients,
  owner: SiteOwner,
  { name, make }: { readonly name: string; readonly make: () => string },
): Promise<string> {
  const { sdk, client } = await secretsManager(clients);
  const Name = siteSecretName(owner.name, owner.unique, name);
  const known = async (): Promise<string | undefined> => {
    const { ARN } = await client.send(new sdk.DescribeSecretCommand({ SecretId: Name }));
    return ARN;
  };
  const there = await known().catch(unlessMissing);
  if (there !== undefined) return there;
  const { ARN = "" } = await client
    .send(
      new sdk.CreateSecretCommand({
        Name,
        SecretString: make(),
        Description: `${name} of Sluice's site ${owner.name}`,
        Tags: [
          { Key: TAGS.site, Value: owner.name },
          { Key: TAGS.clusterId, Value: owner.unique },
        ],
      }),
    )
    .catch(async (error: unknown) => {
      // Somebody else made it meanwhile.
      if (isNamed(error, "ResourceExistsException")) return { ARN: await known() };
      throw error;
    });
  return ARN;
}

/** Those that there are, as `SiteRequest.secrets` takes them. */
export async function readSiteSecrets(clients: Clients, owner: SiteOwner): Promise<SiteSecrets> {
  const found = await Promise.all(
    KEPT.map(async (name) => {
      const text = await readSecret(clients, owner, name);
      if (text === undefined) return [];
      const isEncoded = IN_BASE64.includes(name);
      return [[name, isEncoded ? text : Buffer.from(text).toString("base64")] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** See `Sites.keepSecret`. Errors: `SITE_SECRET_UNKNOWN`. */
export async function keepSiteSecret(
  clients: Clients,
  owner: SiteOwner,
  name: string,
  content: string,
): Promise<string> {
  requireSecretNames({ [name]: "" });
  await ensureSecret(clients, owner, { name, make: () => content });
  return (await readSecret(clients, owner, name)) ?? content;
}

async function readSecret(
  clients: Clients,
  owner: SiteOwner,
  name: string,
): Promise<string | undefined> {
  const { sdk, client } = await secretsManager(clients);
  const SecretId = siteSecretName(owner.name, owner.unique, name);
  const command = new sdk.GetSecretValueCommand({ SecretId });
  return (await client.send(command).catch(unlessMissing))?.SecretString;
}

/** Removes all of them, at once and for good. Nothing there is fine. */
export async function removeSiteSecrets(clients: Clients, owner: SiteOwner): Promise<void> {
  const { sdk, client } = await secretsManager(clients);
  for (const name of [...KEPT, BALANCER_KEY]) {
    const SecretId = siteSecretName(owner.name, owner.unique, name);
    const input = { SecretId, ForceDeleteWithoutRecovery: true };
    await client.send(new sdk.DeleteSecretCommand(input)).catch(unlessMissing);
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Letters and digits, which are also base64 where there are four times some of them. */
function chance(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

function textOf(name: string, content: string): string {
  if (IN_BASE64.includes(name)) return content;
  const text = Buffer.from(content, "base64").toString("utf8");
  if (Buffer.from(text).toString("base64") === content) return text.trim();
  throw new SluiceError(
    "SITE_SECRET_UNKNOWN",
    "user",
    `the secret ${name} is no text, so that it can't be one of a site on AWS`,
    { hint: "restore a backup of a site on AWS, or make a new site" },
  );
}

function unlessMissing(error: unknown): undefined {
  if (isNamed(error, "ResourceNotFoundException")) return undefined;
  throw error;
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
