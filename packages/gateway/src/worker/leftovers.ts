import { type RawPath, shown } from "./file-name.ts";
import { scan } from "./folder.ts";
import type { WorkerParts } from "./parts.ts";
import { removeWithin } from "./remove.ts";
import type { Held } from "./territory.ts";

/**
 * What is being made lies beside what it will be. After so long without a byte a file is of a worker
 * that was killed; no copy of a folder takes a day.
 */
const ABANDONED_MS = { write: 10 * 60_000, copy: 24 * 3_600_000 } as const;
type Kind = keyof typeof ABANDONED_MS;

const NAME = /^\.sluice-(write|copy)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const AGAIN_MS = 3_600_000;
const MOST_NAMES = 50_000;
const MOST_FOLDERS = 1000;

/** Folders that were looked through by this worker, and when. */
const lookedThrough = new Map<string, number>();

/** A name that nothing has. */
export function nameBeside(parts: WorkerParts, kind: Kind): RawPath {
  return `.sluice-${kind}-${parts.newId()}` as RawPath;
}

/**
 * Removes from a folder that is about to be written to what workers of this user left there. Once an
 * hour, and in a folder of many only as far as that takes no time that anybody notices.
 */
export async function clearLeftovers(parts: WorkerParts, folder: Held): Promise<void> {
  const id = `${folder.stat.dev}:${folder.stat.ino}`;
  const now = parts.clock.now().getTime();
  if (now - (lookedThrough.get(id) ?? -Infinity) < AGAIN_MS) return;
  if (lookedThrough.size >= MOST_FOLDERS) lookedThrough.clear();
  lookedThrough.set(id, now);
  const path = shown(folder.location);
  try {
    const found: { readonly name: RawPath; readonly kind: Kind }[] = [];
    let count = 0;
    for await (const { name } of scan(folder, path)) {
      const kind = NAME.exec(name)?.[1] as Kind | undefined;
      if (kind !== undefined) found.push({ name, kind });
      count += 1;
      if (count === MOST_NAMES) break;
    }
    for (const { name, kind } of found) {
      await using left = await parts.territory.within(folder, name, path);
      const isOurs = Number(left.stat.uid) === process.getuid?.();
      if (!isOurs || now - Number(left.stat.mtimeMs) < ABANDONED_MS[kind]) continue;
      await removeWithin(parts, folder, name, path, 0);
    }
  } catch {
    // What is in the way of tidying is not in the way of the writing.
  }
}
