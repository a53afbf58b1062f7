import { existsSync, readFileSync } from "node:fs";
import { identitiesIn, newBackupKey, recipientOf } from "@sluice/lifecycle/backup";
import type { ClusterConfig } from "@sluice/model";
import { install } from "../setup/files.ts";

/** Who can open this cluster's backups: those of its file, or the holder of its own key. */
export async function recipientsOf(
  { Backup }: Pick<ClusterConfig, "Backup">,
  keyFile: string,
): Promise<readonly string[]> {
  if (Backup?.Recipients !== undefined) return Backup.Recipients;
  const identities = await identitiesIn(await ownKey(keyFile));
  return Promise.all(identities.map(recipientOf));
}

/** The cluster's own key as a file of age's, made when there is none. It is a secret. */
export async function ownKey(keyFile: string): Promise<string> {
  if (!existsSync(keyFile)) {
    const { identity, recipient } = await newBackupKey();
    const content = `# public key: ${recipient}\n${identity}\n`;
    install({ path: keyFile, content, mode: 0o600 });
  }
  return readFileSync(keyFile, "utf8");
}

/**
 * The keys of both files, the first one's first: what is restored, and what backups here were made for
 * meanwhile. Nothing when neither is there.
 */
export function bothKeys(restored: string | undefined, present: string | undefined): string {
  const lines = [restored, present].flatMap((text) => text?.split("\n") ?? []);
  return [...new Set(lines.filter(Boolean))].map((line) => `${line}\n`).join("");
}
