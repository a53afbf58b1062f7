import {
  constants,
  copyFile,
  mkdir,
  readlink,
  rename,
  rmdir,
  symlink,
  unlink,
} from "node:fs/promises";
import { renameToNew, syncFolder, writeBeside } from "./beside.ts";
import { type EntryDocument, entryWithin, inParallel } from "./entry.ts";
import { about, exists, isCode, notSuitable } from "./failures.ts";
import { shown, textOf } from "./file-name.ts";
import { clearLeftovers, nameBeside } from "./leftovers.ts";
import type { WorkerParts } from "./parts.ts";
import { batchesOf, demandDepth, removeWithin } from "./remove.ts";
import {
  demandFolder,
  type Held,
  inside,
  joined,
  numbered,
  openHeld,
  type Spot,
  tidy,
} from "./territory.ts";

export async function makeFolder(
  parts: WorkerParts,
  path: string,
  options: { readonly parents?: boolean | undefined; readonly mode?: number | undefined },
): Promise<EntryDocument> {
  const asked = tidy(path);
  if (options.parents === true) await makeParents(parts, asked);
  await using spot = await parts.territory.spot(asked);
  await about(asked, async () => {
    try {
      await mkdir(inside(spot.folder, spot.name), options.mode ?? 0o777);
    } catch (error) {
      if (!isCode(error, "EEXIST") || options.parents !== true) throw error;
      await using there = await parts.territory.through(spot.folder, spot.name, asked);
      demandFolder(there, asked);
    }
    await syncFolder(spot.folder);
  });
  return await entryWithin(parts, spot.folder, spot.name, asked);
}

async function makeParents(parts: WorkerParts, path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = parentOf(path); ; at = parentOf(at)) {
    try {
      await using held = await parts.territory.hold(at);
      demandFolder(held, at);
      break;
    } catch (error) {
      if (!isCode(error, "FILE_NOT_FOUND")) throw error;
      missing.unshift(at);
    }
  }
  for (const folder of missing) {
    await using spot = await parts.territory.spot(folder);
    await mkdir(inside(spot.folder, spot.name)).catch((error: unknown) => {
      if (!isCode(error, "EEXIST")) throw error;
    });
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

export async function renameEntry(
  parts: WorkerParts,
  from: string,
  to: string,
  { overwrite = false }: { readonly overwrite?: boolean | undefined },
): Promise<EntryDocument> {
  const asked = { from: tidy(from), to: tidy(to) };
  await using source = await parts.territory.spot(asked.from);
  await using target = await parts.territory.spot(asked.to);
  await using held = await parts.territory.within(source.folder, source.name, asked.from);
  await demandNoRoot(parts, held, asked.from);
  await about(asked.to, async () => {
    const paths = [inside(source.folder, source.name), inside(target.folder, target.name)] as const;
    if (overwrite) await rename(...paths);
    else if (held.kind === "folder") {
      await demandNothing(parts, target);
      await rename(...paths);
    } else await renameToNew(...paths, asked.to);
    await syncFolder(target.folder);
    await syncFolder(source.folder);
  });
  return await entryWithin(parts, target.folder, target.name, asked.to);
}

/** Links stay links, and what is neither file, folder nor link is left out. Whole, or not at all. */
export async function copyEntry(
  parts: WorkerParts,
  from: string,
  to: string,
  { overwrite = false }: { readonly overwrite?: boolean | undefined },
  signal: AbortSignal,
): Promise<EntryDocument> {
  const asked = { from: tidy(from), to: tidy(to) };
  await using source = await parts.territory.hold(asked.from);
  if (source.kind === "file") {
    const mode = Number(source.stat.mode & 0o777n);
    return await writeBeside(parts, asked.to, { overwrite, mode }, (handle) =>
      copyFile(numbered(source.handle), numbered(handle), constants.COPYFILE_FICLONE),
    );
  }
  if (source.kind !== "folder") throw notSuitable(`${shown(asked.from)} is no file and no folder`);
  await using target = await parts.territory.spot(asked.to);
  await demandNothing(parts, target);
  if (`${target.folder.location}/`.startsWith(`${source.location}/`)) {
    throw notSuitable(`${shown(asked.to)} is inside ${shown(asked.from)}`);
  }
  await clearLeftovers(parts, target.folder);
  const beside = nameBeside(parts, "copy");
  await about(asked.to, async () => {
    try {
      await copyFolder(parts, source, { ...target, name: beside }, asked.from, signal, 0);
      await demandNothing(parts, target);
      await rename(inside(target.folder, beside), inside(target.folder, target.name));
    } catch (error) {
      await removeWithin(parts, target.folder, beside, asked.to, 0).catch(() => undefined);
      throw error;
    }
    await syncFolder(target.folder);
  });
  return await entryWithin(parts, target.folder, target.name, asked.to);
}

async function copyFolder(
  parts: WorkerParts,
  source: Held,
  target: Pick<Spot, "folder" | "name">,
  path: string,
  signal: AbortSignal,
  depth: number,
): Promise<void> {
  demandDepth(depth, path);
  await mkdir(inside(target.folder, target.name), 0o700);
  await using made = await parts.territory.within(target.folder, target.name, path);
  for await (const names of batchesOf(source, path, signal)) {
    await inParallel(names, async (name) => {
      const child = joined(path, textOf(name));
      await using held = await parts.territory.within(source, name, child);
      const to = inside(made, name);
      if (held.kind === "file") {
        await about(child, () =>
          copyFile(numbered(held.handle), to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE),
        );
      } else if (held.kind === "link") {
        await symlink(await readlink(inside(source, name), { encoding: "buffer" }), to);
      }
    });
    // Folders one after the other: each holds descriptors.
    for (const name of names) {
      await using held = await parts.territory.within(source, name, path);
      if (held.kind !== "folder") continue;
      const child = joined(path, textOf(name));
      await copyFolder(parts, held, { folder: made, name }, child, signal, depth + 1);
    }
  }
  await using handle = await openHeld(made, path);
  await handle.chmod(Number(source.stat.mode & 0o7777n));
}

/** Links are removed, not what they lead to. Another disk that is mounted below stays. */
export async function removeEntry(
  parts: WorkerParts,
  path: string,
  { recursive = false }: { readonly recursive?: boolean | undefined },
): Promise<void> {
  const asked = tidy(path);
  await using spot = await parts.territory.spot(asked);
  await about(asked, async () => {
    {
      await using held = await parts.territory.within(spot.folder, spot.name, asked);
      await demandNoRoot(parts, held, asked);
      if (held.kind === "folder" && !recursive) await rmdir(inside(spot.folder, spot.name));
      else if (held.kind !== "folder") await unlink(inside(spot.folder, spot.name));
    }
    if (recursive) await removeWithin(parts, spot.folder, spot.name, asked, 0);
    await syncFolder(spot.folder);
  });
}

async function demandNothing(parts: WorkerParts, { folder, name, asked }: Spot): Promise<void> {
  try {
    await using _ = await parts.territory.within(folder, name, asked);
  } catch (error) {
    if (isCode(error, "FILE_NOT_FOUND")) return;
    throw error;
  }
  throw exists(asked);
}

async function demandNoRoot(parts: WorkerParts, held: Held, path: string): Promise<void> {
  if (!(await parts.territory.isRoot(held))) return;
  throw notSuitable(`${shown(path)} is where files begin: it stays`);
}
