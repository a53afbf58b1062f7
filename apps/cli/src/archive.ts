import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compressed = promisify(gzip);

const BLOCK = 512;
/** Two blocks of nothing end an archive. */
const END = Buffer.alloc(2 * BLOCK);

/** A file in an archive; its path is relative, of ASCII, and at most 255 characters long. */
export interface ArchivedFile {
  readonly path: string;
  readonly text: string;
}

/**
 * A tar archive (ustar) under gzip, file by file: no more than one of them is ever in memory. Each
 * is a gzip member of its own, which every reader takes for one stream.
 */
export async function* tarGz(
  files: AsyncIterable<ArchivedFile>,
  modifiedAt: Date,
): AsyncGenerator<Buffer> {
  for await (const { path, text } of files) {
    const content = Buffer.from(text);
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    yield await compressed(
      Buffer.concat([header(path, content.length, modifiedAt), content, padding]),
    );
  }
  yield await compressed(END);
}

/** The fields of POSIX's ustar header, with offsets and lengths as pax(1) gives them. */
function header(path: string, size: number, modifiedAt: Date): Buffer {
  const block = Buffer.alloc(BLOCK);
  const { name, prefix } = split(path);
  const octal = (value: number, length: number) => value.toString(8).padStart(length - 1, "0");
  block.write(name, 0, 100, "ascii");
  block.write(octal(0o600, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(Math.floor(modifiedAt.getTime() / 1000), 12), 136);
  block.write(" ".repeat(8), 148);
  block.write("0", 156);
  block.write("ustar\u000000", 257, "ascii");
  block.write(prefix, 345, 155, "ascii");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  return block;
}

/** A name takes 100 characters; what goes before a slash can stand in the prefix. */
function split(path: string): { readonly name: string; readonly prefix: string } {
  if (path.length <= 100) return { name: path, prefix: "" };
  const slash = path.indexOf("/", path.length - 101);
  return { name: path.slice(slash + 1), prefix: path.slice(0, Math.max(0, slash)) };
}
