import type { FileEntry, UserWorker } from "@sluice/gateway";
import { SluiceError } from "@sluice/model";
import type { Happening } from "./contract.ts";
import { identityHash } from "./occurrence-store.ts";
import type { FolderSource } from "./source.ts";

const PAGE = 1000;
/** Files that count, in one folder. */
const MOST_FILES = 100_000;

/** What one look at a folder gave. */
export interface FolderLook {
  /** Files that stood still for long enough, and that were not told of before. */
  readonly whole: readonly Happening[];
  /** Of everything that is there now, as identities' hashes. */
  readonly present: ReadonlySet<string>;
}

interface Standing {
  readonly etag: string;
  readonly since: number;
}

/**
 * Remembers how long each file of a folder has stood still: so long as it is seen with the same
 * content. In memory alone: after a start each file is watched anew, and what was told of is known to
 * the database.
 */
export class FolderWatch {
  #standing = new Map<string, Standing>();
  #told: Set<string>;

  /** @param told hashes of the identities that are known already. */
  constructor(told: Set<string>) {
    this.#told = told;
  }

  /** What a worker says of the folder is thrown, and `TRIGGER_FOLDER_TOO_LARGE`. */
  async look(source: FolderSource, worker: UserWorker, now: Date): Promise<FolderLook> {
    const matches = patternOf(source.pattern);
    const standing = new Map<string, Standing>();
    const present = new Set<string>();
    const whole: Happening[] = [];
    for await (const entry of entriesOf(worker, source.path)) {
      if (entry.kind !== "file" || !matches.test(entry.name)) continue;
      const before = this.#standing.get(entry.name);
      const since = before?.etag === entry.etag ? before.since : now.getTime();
      standing.set(entry.name, { etag: entry.etag, since });
      if (standing.size > MOST_FILES) throw tooLarge(source);
      const happening = happeningOf(entry);
      const hash = identityHash(happening.identity);
      present.add(hash);
      const isWhole = now.getTime() - since >= source.settleSeconds * 1000;
      if (isWhole && !this.#told.has(hash)) whole.push(happening);
    }
    this.#standing = standing;
    // One that comes back is known to the database.
    this.#told = new Set([...present].filter((hash) => this.#told.has(hash)));
    return { whole, present };
  }

  /** They are durable: they are not told of again. */
  tell(happenings: readonly Happening[]): void {
    for (const { identity } of happenings) this.#told.add(identityHash(identity));
  }
}

/** Every file that is there, whole or not. */
export async function filesThere(
  source: FolderSource,
  worker: UserWorker,
): Promise<readonly Happening[]> {
  const matches = patternOf(source.pattern);
  const found: Happening[] = [];
  for await (const entry of entriesOf(worker, source.path)) {
    if (entry.kind !== "file" || !matches.test(entry.name)) continue;
    found.push(happeningOf(entry));
    if (found.length > MOST_FILES) throw tooLarge(source);
  }
  return found;
}

async function* entriesOf(worker: UserWorker, path: string): AsyncGenerator<FileEntry> {
  let cursor: string | undefined;
  do {
    const page = await worker.list(path, {
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.entries;
    cursor = page.next;
  } while (cursor !== undefined);
}

/** Not by the etag: that is another one after a change of rights, too. */
function happeningOf({ path, name, size, modified }: FileEntry): Happening {
  const time = modified.toISOString();
  return { identity: JSON.stringify([path, size, time]), event: { path, name, size, time } };
}

/** `*` and `?` as in a shell, on names. */
export function patternOf(pattern: string): RegExp {
  const literal = pattern.replace(/[\\^$.+()|[\]{}]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`, "su");
}

function tooLarge({ path }: FolderSource): SluiceError {
  return new SluiceError(
    "TRIGGER_FOLDER_TOO_LARGE",
    "user",
    `more than ${MOST_FILES} files of ${path} match`,
    { hint: "move what is done out of the folder, then resume the trigger" },
  );
}
