import { join } from "node:path";
import { HEAD_LAYOUT } from "@sluice/boot";
import { type ClusterConfig, SluiceError } from "@sluice/model";

/** Where backups are on a head, unless its cluster file says another folder. */
export const BACKUP_FOLDER = join(HEAD_LAYOUT.volume, "backups");
/** The cluster's own key, where its file names nobody else's. */
export const BACKUP_KEY = join(HEAD_LAYOUT.secrets, "backup.key");
/** Links to Slurm's state as it was at one moment, beside it: links lead to no other disk. */
export const STATE_LINKS = join(HEAD_LAYOUT.volume, "backup-links");
/** What is being restored, before it has its places; and what was in these before. */
export const RESTORED = join(HEAD_LAYOUT.volume, "restore");
/** On the volume: the node manager's own, and what it keeps of submissions that Slurm has not saved. */
export const CAPACITY = "capacity.sqlite";
export const MEMORIES = [CAPACITY, "submissions.sqlite"] as const;
/** Held by who makes a backup or restores one. */
export const BACKUP_LOCK = join(HEAD_LAYOUT.run, "backup.lock");
/** In memory, for what has to be a file for a moment. */
export const SCRATCH = join(HEAD_LAYOUT.run, "backup");

/** Errors: `BACKUP_TARGET_UNSUPPORTED`. */
export function backupFolderOf({ Backup }: Pick<ClusterConfig, "Backup">): string {
  const to = Backup?.To ?? BACKUP_FOLDER;
  if (to.startsWith("/")) return to;
  throw new SluiceError(
    "BACKUP_TARGET_UNSUPPORTED",
    "user",
    `backups can't be put into ${to} by the head yet`,
    { hint: "name a folder as Backup.To, or fetch them with: sluice backup --to FOLDER" },
  );
}
