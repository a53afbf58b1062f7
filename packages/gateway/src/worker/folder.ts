import { lstat, opendir } from "node:fs/promises";
import { SluiceError } from "@sluice/model";
import { z } from "zod";
import type { ListOptions } from "../user-worker.ts";
import { type EntryDocument, entriesWithin, inParallel } from "./entry.ts";
import { about, isCode, notSuitable } from "./failures.ts";
import { type RawPath, rawOf, textOf } from "./file-name.ts";
import type { WorkerParts } from "./parts.ts";
import { demandFolder, type Held, inside, numbered, tidy } from "./territory.ts";

export interface FolderDocument {
  readonly path: string;
  readonly entries: readonly EntryDocument[];
  readonly next?: string;
  readonly total: number;
}

/** Other orders need something of every entry. */
const MOST_TO_SORT = 20_000;
/** Names that the kernel is asked for at once. */
const READ_AT_ONCE = 1024;

/** Where an entry stands in the order of a page: a value, and its name where values are equal. */
interface Position {
  readonly value: number;
  readonly name: RawPath;
}

/**
 * A page of a folder. The folder is read through from its beginning to its end each time, and only
 * the names of the page are kept.
 */
export async function listFolder(
  parts: WorkerParts,
  asked: string,
  options: ListOptions,
  signal: AbortSignal,
): Promise<FolderDocument> {
  const path = tidy(asked);
  await using folder = await parts.territory.hold(path);
  demandFolder(folder, path);
  const after = options.cursor === undefined ? undefined : readCursor(options.cursor, options);
  const matches = matching(options);
  const byName = (options.sort ?? "name") === "name";
  const direction = options.descending === true ? -1 : 1;
  const compare = (a: Position, b: Position): number =>
    direction * (a.value - b.value || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

  const page = new Smallest(options.limit + 1, compare);
  const consider = (position: Position): void => {
    if (after === undefined || compare(position, after) > 0) page.add(position);
  };

  let total = 0;
  const toSort: RawPath[] = [];
  for await (const { name } of scan(folder, path, signal)) {
    if (!matches(name)) continue;
    total++;
    if (byName) consider({ value: 0, name });
    else if (toSort.push(name) > MOST_TO_SORT) throw tooManyToSort();
  }
  for (const position of await positionsOf(folder, toSort, options)) consider(position);

  const kept = page.sorted();
  const shown = kept.slice(0, options.limit);
  const last = shown.at(-1);
  const entries = await entriesWithin(
    parts,
    folder,
    shown.map(({ name }) => name),
    path,
  );
  return {
    path,
    entries,
    total,
    ...(kept.length > shown.length && last !== undefined
      ? { next: writeCursor(last, options) }
      : {}),
  };
}

/** What a folder has, in the order in which the disk has it. */
export async function* scan(
  folder: Held,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly name: RawPath; readonly isFolder: boolean }> {
  const opened = await about(path, () =>
    // The types of Node know of no names as bytes here.
    opendir(numbered(folder.handle), {
      encoding: "buffer" as BufferEncoding,
      bufferSize: READ_AT_ONCE,
    }),
  );
  try {
    for (;;) {
      signal?.throwIfAborted();
      const entry = await opened.read().catch((error: unknown) => {
        // Some file systems don't say the kind of an entry, and Node looks: it may be gone by then.
        if (isCode(error, "ENOENT")) return undefined;
        throw error;
      });
      if (entry === null) return;
      if (entry === undefined) continue;
      yield { name: rawOf(entry.name as unknown as Buffer), isFolder: entry.isDirectory() };
    }
  } finally {
    await opened.close();
  }
}

/** The few that come first of many, in bounded space. */
class Smallest<Item> {
  readonly #count: number;
  readonly #compare: (a: Item, b: Item) => number;
  #items: Item[] = [];
  #limit: Item | undefined;

  constructor(count: number, compare: (a: Item, b: Item) => number) {
    this.#count = count;
    this.#compare = compare;
  }

  add(item: Item): void {
    if (this.#limit !== undefined && this.#compare(item, this.#limit) >= 0) return;
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#count + 64) {
      this.#items = this.sorted();
      this.#limit = this.#items.at(-1);
    }
  }

  sorted(): Item[] {
    return this.#items.toSorted(this.#compare).slice(0, this.#count);
  }
}

function matching({ contains, hidden }: ListOptions): (name: RawPath) => boolean {
  const wanted = contains?.toLowerCase();
  return (name) =>
    (hidden === true || !name.startsWith(".")) &&
    (wanted === undefined || textOf(name).toLowerCase().includes(wanted));
}

async function positionsOf(
  folder: Held,
  names: readonly RawPath[],
  { sort }: ListOptions,
): Promise<readonly Position[]> {
  const found = await inParallel(names, async (name) => {
    try {
      const { size, mtimeMs } = await lstat(inside(folder, name));
      return [{ name, value: sort === "size" ? size : mtimeMs }];
    } catch {
      return [];
    }
  });
  return found.flat();
}

const cursorSchema = z.tuple([z.string(), z.number(), z.string()]);

function orderOf({ sort = "name", descending = false }: ListOptions): string {
  return `${sort}${descending ? "-" : "+"}`;
}

function writeCursor({ value, name }: Position, options: ListOptions): string {
  // The name as bytes: it may be none in Unicode.
  return Buffer.from(JSON.stringify([orderOf(options), value, name])).toString("base64url");
}

function readCursor(cursor: string, options: ListOptions): Position {
  try {
    const text = Buffer.from(cursor, "base64url").toString("utf8");
    const [order, value, name] = cursorSchema.parse(JSON.parse(text));
    if (order === orderOf(options)) return { value, name: name as RawPath };
  } catch {
    // Told below.
  }
  throw new SluiceError("PAGE_CURSOR_INVALID", "user", "the cursor is of no page of this list", {
    hint: "Give `next` of a page as it was, with the same order.",
  });
}

function tooManyToSort(): SluiceError {
  return notSuitable(
    `the folder has more than ${MOST_TO_SORT.toLocaleString("en")} entries, and can be listed by name only`,
    "List it by name, or give a part of the names.",
  );
}
