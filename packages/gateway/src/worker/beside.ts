import { access, constants, type FileHandle, link, open, rename, unlink } from "node:fs/promises";
import { type EntryDocument, entryOf, etagOf } from "./entry.ts";
import { about, changed, denied, exists, isCode, notFound, notSuitable } from "./failures.ts";
import { type RawPath, shown, textOf } from "./file-name.ts";
import { clearLeftovers, nameBeside } from "./leftovers.ts";
import type { WorkerParts } from "./parts.ts";
import { type Held, inside, numbered, type Spot, tidy } from "./territory.ts";
import { createTurns } from "./turns.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** What may take the place of what is there. */
export interface Replacing {
  readonly overwrite?: boolean | undefined;
  /** Only over this content; something has to be there. */
  readonly ifMatch?: string | undefined;
  /** Missing: that of the file that was there, or what the umask leaves of 0o666. */
  readonly mode?: number | undefined;
}

const inTurn = createTurns();

/**
 * Where a file is written that goes to `path`: of a link, where it leads, so that the link stays.
 * The folder is held from here on.
 */
export async function spotOfContent(parts: WorkerParts, path: string): Promise<Spot> {
  const spot = await parts.territory.spot(path);
  try {
    await using here = await parts.territory.within(spot.folder, spot.name, path);
    if (here.kind !== "link") return spot;
    await using target = await parts.territory
      .through(spot.folder, spot.name, path)
      .catch((error: unknown) => {
        if (!isCode(error, "FILE_NOT_FOUND")) throw error;
        throw notSuitable(`${shown(path)} is a link that leads to nothing`);
      });
    const there = await parts.territory.spot(textOf(target.location));
    await spot.folder.handle.close();
    return { ...there, asked: path };
  } catch (error) {
    if (isCode(error, "FILE_NOT_FOUND")) return spot;
    await spot.folder.handle.close();
    throw error;
  }
}

/** A new file beside the target, and what makes it the target. */
export async function writeBeside(
  parts: WorkerParts,
  path: string,
  replacing: Replacing,
  fill: (handle: FileHandle) => Promise<void>,
): Promise<EntryDocument> {
  const asked = tidy(path);
  await using spot = await spotOfContent(parts, asked);
  await demandReplaceable(parts, spot, replacing);
  await clearLeftovers(parts, spot.folder);
  const name = nameBeside(parts, "write");
  const handle = await about(asked, () =>
    open(inside(spot.folder, name), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600),
  );
  let isPlaced = false;
  try {
    await about(asked, async () => {
      await fill(handle);
      await place(parts, spot, { name, handle }, replacing);
    });
    isPlaced = true;
  } finally {
    await handle.close();
    if (!isPlaced) await unlink(inside(spot.folder, name)).catch(() => undefined);
  }
  await using placed = await parts.territory.within(spot.folder, spot.name, asked);
  return await entryOf(parts, placed, asked);
}

/**
 * Gives a file that lies beside its target the target's name, whole and durable. The check of what
 * is there and the renaming are one as far as this worker goes; the file system has no way to make
 * them one for everybody.
 */
export async function place(
  parts: WorkerParts,
  spot: Spot,
  beside: { readonly name: RawPath; readonly handle: FileHandle },
  replacing: Replacing,
): Promise<void> {
  const { folder, name, asked } = spot;
  const from = inside(folder, beside.name);
  const to = inside(folder, name);
  await inTurn(`${folder.stat.dev}:${folder.stat.ino}/${name}`, () =>
    about(asked, async () => {
      const former = await demandReplaceable(parts, spot, replacing);
      await beside.handle.chmod(replacing.mode ?? former?.mode ?? 0o666 & ~parts.umask);
      if (former !== undefined) {
        // Of a group that the user is not in, it can't stay.
        await beside.handle.chown(-1, former.gid).catch(() => undefined);
      }
      await beside.handle.sync();
      if (mayReplace(replacing)) await rename(from, to);
      else await renameToNew(from, to, asked);
      await syncFolder(folder);
    }),
  );
}

/** Mode and group of what will be replaced; throws where it may not be. */
export async function demandReplaceable(
  { territory }: WorkerParts,
  { folder, name, asked }: Spot,
  replacing: Replacing,
): Promise<{ readonly mode: number; readonly gid: number } | undefined> {
  let target: Held;
  try {
    target = await territory.within(folder, name, asked);
  } catch (error) {
    if (!isCode(error, "FILE_NOT_FOUND")) throw error;
    if (replacing.ifMatch !== undefined) throw notFound(asked);
    return undefined;
  }
  await using held = target;
  if (!mayReplace(replacing)) throw exists(asked);
  if (held.kind !== "file") throw notSuitable(`${shown(asked)} is no file to write over`);
  if (replacing.ifMatch !== undefined && etagOf(held.stat) !== replacing.ifMatch) {
    throw changed(asked);
  }
  // Renaming asks only the folder: what may not be written to is not replaced either.
  await access(numbered(held.handle), constants.W_OK).catch(() => {
    throw denied(asked);
  });
  return { mode: Number(held.stat.mode & 0o7777n), gid: Number(held.stat.gid) };
}

function mayReplace({ overwrite, ifMatch }: Replacing): boolean {
  return overwrite === true || ifMatch !== undefined;
}

/** Renames, unless there is something of that name. */
export async function renameToNew(from: Buffer, to: Buffer, asked: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (isCode(error, "EEXIST")) throw exists(asked);
    if (!isCode(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS")) throw error;
    // A file system without second names: the name is taken first.
    const taken = await open(to, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
    await taken.close();
    await rename(from, to);
    return;
  }
  await unlink(from);
}

/** Makes what was renamed, made or removed there outlive the machine. */
export async function syncFolder(folder: Held): Promise<void> {
  try {
    await using handle = await open(numbered(folder.handle), O_RDONLY | O_DIRECTORY);
    await handle.sync();
  } catch (error) {
    // A folder that may be written to and not read, and file systems that can't.
    if (!isCode(error, "EACCES", "EINVAL", "ENOTSUP", "EOPNOTSUPP", "EROFS")) throw error;
  }
}
