import { BACKUP_SUFFIX, type BackupRecord, parseRecord } from "./manifest.ts";

/** What was written of a backup, before it counts. */
export interface Written {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

export interface WriteBackup<R> {
  /** Its name: an owner, a second in UTC, a suffix. */
  readonly file: string;
  /** Sealed. */
  readonly content: AsyncIterable<Uint8Array>;
  /** What is put beside it, asked for when `content` has ended. When it throws there is no backup. */
  readonly record: (written: Written) => R | Promise<R>;
}

/** Where backups are kept, of several clusters and sites, each with its record beside it. */
export interface BackupStore {
  /** For people: a folder, or `s3://bucket/prefix`. */
  readonly name: string;
  /** Bytes by name, of files whose names begin so. */
  files(begin: string): Promise<ReadonlyMap<string, number>>;
  /** A small file. */
  text(file: string): Promise<string>;
  read(file: string): AsyncIterable<Uint8Array>;
  /**
   * Writes one. It counts when this resolves, and nothing is left when it rejects. What earlier ones
   * that were killed left behind goes.
   */
  write<R>(backup: WriteBackup<R>): Promise<R>;
  /** Those that are gone are fine. */
  remove(files: readonly string[]): Promise<void>;
}

/** Name of what lies beside a backup. */
export function recordFileOf(file: string): string {
  return `${file.slice(0, -BACKUP_SUFFIX.length)}.json`;
}

const STAMP = /^\d{8}T\d{6}Z$/;

/** Parts of a backup's name: `demo-20261122T010336Z.tar.zst.age`. */
export interface NameParts {
  readonly owner: string;
  readonly stamp: string;
  /** With its dot, such as `.site.tar.zst.age`. */
  readonly suffix: string;
}

/** Undefined for a name that no backup has. */
export function partsOf(name: string): NameParts | undefined {
  const match = /^(.+)-(\d{8}T\d{6}Z)((?:\.[a-z]+)+)$/.exec(name);
  if (match === null) return undefined;
  const [, owner = "", stamp = "", suffix = ""] = match;
  return { owner, stamp, suffix };
}

/**
 * Records of what a store has of an owner, by files whose size is what they say, oldest first.
 *
 * @param suffix of the records.
 */
export async function recordsIn<
  R extends { readonly file: string; readonly bytes: number; readonly createdAt: Date },
>(
  store: BackupStore,
  { owner, suffix }: { readonly owner: string; readonly suffix: string },
  parse: (text: string) => R | undefined,
): Promise<readonly R[]> {
  const begin = `${owner}-`;
  const files = await store.files(begin);
  const found: R[] = [];
  for (const name of files.keys()) {
    if (!name.endsWith(suffix) || !STAMP.test(name.slice(begin.length, -suffix.length))) continue;
    const record = parse(await store.text(name));
    if (record === undefined || recordFileOf(record.file) !== name) continue;
    if (files.get(record.file) === record.bytes) found.push(record);
  }
  return found.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}

/** The backups of a cluster that are whole, oldest first; others' are not looked at. */
export function backupsIn(
  store: BackupStore,
  clusterName: string,
): Promise<readonly BackupRecord[]> {
  return recordsIn(store, { owner: clusterName, suffix: ".json" }, (text) => {
    const record = parseRecord(text);
    return record?.clusterName === clusterName ? record : undefined;
  });
}

/** Removes all but the newest `keep`; at least one stays. @returns the backups that went. */
export async function keepNewest(
  store: BackupStore,
  clusterName: string,
  keep: number,
): Promise<readonly string[]> {
  const all = await backupsIn(store, clusterName);
  const old = all.slice(0, Math.max(0, all.length - Math.max(1, keep))).map(({ file }) => file);
  await removeBackups(store, old);
  return old;
}

/** With their records. */
export async function removeBackups(store: BackupStore, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  await store.remove(files.flatMap((file) => [file, recordFileOf(file)]));
}
