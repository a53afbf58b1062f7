import { type EntryDocument, entriesWithin } from "./entry.ts";
import { isCode } from "./failures.ts";
import { type RawPath, textOf } from "./file-name.ts";
import { scan } from "./folder.ts";
import type { WorkerParts } from "./parts.ts";
import { demandFolder, type Held, joined, tidy } from "./territory.ts";

export interface SearchDocument {
  readonly entries: readonly EntryDocument[];
  /** False when there was more than the limit, or too much to look at all of it. */
  readonly complete: boolean;
}

/** Beyond that is for find, on a login node. */
const MOST_FOLDERS = 50_000;
const LONGEST_MS = 20_000;

/** Folder by folder, the near ones first; links are found and not followed. */
export async function searchBelow(
  parts: WorkerParts,
  path: string,
  text: string,
  limit: number,
  signal: AbortSignal,
): Promise<SearchDocument> {
  const asked = tidy(path);
  const wanted = text.toLowerCase();
  const { clock, territory } = parts;
  const ends = clock.now().getTime() + LONGEST_MS;
  await using top = await territory.hold(asked);
  demandFolder(top, asked);

  const found: EntryDocument[] = [];
  const queue: RawPath[] = ["" as RawPath];
  let complete = true;

  const look = async (folder: Held, below: RawPath): Promise<void> => {
    const here = below === "" ? asked : joined(asked, textOf(below));
    const names: RawPath[] = [];
    for await (const { name, isFolder } of scan(folder, here, signal)) {
      if (textOf(name).toLowerCase().includes(wanted)) names.push(name);
      if (isFolder && queue.length < MOST_FOLDERS) {
        queue.push((below === "" ? name : `${below}/${name}`) as RawPath);
      } else if (isFolder) complete = false;
      if (found.length + names.length > limit || clock.now().getTime() > ends) {
        complete = false;
        break;
      }
    }
    const wantedNames = names.slice(0, limit - found.length);
    found.push(...(await entriesWithin(parts, folder, wantedNames, here)));
  };

  for (let at = 0; at < queue.length && complete; at++) {
    const below = queue[at] as RawPath;
    try {
      if (below === "") {
        await look(top, below);
      } else {
        await using folder = await territory.within(top, below, asked);
        if (folder.kind === "folder") await look(folder, below);
      }
    } catch (error) {
      // What the user may not read, and what went meanwhile, has nothing to be found.
      if (!isCode(error, "FILE_DENIED", "FILE_NOT_FOUND", "FILE_NOT_SUITABLE", "FILE_OUTSIDE")) {
        throw error;
      }
    }
  }
  return { entries: found, complete };
}
