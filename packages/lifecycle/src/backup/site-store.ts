import { createHash } from "node:crypto";
import { SluiceError } from "@sluice/model";
import { parseSiteRecord, type SiteBackupMember, type SiteBackupRecord } from "./site-manifest.ts";
import { type BackupStore, recordsIn, removeBackups } from "./store.ts";
import { damaged } from "./tar.ts";

/** The backups of a site that are whole, oldest first. */
export function siteBackupsIn(
  store: BackupStore,
  siteName: string,
): Promise<readonly SiteBackupRecord[]> {
  return recordsIn(store, { owner: siteName, suffix: ".site.json" }, (text) => {
    const record = parseSiteRecord(text);
    return record?.siteName === siteName ? record : undefined;
  });
}

/** Removes all but the newest `keep` with their clusters' backups; at least one stays. */
export async function keepNewestOfSite(
  store: BackupStore,
  site: string,
  keep: number,
): Promise<readonly string[]> {
  const all = await siteBackupsIn(store, site);
  const from = Math.max(0, all.length - Math.max(1, keep));
  const filesOf = ({ file, members }: SiteBackupRecord): readonly string[] => [
    file,
    ...members.map((member) => member.file),
  ];
  const kept = new Set(all.slice(from).flatMap(filesOf));
  const old = new Set(all.slice(0, from).flatMap(filesOf));
  const removed = [...old].filter((file) => !kept.has(file));
  await removeBackups(store, removed);
  return removed;
}

/** Errors: `BACKUP_MEMBER_MISSING`, `BACKUP_DAMAGED`. */
export async function requireMembers(
  store: BackupStore,
  members: readonly SiteBackupMember[],
): Promise<void> {
  for (const { name, file, sha256 } of members) {
    if (!(await store.files(file)).has(file)) {
      const message = `the backup of cluster ${name} is not beside the site's: ${file}`;
      throw new SluiceError("BACKUP_MEMBER_MISSING", "user", message, {
        hint: `put ${file} into ${store.name}`,
      });
    }
    const hash = createHash("sha256");
    for await (const chunk of store.read(file)) hash.update(chunk);
    if (hash.digest("hex") !== sha256) throw damaged(`${file} is not what was written`);
  }
}
