import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { SluiceError } from "@sluice/model";
import { putBeside, type UnnamedBackup } from "./folder.ts";
import { BACKUP_SUFFIX } from "./manifest.ts";
import {
  parseSiteRecord,
  type SiteBackupMember,
  type SiteBackupRecord,
  type SiteManifest,
  siteBackupFile,
  siteRecordFile,
} from "./site-manifest.ts";
import { damaged } from "./tar.ts";

/** The backups of a site in a folder that are whole, oldest first. */
export function siteBackupsIn(folder: string, siteName: string): readonly SiteBackupRecord[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${siteName}-`) && name.endsWith(".site.json"))
    .flatMap((name) => {
      const record = parseSiteRecord(readFileSync(join(folder, name), "utf8"));
      if (record?.siteName !== siteName || siteRecordFile(record.file) !== name) return [];
      const size = statSync(join(folder, record.file), { throwIfNoEntry: false })?.size;
      return size === record.bytes ? [record] : [];
    })
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

/** Gives a backup its name, and puts beside it what it is: from here on it counts. */
export async function nameSiteBackup(
  folder: string,
  { path, bytes, sha256 }: UnnamedBackup,
  about: SiteManifest & Pick<SiteBackupRecord, "recipients">,
): Promise<SiteBackupRecord> {
  const file = siteBackupFile(about);
  return putBeside(folder, path, siteRecordFile(file), { ...about, file, bytes, sha256 });
}

/** Removes all but the newest `keep` with their clusters' backups; at least one stays. */
export function keepNewestOfSite(folder: string, site: string, keep: number): readonly string[] {
  const all = siteBackupsIn(folder, site);
  const from = Math.max(0, all.length - Math.max(1, keep));
  const filesOf = ({ file, members }: SiteBackupRecord): readonly string[] => [
    file,
    ...members.map((member) => member.file),
  ];
  const kept = new Set(all.slice(from).flatMap(filesOf));
  const old = all.slice(0, from).flatMap(filesOf);
  const removed = old.filter((file) => !kept.has(file));
  for (const file of removed) {
    rmSync(join(folder, file), { force: true });
    rmSync(join(folder, `${file.slice(0, -BACKUP_SUFFIX.length)}.json`), { force: true });
  }
  return removed;
}

/** Errors: `BACKUP_MEMBER_MISSING`, `BACKUP_DAMAGED`. */
export async function requireMembers(
  folder: string,
  members: readonly SiteBackupMember[],
): Promise<void> {
  for (const { name, file, sha256 } of members) {
    const path = join(folder, file);
    if (!existsSync(path)) {
      const message = `the backup of cluster ${name} is not beside the site's: ${file}`;
      throw new SluiceError("BACKUP_MEMBER_MISSING", "user", message, {
        hint: `put ${file} into ${folder}`,
      });
    }
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      hash.update(chunk as Buffer);
    }
    if (hash.digest("hex") !== sha256) throw damaged(`${file} is not what was written`);
  }
}
