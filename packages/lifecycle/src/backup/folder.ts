import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type BackupStore, partsOf, recordFileOf, type WriteBackup } from "./store.ts";

/** What is being written has it behind its name. */
const UNFINISHED = ".part";
const UUID = /^-[0-9a-f-]{36}$/;

/** A folder of this machine, made when the first backup is. */
export function folderStore(folder: string): BackupStore {
  return {
    name: folder,
    async files(begin) {
      const names = existsSync(folder) ? readdirSync(folder) : [];
      return new Map(
        names
          .filter((name) => name.startsWith(begin))
          .flatMap((name) => {
            const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size;
            return size === undefined ? [] : [[name, size] as const];
          }),
      );
    },
    text: (file) => readFile(join(folder, file), "utf8"),
    read: (file) => createReadStream(join(folder, file), { highWaterMark: 1 << 18 }),
    write: (backup) => write(folder, backup),
    async remove(files) {
      for (const file of files) rmSync(join(folder, file), { force: true });
    },
  };
}

async function write<R>(folder: string, { file, content, record }: WriteBackup<R>): Promise<R> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = unfinishedOwner(file);
  removeUnfinished(folder, file);
  const path = join(folder, `${owner}-${randomUUID()}${UNFINISHED}`);
  const hash = createHash("sha256");
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  // Open before anything may fail, or it could appear when it was removed already.
  const handle = await open(path, "wx", 0o600);
  try {
    await pipeline(counted(), handle.createWriteStream({ flush: true }));
    const beside = await record({ bytes, sha256: hash.digest("hex") });
    // Alone it counts for nothing, and is removed by the next.
    await writeDurably(join(folder, recordFileOf(file)), textOf(beside));
    await rename(path, join(folder, file));
    await sync(folder);
    return beside;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** As it lies beside a backup. */
export function textOf(record: unknown): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/** How a file is called before it has its name. A site's must not look like a cluster's. */
function unfinishedOwner(file: string): string {
  const { owner, suffix } = partsOf(file) ?? { owner: file, suffix: "" };
  return suffix.startsWith(".site.") ? `${owner}-site` : owner;
}

/** Of the same owner and kind as `file`. */
function removeUnfinished(folder: string, file: string): void {
  const begin = unfinishedOwner(file);
  const own = partsOf(file);
  for (const name of readdirSync(folder)) {
    const isPart = name.endsWith(UNFINISHED);
    const whole = isPart ? name.slice(0, -UNFINISHED.length) : name;
    const of = partsOf(whole);
    const isRecord =
      own !== undefined && of?.owner === own.owner && of.suffix === recordFileOf(own.suffix);
    // A record of a backup that is not there, too.
    const isLeft = isRecord
      ? isPart || !existsSync(join(folder, `${of.owner}-${of.stamp}${own.suffix}`))
      : isPart && whole.startsWith(begin) && UUID.test(whole.slice(begin.length));
    if (isLeft) rmSync(join(folder, name), { force: true });
  }
}

/** A small file that is whole or not there, also after a loss of power. */
async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(`${path}${UNFINISHED}`, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}${UNFINISHED}`, path);
}

/** Has the names of a folder on the disk. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync();
  await handle.close();
}
