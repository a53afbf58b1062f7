import { join } from "node:path";
import { HEAD_LAYOUT } from "@sluice/boot";
import type { HeadCloud } from "@sluice/cloud";
import { type BackupStore, bucketStore, folderStore } from "@sluice/lifecycle/backup";
import { type ClusterConfig, SluiceError } from "@sluice/model";

/** Where backups are on a head that reaches no buckets, unless its cluster file says another folder. */
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

/**
 * Where this cluster's backups go: where its file says, else into the cloud's bucket, else into a folder
 * of its volume. Errors: `BACKUP_TARGET_UNSUPPORTED`.
 */
export function backupStoreOf({
  config: { Backup },
  cloud: { objects },
}: {
  readonly config: Pick<ClusterConfig, "Backup">;
  readonly cloud: Pick<HeadCloud, "objects">;
}): BackupStore {
  return backupStoreAt(Backup?.To ?? objects?.backups ?? BACKUP_FOLDER, objects);
}

/** A folder, or a place in a bucket. Errors: `BACKUP_TARGET_UNSUPPORTED`. */
export function backupStoreAt(to: string, objects: HeadCloud["objects"]): BackupStore {
  if (to.startsWith("/")) return folderStore(to);
  if (objects !== undefined) return bucketStore(objects.open(to));
  throw new SluiceError(
    "BACKUP_TARGET_UNSUPPORTED",
    "user",
    `the head has no rights to put backups into ${to}`,
    { hint: `name a folder as Backup.To, or have cron call: sluice backup --to ${to}` },
  );
}
