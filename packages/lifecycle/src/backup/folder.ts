import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  BACKUP_SUFFIX,
  type BackupManifest,
  type BackupRecord,
  backupName,
  parseRecord,
} from "./manifest.ts";

/** What is being written has it behind its name. */
const UNFINISHED = ".part";
const UNFINISHED_NAME = /-([0-9a-f-]{36}|\d{8}T\d{6}Z\.json)\.part$/;

/** The backups of a cluster in a folder that are whole, oldest first; others' are not looked at. */
export function backupsIn(folder: string, clusterName: string): readonly BackupRecord[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${clusterName}-`) && name.endsWith(".json"))
    .flatMap((name) => {
      const record = parseRecord(readFileSync(join(folder, name), "utf8"));
      const isOurs = record?.clusterName === clusterName && fileOf(name) === record.file;
      return isOurs && sizeOf(join(folder, record.file)) === record.bytes ? [record] : [];
    })
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

/** A backup that has no name yet, in the folder where it will have one. */
export interface UnnamedBackup {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a backup to the disk, as a file that nobody takes for one. What an earlier one that was
 * killed left behind goes. When it rejects, nothing is left.
 *
 * @param content sealed.
 */
export async function writeUnnamed(
  folder: string,
  clusterName: string,
  content: AsyncIterable<Uint8Array>,
): Promise<UnnamedBackup> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  removeUnfinished(folder, clusterName);
  const path = join(folder, `${clusterName}-${randomUUID()}${UNFINISHED}`);
  const hash = createHash("sha256");
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  // Open before anything may fail, or it could appear when it was removed already.
  const file = await open(path, "wx", 0o600);
  try {
    await pipeline(counted(), file.createWriteStream({ flush: true }));
    return { path, bytes, sha256: hash.digest("hex") };
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** Gives it its name, and puts beside it what it is: from here on it counts. */
export async function nameBackup(
  folder: string,
  { path, bytes, sha256 }: UnnamedBackup,
  about: BackupManifest & Pick<BackupRecord, "recipients" | "contents">,
): Promise<BackupRecord> {
  const name = backupName(about);
  const file = `${name}${BACKUP_SUFFIX}`;
  return putBeside(folder, path, `${name}.json`, { ...about, file, bytes, sha256 });
}

/** Names the file at `path` as its record says; the record is there first. */
export async function putBeside<R extends { readonly file: string }>(
  folder: string,
  path: string,
  recordFile: string,
  record: R,
): Promise<R> {
  try {
    // Alone it counts for nothing, and is removed by the next.
    await writeDurably(join(folder, recordFile), `${JSON.stringify(record, undefined, 2)}\n`);
    await rename(path, join(folder, record.file));
    await sync(folder);
    return record;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** Removes all but the newest `keep`; at least one stays. */
export function keepNewest(folder: string, clusterName: string, keep: number): readonly string[] {
  const all = backupsIn(folder, clusterName);
  const old = all.slice(0, Math.max(0, all.length - Math.max(1, keep)));
  for (const { file } of old) {
    rmSync(join(folder, file), { force: true });
    rmSync(join(folder, recordFileOf(file)), { force: true });
  }
  return old.map(({ file }) => file);
}

function removeUnfinished(folder: string, clusterName: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${clusterName}-`)) continue;
    const isAlone = isOfBackup(name) && !existsSync(join(folder, fileOf(name)));
    if (UNFINISHED_NAME.test(name) || isAlone) rmSync(join(folder, name), { force: true });
  }
}

function isOfBackup(name: string): boolean {
  return /-\d{8}T\d{6}Z\.json$/.test(name);
}

function fileOf(recordFile: string): string {
  return `${recordFile.slice(0, -".json".length)}${BACKUP_SUFFIX}`;
}

function recordFileOf(file: string): string {
  return `${file.slice(0, -BACKUP_SUFFIX.length)}.json`;
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** A small file that is whole or not there, also after a loss of power. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(`${path}${UNFINISHED}`, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}${UNFINISHED}`, path);
}

/** Has the names of a folder on the disk. */
export async function sync(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync();
  await handle.close();
}
