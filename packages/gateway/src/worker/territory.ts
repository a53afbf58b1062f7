import type { BigIntStats } from "node:fs";
import { constants, type FileHandle, open, readlink } from "node:fs/promises";
import { about, notSuitable, outside } from "./failures.ts";
import { bytesOf, type RawPath, rawOf, rawOfText, shown, textOf } from "./file-name.ts";

/** A folder that people may work in, with what it is called. */
export interface Root {
  readonly path: string;
  readonly name: string;
}

/** Names a file without opening it: no FIFO waits, no device wakes. The same number on all of Linux. */
const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

const MAX_PATH = 4095;
/** How many folders inside each other are walked: each is held open. */
export const MAX_DEPTH = 500;

export type Kind = "file" | "folder" | "link" | "other";

/** Something that is held, whatever becomes of its name. */
export interface Held extends AsyncDisposable {
  readonly handle: FileHandle;
  /** Where it was when it was looked at, links followed. */
  readonly location: RawPath;
  readonly stat: BigIntStats;
  readonly kind: Kind;
}

/** A name in a folder that is held. */
export interface Spot extends AsyncDisposable {
  readonly folder: Held;
  readonly name: RawPath;
  /** As it was asked for, for messages. */
  readonly asked: string;
}

/**
 * The folders that may be reached, and the one way to reach into them. What is opened is looked at
 * before it is used: where `/proc/self/fd/N` leads is where it really is, whoever swaps links
 * meanwhile. From there on it is used by that number only.
 */
export interface Territory {
  /** As they are now. */
  readonly roots: readonly Root[];
  /** What a path leads to, links followed. */
  hold(path: string): Promise<Held>;
  /** The folder that has the last part of a path, which may not be there. */
  spot(path: string): Promise<Spot>;
  /** What this name is in its folder, a link being a link. */
  within(folder: Held, name: RawPath, asked: string): Promise<Held>;
  /** Where a link of that name in that folder leads. */
  through(folder: Held, name: RawPath, asked: string): Promise<Held>;
  /** True for a root itself, which is not removed or renamed. */
  isRoot(held: Held): Promise<boolean>;
}

/** @param rootsNow gives the same list until they are others. */
export function createTerritory(rootsNow: () => readonly Root[]): Territory {
  let known = placesOf(rootsNow());

  const now = (): Places => {
    const roots = rootsNow();
    if (roots !== known.roots) known = placesOf(roots);
    return known;
  };

  const isInside = async (location: RawPath): Promise<boolean> => {
    const places = now();
    if (places.real.some((root) => isBelow(location, root))) return true;
    // A home that was made or a disk that was mounted since.
    places.real = await realOf(places.asked);
    return places.real.some((root) => isBelow(location, root));
  };

  const verified = async (held: Held, path: string): Promise<Held> => {
    if (await isInside(held.location)) return held;
    await held.handle.close();
    throw outside(path);
  };

  /** Refuses by the words alone what is elsewhere, so that nothing is learned of what is there. */
  const admitted = async (path: string): Promise<RawPath> => {
    const raw = normalised(path);
    if (now().asked.some((root) => isBelow(raw, root)) || (await isInside(raw))) return raw;
    throw outside(path);
  };

  return {
    get roots() {
      return rootsNow();
    },

    hold: (path) =>
      about(path, async () => verified(await holdAt(bytesOf(await admitted(path)), 0), path)),

    spot: (path) =>
      about(path, async () => {
        const raw = await admitted(path);
        const slash = raw.lastIndexOf("/");
        const name = raw.slice(slash + 1) as RawPath;
        if (name === "") throw notSuitable("the root of all files can't be changed");
        // The folder of a root is outside, and a root has no spot.
        if (now().asked.includes(raw)) {
          throw notSuitable(`${shown(path)} is where files begin: it stays`);
        }
        const parent = bytesOf(slash === 0 ? "/" : raw.slice(0, slash));
        const folder = await verified(await holdAt(parent, O_DIRECTORY), path);
        return {
          folder,
          name,
          asked: path,
          [Symbol.asyncDispose]: () => folder.handle.close(),
        };
      }),

    within: (folder, name, path) =>
      about(path, async () => verified(await holdAt(inside(folder, name), O_NOFOLLOW), path)),

    through: (folder, name, path) =>
      about(path, async () => verified(await holdAt(inside(folder, name), 0), path)),

    async isRoot({ location }) {
      await isInside(location);
      return now().real.includes(location);
    },
  };
}

/** Roots, as they are called and, once that was looked at, where they really are. */
interface Places {
  readonly roots: readonly Root[];
  readonly asked: readonly RawPath[];
  real: readonly RawPath[];
}

function placesOf(roots: readonly Root[]): Places {
  return { roots, asked: roots.map(({ path }) => normalised(path)), real: [] };
}

async function realOf(paths: readonly RawPath[]): Promise<readonly RawPath[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      try {
        await using held = await holdAt(bytesOf(path), O_DIRECTORY);
        return [held.location];
      } catch {
        return [];
      }
    }),
  );
  return found.flat();
}

async function holdAt(path: Buffer, flags: number): Promise<Held> {
  const handle = await open(path, O_PATH | flags);
  try {
    const [stat, target] = await Promise.all([
      handle.stat({ bigint: true }),
      readlink(numbered(handle), { encoding: "buffer" }),
    ]);
    return {
      handle,
      location: rawOf(target),
      stat,
      kind: kindOf(stat),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The path by which exactly this is reached. */
export function numbered(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

/** A name in exactly this folder. */
export function inside(folder: Held, name: RawPath): Buffer {
  return Buffer.concat([Buffer.from(`${numbered(folder.handle)}/`), bytesOf(name)]);
}

/** Opens what is held for reading. Only files and folders are ever opened. */
export async function openHeld(held: Held, path: string): Promise<FileHandle> {
  if (held.kind === "link") throw notSuitable(`${shown(path)} is a link`);
  if (held.kind === "other") throw notSuitable(`${shown(path)} is neither a file nor a folder`);
  return about(path, () => open(numbered(held.handle), O_RDONLY | O_NONBLOCK));
}

export function demandFolder(held: Held, path: string): void {
  if (held.kind !== "folder") throw notSuitable(`${shown(path)} is not a folder`);
}

export function demandFile(held: Held, path: string): void {
  if (held.kind === "folder") throw notSuitable(`${shown(path)} is a folder`);
  if (held.kind !== "file") throw notSuitable(`${shown(path)} is not a file`);
}

export function kindOf(stat: BigIntStats): Kind {
  if (stat.isFile()) return "file";
  if (stat.isDirectory()) return "folder";
  return stat.isSymbolicLink() ? "link" : "other";
}

export function isBelow(path: string, root: string): boolean {
  return root === "/" || path === root || path.startsWith(`${root}/`);
}

/** Absolute, without empty parts; `..` is refused, since what it means depends on links. */
export function normalised(path: string): RawPath {
  const raw = rawOfText(path);
  if (!raw.startsWith("/")) throw outside(path);
  if (raw.length > MAX_PATH) throw notSuitable("a path has at most 4095 bytes");
  const parts = raw.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw outside(path);
  return `/${parts.join("/")}` as RawPath;
}

/** A path and a name below it, as people see them. */
export function joined(folder: string, name: string): string {
  return `${folder === "/" ? "" : folder}/${name}`;
}

/** As asked for, without what means nothing. */
export function tidy(path: string): string {
  return textOf(normalised(path));
}
