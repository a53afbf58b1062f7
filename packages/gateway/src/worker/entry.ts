import type { BigIntStats } from "node:fs";
import { readlink } from "node:fs/promises";
import type { FileEntry } from "../user-worker.ts";
import { isCode } from "./failures.ts";
import { type RawPath, rawOf, textOf } from "./file-name.ts";
import type { WorkerParts } from "./parts.ts";
import { type Held, inside, joined } from "./territory.ts";

/** A file as JSON has it. */
export type EntryDocument = Omit<FileEntry, "modified"> & { readonly modified: string };

const AT_ONCE = 16;

/**
 * Another one when the content may be another. The inode tells what was renamed over, the time of
 * change what was written within one tick of the clock or given an older time.
 */
export function etagOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].map((number) => number.toString(36)).join("-");
}

/** Of something that is held, under the name by which it was asked for. */
export async function entryOf(
  parts: WorkerParts,
  held: Held,
  path: string,
): Promise<EntryDocument> {
  const { owners } = parts;
  const { stat, kind } = held;
  await owners.learn([Number(stat.uid)], [Number(stat.gid)]);
  return {
    path,
    name: path.slice(path.lastIndexOf("/") + 1),
    kind,
    size: Number(stat.size),
    modified: stat.mtime.toISOString(),
    mode: Number(stat.mode & 0o7777n),
    owner: owners.nameOfUser(Number(stat.uid)),
    group: owners.nameOfGroup(Number(stat.gid)),
    etag: etagOf(stat),
  };
}

/** Of a name in a folder; of a link also where it leads. */
export async function entryWithin(
  parts: WorkerParts,
  folder: Held,
  name: RawPath,
  path: string,
): Promise<EntryDocument> {
  await using held = await parts.territory.within(folder, name, path);
  const entry = await entryOf(parts, held, path);
  return held.kind === "link" ? { ...entry, ...(await linkOf(parts, folder, name, path)) } : entry;
}

/** In the order of `names`; what is gone by now is left out. */
export async function entriesWithin(
  parts: WorkerParts,
  folder: Held,
  names: readonly RawPath[],
  path: string,
): Promise<readonly EntryDocument[]> {
  return (
    await inParallel(names, async (name) => {
      try {
        return [await entryWithin(parts, folder, name, joined(path, textOf(name)))];
      } catch (error) {
        if (isCode(error, "FILE_NOT_FOUND", "FILE_OUTSIDE")) return [];
        throw error;
      }
    })
  ).flat();
}

async function linkOf({ territory }: WorkerParts, folder: Held, name: RawPath, path: string) {
  try {
    const leadsTo = textOf(rawOf(await readlink(inside(folder, name), { encoding: "buffer" })));
    try {
      await using target = await territory.through(folder, name, path);
      return { leadsTo, leadsToKind: target.kind };
    } catch {
      return { leadsTo };
    }
  } catch {
    return {};
  }
}

/** All of them, a few at a time, results in their order. After a failure none is begun. */
export async function inParallel<In, Out>(
  items: readonly In[],
  work: (item: In) => Promise<Out>,
): Promise<readonly Out[]> {
  const results: Out[] = new Array(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    try {
      while (next < items.length) {
        const at = next++;
        results[at] = await work(items[at] as In);
      }
    } catch (error) {
      next = items.length;
      throw error;
    }
  };
  const lanes = Array.from({ length: Math.min(AT_ONCE, items.length) }, lane);
  for (const end of await Promise.allSettled(lanes)) {
    if (end.status === "rejected") throw end.reason;
  }
  return results;
}
