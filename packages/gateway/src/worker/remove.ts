import { rmdir, unlink } from "node:fs/promises";
import { inParallel } from "./entry.ts";
import { about, isCode, notSuitable } from "./failures.ts";
import { type RawPath, shown, textOf } from "./file-name.ts";
import { scan } from "./folder.ts";
import type { WorkerParts } from "./parts.ts";
import { type Held, inside, joined, MAX_DEPTH } from "./territory.ts";

/** How many names of a folder are held while what they stand for is worked on. */
const BATCH = 256;
/** Some file systems leave out entries while others are removed. */
const PASSES = 5;

/** What a name in a folder is, with all below it; another disk that is mounted there stays. */
export async function removeWithin(
  parts: WorkerParts,
  folder: Held,
  name: RawPath,
  path: string,
  depth: number,
): Promise<void> {
  demandDepth(depth, path);
  let found: Held;
  try {
    found = await parts.territory.within(folder, name, path);
  } catch (error) {
    if (isCode(error, "FILE_NOT_FOUND")) return;
    throw error;
  }
  await using held = found;
  if (held.kind !== "folder") {
    await unlink(inside(folder, name)).catch(ignoreGone);
    return;
  }
  if (held.stat.dev !== folder.stat.dev) {
    throw notSuitable(`${shown(path)} is another disk, and is not removed`);
  }
  for (let pass = 1; ; pass++) {
    await removeContent(parts, held, path, depth);
    try {
      await rmdir(inside(folder, name));
      return;
    } catch (error) {
      if (isCode(error, "ENOENT")) return;
      if (!isCode(error, "ENOTEMPTY", "EEXIST") || pass === PASSES) throw error;
    }
  }
}

async function removeContent(
  parts: WorkerParts,
  folder: Held,
  path: string,
  depth: number,
): Promise<void> {
  for await (const names of batchesOf(folder, path)) {
    const folders = await inParallel(names, async (name) => {
      try {
        await unlink(inside(folder, name));
        return [];
      } catch (error) {
        if (isCode(error, "ENOENT")) return [];
        // Linux says EISDIR of a folder; others say EPERM, which also is what they may not remove.
        if (isCode(error, "EISDIR", "EPERM")) return [name];
        throw error;
      }
    });
    for (const name of folders.flat()) {
      const child = joined(path, textOf(name));
      await about(child, () => removeWithin(parts, folder, name, child, depth + 1));
    }
  }
}

/** Names in handfuls, so that a folder of any size takes bounded space. */
export async function* batchesOf(
  folder: Held,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly RawPath[]> {
  let batch: RawPath[] = [];
  for await (const { name } of scan(folder, path, signal)) {
    if (batch.push(name) < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

export function demandDepth(depth: number, path: string): void {
  if (depth <= MAX_DEPTH) return;
  throw notSuitable(`more than ${MAX_DEPTH} folders are inside each other: ${shown(path)}`);
}

function ignoreGone(error: unknown): void {
  if (!isCode(error, "ENOENT")) throw error;
}
