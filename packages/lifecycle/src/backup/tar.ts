import { SluiceError } from "@sluice/model";

const BLOCK = 512;
/** Two blocks of nothing end an archive. */
const END = Buffer.alloc(2 * BLOCK);
/** What eleven octal digits can say. */
const MOST_BYTES = 8 ** 11 - 1;

/** Paths in a backup: relative, of plain characters, no part of them leads up. */
const PATH = /^(?!.*(^|\/)\.{1,2}(\/|$))[\w.+-]+(\/[\w.+-]+)*$/;

/** A file in an archive. */
export interface ArchivedFile {
  readonly path: string;
  /** Bytes; `content` has exactly as many. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Name of the user and the group it belongs to. */
  readonly owner: string;
  readonly modifiedAt: Date;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Whether a file of that path may be in a backup. */
export function isPlainPath(path: string): boolean {
  return path.length <= 200 && PATH.test(path);
}

/**
 * The blocks of one file in a tar archive (ustar).
 *
 * Errors: `BACKUP_FAILED` for a file that has more or fewer bytes than it said.
 */
export async function* tarFile(file: ArchivedFile): AsyncGenerator<Uint8Array> {
  yield header(file);
  let left = file.size;
  for await (const chunk of file.content) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) {
    throw new SluiceError("BACKUP_FAILED", "system", `${file.path} changed while it was read`);
  }
  const padding = (BLOCK - (file.size % BLOCK)) % BLOCK;
  if (padding > 0) yield Buffer.alloc(padding);
}

/** What ends an archive. */
export function tarEnd(): Uint8Array {
  return END;
}

/** The fields of POSIX's ustar header, with offsets and lengths as pax(1) gives them. */
function header({ path, size, mode, owner, modifiedAt }: ArchivedFile): Buffer {
  const { name, prefix } = split(path);
  if (!isPlainPath(path) || size > MOST_BYTES || name.length > 100 || prefix.length > 155) {
    throw new SluiceError("BACKUP_FAILED", "system", `${path} can't be put into an archive`);
  }
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, "0");
  block.write(name, 0, 100, "ascii");
  block.write(octal(mode & 0o777, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(Math.max(0, Math.floor(modifiedAt.getTime() / 1000)), 12), 136);
  block.write("0", 156);
  block.write("ustar\u000000", 257, "latin1");
  block.write(owner, 265, 31, "ascii");
  block.write(owner, 297, 31, "ascii");
  block.write(prefix, 345, 155, "ascii");
  block.write(`${sumOf(block).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** The sum of a header's bytes, with its own field as blanks. */
function sumOf(block: Buffer): number {
  let sum = 8 * 32;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}

/** A name takes 100 characters; what goes before a slash can stand in the prefix. */
function split(path: string): { readonly name: string; readonly prefix: string } {
  if (path.length <= 100) return { name: path, prefix: "" };
  const slash = path.indexOf("/", path.length - 101);
  return { name: path.slice(slash + 1), prefix: path.slice(0, Math.max(0, slash)) };
}

/**
 * The files of a tar archive, one after the other: the content of each is to be read, or it is passed
 * over, before the next is asked for. Only plain files with plain paths, as `tarFile` writes them.
 *
 * Errors: `BACKUP_DAMAGED`.
 */
export async function* untar(source: AsyncIterable<Uint8Array>): AsyncGenerator<ArchivedFile> {
  const bytes = new Bytes(source);
  for (;;) {
    const block = await bytes.take(BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const file = parsed(block);
    const content = bytes.next(file.size);
    yield { ...file, content };
    // Whatever its reader left of it.
    for await (const _ of content);
    await bytes.take((BLOCK - (file.size % BLOCK)) % BLOCK);
  }
  // To the very end: only there it shows whether the archive is whole.
  await bytes.rest();
}

function parsed(block: Buffer): Omit<ArchivedFile, "content"> {
  const text = (at: number, length: number): string => {
    const field = block.subarray(at, at + length);
    const end = field.indexOf(0);
    return field.toString("latin1", 0, end < 0 ? length : end);
  };
  const octal = (at: number, length: number): number => {
    const digits = text(at, length).trim();
    return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  const prefix = text(345, 155);
  const path = prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  const [size, mode, seconds] = [octal(124, 12), octal(100, 8), octal(136, 12)];
  const isFile = text(156, 1) === "0" && text(257, 6) === "ustar";
  if (octal(148, 8) !== sumOf(block) || !isFile || Number.isNaN(size + mode + seconds)) {
    throw damaged("it has something else in it than files");
  }
  if (!isPlainPath(path)) throw damaged(`it has a file ${JSON.stringify(path)}`);
  const modifiedAt = new Date(seconds * 1000);
  return { path, size, mode: mode & 0o777, owner: text(265, 32), modifiedAt };
}

/** A stream, read in the pieces that one wants of it. */
class Bytes {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.next(count)) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces);
  }

  async *next(count: number): AsyncGenerator<Uint8Array> {
    let left = count;
    while (left > 0) {
      if (this.#held.length === 0) await this.#more();
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async rest(): Promise<void> {
    while (!(await this.#source.next()).done);
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done === true) throw damaged("it ends in the middle");
    this.#held = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
}

export function damaged(why: string, cause?: unknown): SluiceError {
  return new SluiceError("BACKUP_DAMAGED", "user", `the backup is damaged: ${why}`, {
    hint: "take another backup, or fetch this one again from where it is kept",
    cause,
  });
}
