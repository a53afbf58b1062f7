import { rmSync } from "node:fs";
import { SluiceError } from "@sluice/model";
import { errorFrom, HEAD_PROGRAM } from "../head-control.ts";
import { type ClusterOperation, requireHead, unsupported } from "../operation.ts";
import { backupsIn, keepNewest, nameBackup, writeUnnamed } from "./folder.ts";
import { type BackupRecord, parseManifest } from "./manifest.ts";

export interface KeptBackups {
  /** On the head, or here. */
  readonly folder: string;
  /** Oldest first. */
  readonly backups: readonly BackupRecord[];
}

/**
 * The backups that a cluster's head keeps.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `BACKUP_TARGET_UNSUPPORTED`.
 */
export async function listBackups(operation: ClusterOperation): Promise<KeptBackups> {
  const { folder, backups } = JSON.parse(await ask(operation, "--list")) as KeptBackups;
  return { folder, backups: backups.map(revived) };
}

export interface MadeBackup {
  /** On the head, or here. */
  readonly folder: string;
  readonly backup: BackupRecord;
  /** Older ones that went for it. */
  readonly removed: readonly string[];
}

/**
 * Makes a backup in the cluster's folder of backups on its head.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `BACKUP_BUSY`, `BACKUP_FAILED`.
 */
export async function backupCluster(operation: ClusterOperation): Promise<MadeBackup> {
  const made = JSON.parse(await ask(operation)) as MadeBackup;
  return { ...made, backup: revived(made.backup) };
}

/** The cluster's own key for backups. A secret. Errors: also `BACKUP_KEY_ELSEWHERE`. */
export async function backupKey(operation: ClusterOperation): Promise<string> {
  return ask(operation, "--key");
}

/**
 * Makes a backup and writes it into a folder here. It is encrypted on the head; nothing of it is
 * written there.
 *
 * @param operation.keep how many of this cluster stay in the folder; missing: all.
 *
 * Errors: those of `backupCluster`, `UNSUPPORTED_BY_PROVIDER`, and of the file system.
 */
export async function fetchBackup(
  operation: ClusterOperation & { readonly folder: string; readonly keep?: number },
): Promise<MadeBackup> {
  const { cloud, name, folder, keep, signal } = operation;
  await requireHead(cloud, name);
  const { shell } = cloud;
  if (shell.pipe === undefined) {
    throw unsupported("this cloud can't carry a backup from a head to here", "leave out --to");
  }
  let written: Awaited<ReturnType<typeof writeUnnamed>> | undefined;
  try {
    const argv = [HEAD_PROGRAM, "backup", "--stdout"];
    const { exitCode, stderr } = await shell.pipe(
      name,
      { argv, user: "root" },
      {
        ...(signal === undefined ? {} : { signal }),
        output: async (content) => {
          written = await writeUnnamed(folder, name, content);
        },
      },
    );
    if (exitCode !== 0 || written === undefined) throw errorSaid(stderr, "BACKUP_FAILED");
    const text = stderr.trim().split("\n").at(-1) ?? "";
    const about = JSON.parse(text) as Pick<BackupRecord, "recipients" | "contents">;
    const { recipients, contents } = about;
    const backup = await nameBackup(folder, written, {
      ...parseManifest(text),
      recipients,
      contents,
    });
    written = undefined;
    return { folder, backup, removed: keep === undefined ? [] : keepNewest(folder, name, keep) };
  } finally {
    if (written !== undefined) rmSync(written.path, { force: true });
  }
}

/** Those in a folder here, of one cluster. */
export function backupsHere(folder: string, name: string): KeptBackups {
  return { folder, backups: backupsIn(folder, name) };
}

/** As it went through JSON. Errors: `BACKUP_DAMAGED`. */
function revived(record: BackupRecord): BackupRecord {
  return { ...record, ...parseManifest(JSON.stringify(record)) };
}

async function ask(
  { cloud, name, signal }: ClusterOperation,
  ...words: readonly string[]
): Promise<string> {
  await requireHead(cloud, name);
  const { exitCode, stdout, stderr } = await cloud.shell.exec(
    name,
    { argv: [HEAD_PROGRAM, "backup", ...words], user: "root" },
    signal === undefined ? {} : { signal },
  );
  if (exitCode === 0) return stdout;
  throw errorSaid(stderr, "BACKUP_FAILED");
}

/** The error that the head's program wrote last on standard error. */
export function errorSaid(stderr: string, code: "BACKUP_FAILED" | "RESTORE_FAILED"): SluiceError {
  const lines = stderr.trim().split("\n");
  for (const line of lines.toReversed()) {
    try {
      const { error } = JSON.parse(line) as { readonly error?: unknown };
      if (error !== undefined) return errorFrom(error);
    } catch {
      // What other programs said.
    }
  }
  return new SluiceError(code, "system", lines.at(-1) || "the head gave no reason");
}
