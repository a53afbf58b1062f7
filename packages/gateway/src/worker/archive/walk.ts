import { readlink } from "node:fs/promises";
import type { Readable } from "node:stream";
import { isCode, notSuitable } from "../failures.ts";
import { type RawPath, rawOf, rawOfText, shown, textOf } from "../file-name.ts";
import { fileStream } from "../file-stream.ts";
import type { WorkerParts } from "../parts.ts";
import { batchesOf, demandDepth } from "../remove.ts";
import { type Held, inside, joined, openHeld, tidy } from "../territory.ts";

/** Something that goes into an archive; held until the next one is asked for. */
export interface Walked {
  /** In the archive: relative, with `/` between folders and none at the end. */
  readonly name: RawPath;
  readonly path: string;
  readonly held: Held;
  /** Of a link. */
  readonly leadsTo: RawPath;
}

/**
 * Everything below these paths, folders before what is in them. Links stay links, but for the paths
 * themselves, which are followed. What is neither file, folder nor link, and what goes meanwhile, is
 * left out.
 */
export async function* walk(
  parts: WorkerParts,
  paths: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Walked> {
  const taken = new Set<string>();
  for (const path of paths.map(tidy)) {
    const name = rawOfText(path.slice(path.lastIndexOf("/") + 1) || "files");
    if (taken.has(name)) throw notSuitable(`two of these are called ${shown(textOf(name))}`);
    taken.add(name);
    await using held = await parts.territory.hold(path);
    yield* walkHeld(parts, { name, path, held, leadsTo: "" as RawPath }, signal, 0);
  }
}

async function* walkHeld(
  parts: WorkerParts,
  walked: Walked,
  signal: AbortSignal,
  depth: number,
): AsyncGenerator<Walked> {
  const { held, path, name } = walked;
  if (held.kind === "other") return;
  yield walked;
  if (held.kind !== "folder") return;
  demandDepth(depth, path);
  for await (const names of batchesOf(held, path, signal)) {
    for (const child of names) {
      const below = `${name}/${child}` as RawPath;
      yield* walkName(parts, held, child, below, joined(path, textOf(child)), signal, depth + 1);
    }
  }
}

async function* walkName(
  parts: WorkerParts,
  folder: Held,
  child: RawPath,
  name: RawPath,
  path: string,
  signal: AbortSignal,
  depth: number,
): AsyncGenerator<Walked> {
  let found: Held;
  let leadsTo = "" as RawPath;
  try {
    found = await parts.territory.within(folder, child, path);
  } catch (error) {
    if (isCode(error, "FILE_NOT_FOUND")) return;
    throw error;
  }
  await using held = found;
  if (held.kind === "link") {
    const target = await readlink(inside(folder, child), { encoding: "buffer" }).catch(
      () => undefined,
    );
    if (target === undefined) return;
    leadsTo = rawOf(target);
  }
  yield* walkHeld(parts, { name, path, held, leadsTo }, signal, depth);
}

/**
 * As many bytes as the file had when it was looked at: what is written meanwhile is left out, and
 * what is cut off is zeros. Undefined for what the user may not read.
 */
export async function contentOf({ held, path }: Walked): Promise<Readable | undefined> {
  try {
    const handle = await openHeld(held, path);
    return fileStream(handle, {
      start: 0,
      end: Number(held.stat.size),
      whenShorter: "zeros",
      path,
    });
  } catch (error) {
    if (isCode(error, "FILE_DENIED", "FILE_NOT_FOUND")) return undefined;
    throw error;
  }
}
