import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { bytesOf } from "../file-name.ts";
import type { Owners } from "../owners.ts";
import type { WorkerParts } from "../parts.ts";
import { contentOf, type Walked, walk } from "./walk.ts";

const BLOCK = 512;
/** Of a name in a header; a longer one goes before it, as GNU tar does. */
const NAME = 100;

/** Names go in as the bytes that they are, which the tar of every Linux gives back. */
export function tarGz(parts: WorkerParts, paths: readonly string[], signal: AbortSignal): Readable {
  const gzip = createGzip({ level: 1, chunkSize: 64 * 1024 });
  // The failure is the reader's to see; it destroys the one end and with it the other.
  pipeline(
    Readable.from(blocks(parts, paths, signal), { objectMode: true }),
    gzip,
    () => undefined,
  );
  return gzip;
}

async function* blocks(
  parts: WorkerParts,
  paths: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const walked of walk(parts, paths, signal)) {
    const { kind, stat } = walked.held;
    if (kind !== "file") {
      yield headerOf(parts.owners, walked, kind === "folder" ? "5" : "2", 0);
      continue;
    }
    const size = Number(stat.size);
    const content = await contentOf(walked);
    if (content === undefined) continue;
    yield headerOf(parts.owners, walked, "0", size);
    yield* content as AsyncIterable<Buffer>;
    if (size % BLOCK !== 0) yield Buffer.alloc(BLOCK - (size % BLOCK));
  }
  yield Buffer.alloc(2 * BLOCK);
}

function headerOf(owners: Owners, walked: Walked, type: string, size: number): Buffer {
  const name = bytesOf(type === "5" ? `${walked.name}/` : walked.name);
  const link = bytesOf(walked.leadsTo);
  const { mode, uid, gid, mtimeMs } = walked.held.stat;
  return Buffer.concat([
    ...longName("L", name),
    ...longName("K", link),
    block({
      name,
      link,
      type,
      size,
      mode: Number(mode & 0o7777n),
      uid: Number(uid),
      gid: Number(gid),
      modified: Math.max(0, Math.floor(Number(mtimeMs) / 1000)),
      user: owners.nameOfUser(Number(uid)),
      group: owners.nameOfGroup(Number(gid)),
    }),
  ]);
}

/** A name that its field can't hold, as an entry of its own before the one that it belongs to. */
function longName(type: "L" | "K", name: Buffer): readonly Buffer[] {
  if (name.length <= NAME) return [];
  const content = Buffer.alloc(Math.ceil((name.length + 1) / BLOCK) * BLOCK);
  name.copy(content);
  const header = block({
    name: Buffer.from("././@LongLink"),
    link: Buffer.alloc(0),
    type,
    size: name.length + 1,
    mode: 0,
    uid: 0,
    gid: 0,
    modified: 0,
    user: "root",
    group: "root",
  });
  return [header, content];
}

interface Fields {
  readonly name: Buffer;
  readonly link: Buffer;
  readonly type: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: number;
  readonly user: string;
  readonly group: string;
}

function block(fields: Fields): Buffer {
  const header = Buffer.alloc(BLOCK);
  fields.name.copy(header, 0, 0, NAME);
  number(header, 100, 8, fields.mode);
  number(header, 108, 8, fields.uid);
  number(header, 116, 8, fields.gid);
  number(header, 124, 12, fields.size);
  number(header, 136, 12, fields.modified);
  header.write("        ", 148, "latin1");
  header.write(fields.type, 156, "latin1");
  fields.link.copy(header, 157, 0, NAME);
  header.write("ustar  \0", 257, "latin1");
  header.write(fields.user.slice(0, 31), 265, "latin1");
  header.write(fields.group.slice(0, 31), 297, "latin1");
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** Octal, or base 256 where that has too few digits: files of 8 GiB and more. */
function number(header: Buffer, at: number, length: number, value: number): void {
  const octal = value.toString(8);
  if (octal.length < length) {
    header.write(`${octal.padStart(length - 1, "0")}\0`, at, "latin1");
    return;
  }
  let rest = BigInt(value);
  for (let digit = length - 1; digit > 0; digit--) {
    header[at + digit] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  header[at] = 0x80;
}
