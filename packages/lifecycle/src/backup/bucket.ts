import { createHash } from "node:crypto";
import type { ObjectFolder } from "@sluice/cloud";
import { textOf } from "./folder.ts";
import { type BackupStore, partsOf, recordFileOf, type WriteBackup } from "./store.ts";

/** Milliseconds after which nobody is still at what has no record: somebody was killed there. */
const UNFINISHED_AFTER = 86_400_000;

/**
 * A place in a bucket. Files are what they are in a folder, so that either can be copied into the other.
 * A backup is one object when it is whole, and counts when its record is beside it.
 */
export function bucketStore(objects: ObjectFolder): BackupStore {
  /** Records never change. */
  const known = new Map<string, string>();
  const text = async (file: string): Promise<string> => {
    const found = known.get(file) ?? (await collected(objects.read(file)));
    known.set(file, found);
    return found;
  };
  return {
    name: objects.place,
    files: (begin) => objects.list(begin),
    text,
    read: (file) => objects.read(file),
    write: (backup) => write(objects, backup),
    async remove(files) {
      await objects.remove(files);
      for (const file of files) known.delete(file);
    },
  };
}

async function write<R>(
  objects: ObjectFolder,
  { file, content, record }: WriteBackup<R>,
): Promise<R> {
  await removeUnfinished(objects, file);
  const hash = createHash("sha256");
  let bytes = 0;
  let beside: { readonly record: R } | undefined;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
    // Before the object is there: when this fails it never is.
    beside = { record: await record({ bytes, sha256: hash.digest("hex") }) };
  };
  await objects.write(file, counted());
  if (beside === undefined) throw new TypeError(`${file} was not read to its end`);
  const body = Buffer.from(textOf(beside.record));
  try {
    await objects.write(recordFileOf(file), once(body));
  } catch (error) {
    await objects.remove([file]).catch(() => {});
    throw error;
  }
  return beside.record;
}

/** Whole ones without a record, which count for nothing, of this owner and kind. */
async function removeUnfinished(objects: ObjectFolder, file: string): Promise<void> {
  const own = partsOf(file);
  if (own === undefined) return;
  const names = await objects.list(`${own.owner}-`);
  const left = [...names.keys()].filter((name) => {
    const of = partsOf(name);
    if (of?.owner !== own.owner || of.suffix !== own.suffix) return false;
    const age = timeOf(own.stamp) - timeOf(of.stamp);
    return !names.has(recordFileOf(name)) && age > UNFINISHED_AFTER;
  });
  if (left.length > 0) await objects.remove(left);
}

/** Milliseconds since 1970 of `20261122T010336Z`. */
function timeOf(stamp: string): number {
  const [, day = "", time = ""] = /^(\d{8})T(\d{6})Z$/.exec(stamp) ?? [];
  return Date.UTC(
    ...([Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6))] as const),
    ...([Number(time.slice(0, 2)), Number(time.slice(2, 4)), Number(time.slice(4))] as const),
  );
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

async function collected(content: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
