import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CloudError } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import type { FastifyInstance } from "fastify";
import type { LiveSite } from "./live-site.ts";
import { BACKUP_KEY, keepSecret, readSecrets } from "./site-secrets.ts";

/** For root on the host alone. */
export const SECRETS_ROUTE = "/sites/:name/secrets";

/** What the host keeps of a site's backups, in the storage that outlives zones. */
export function siteBackupFolder({ paths }: Pick<LiveSite, "paths">): string {
  return join(paths.storage, ".backups");
}

/**
 * The site's secrets as JSON of base64 by their names, for nobody but those who may open its backups:
 * machines of the site carry it, and can't read it.
 */
export async function sealedSecrets(
  site: Pick<LiveSite, "config" | "paths">,
): Promise<{ readonly recipients: readonly string[]; readonly sealed: string }> {
  const own = site.config.Backup?.Recipients;
  const recipients = own ?? [await ownRecipient(site.paths.secrets)];
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const secrets = JSON.stringify(await readSecrets(site.paths.secrets));
  return { recipients, sealed: Buffer.from(await encrypter.encrypt(secrets)).toString("base64") };
}

/** What opens the site's backups is on no machine, and no machine may ask for it, however it writes that. */
export function refuseSecrets(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ routeOptions: { url } }) => {
    if (url !== SECRETS_ROUTE) return;
    throw new CloudError("NotFound", "no machine is given the secrets of a site");
  });
}

/** Of the key that the site has for its backups, made when there is none. */
async function ownRecipient(folder: string): Promise<string> {
  const identity = await generateX25519Identity();
  const text = `# public key: ${await identityToRecipient(identity)}\n${identity}\n`;
  await keepSecret(folder, BACKUP_KEY, Buffer.from(text).toString("base64"));
  const kept = await readFile(join(folder, BACKUP_KEY), "utf8");
  const line = kept.split("\n").find((one) => one.startsWith("AGE-SECRET-KEY-"));
  if (line !== undefined) return identityToRecipient(line.trim());
  throw new SluiceError("BACKUP_KEY_UNUSABLE", "system", "the site's key for backups is no key");
}
