import { createHash } from "node:crypto";
import { SluiceError } from "@sluice/model";
import { type BackupContents, type BackupManifest, parseManifest } from "./manifest.ts";
import { type ArchivedFile, damaged, tarEnd, tarFile, untar } from "./tar.ts";

/** The first file of a backup. */
export const MANIFEST_FILE = "manifest.json";
/** The cluster file that was in force. */
export const CLUSTER_FILE = "cluster.yaml";
/** The last one: what sha256sum prints of all the others. */
export const SUMS_FILE = "SHA256SUMS";

/** Of a manifest, and of a cluster file. */
const MOST_TEXT = 4 << 20;
const MOST_SUMS = 256 << 20;

/**
 * A backup before it is sealed: a tar archive of the manifest, of `files` in their order, and of the
 * sums of all of them. Memory holds a piece of one file, and a line a file.
 *
 * @returns what was in it.
 */
export async function* archive(
  manifest: Pick<BackupManifest, "createdAt">,
  files: AsyncIterable<ArchivedFile>,
): AsyncGenerator<Uint8Array, BackupContents> {
  const sums: string[] = [];
  let bytes = 0;
  let jobs = 0;
  const summed = async function* (file: ArchivedFile): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    for await (const chunk of tarFile({ ...file, content: hashed(file.content, hash) }))
      yield chunk;
    sums.push(`${hash.digest("hex")}  ${file.path}\n`);
    bytes += file.size;
    if (/^slurmctld\/hash\.\d\/job\.\d+\/script$/.test(file.path)) jobs += 1;
  };
  yield* summed(
    textFile(MANIFEST_FILE, JSON.stringify(manifest, undefined, 2), manifest.createdAt),
  );
  for await (const file of files) yield* summed(file);
  yield* tarFile(textFile(SUMS_FILE, sums.join(""), manifest.createdAt));
  yield tarEnd();
  return { files: sums.length, bytes, jobs };
}

async function* hashed(
  content: ArchivedFile["content"],
  hash: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}

/** A file of a few lines, root's alone. */
export function textFile(path: string, text: string, modifiedAt: Date): ArchivedFile {
  const content = Buffer.from(text);
  return { path, size: content.length, mode: 0o600, owner: "root", modifiedAt, content: [content] };
}

/**
 * Reads a backup that is no longer sealed, to its end.
 *
 * @param visit gets each file but manifest and sums, after `begin`; what it does not read of the
 * content is passed over, and counted into the sums all the same.
 *
 * Errors: `BACKUP_DAMAGED`, `BACKUP_FOREIGN`, `BACKUP_TOO_NEW`. All that `visit` got may be wrong
 * then.
 */
export function readArchive(
  content: AsyncIterable<Uint8Array>,
  visits: Visits<BackupManifest>,
): Promise<BackupManifest> {
  return readArchiveOf(parseManifest, content, visits);
}

export interface Visits<Manifest> {
  readonly begin?: (manifest: Manifest) => void;
  readonly visit?: (file: ArchivedFile) => Promise<void>;
}

/** The same of an archive with another kind of manifest. */
export async function readArchiveOf<Manifest>(
  parse: (text: string) => Manifest,
  content: AsyncIterable<Uint8Array>,
  { begin = () => {}, visit = async () => {} }: Visits<Manifest>,
): Promise<Manifest> {
  const found = new Map<string, string>();
  let manifest: Manifest | undefined;
  let sums: string | undefined;
  for await (const file of untar(content)) {
    if (sums !== undefined) throw damaged(`${file.path} comes after its end`);
    if (file.path === SUMS_FILE) {
      sums = await textOf(file, MOST_SUMS);
      continue;
    }
    if (found.has(file.path)) throw damaged(`it has two files ${file.path}`);
    const hash = createHash("sha256");
    const body = hashed(file.content, hash);
    if (manifest === undefined) {
      manifest = parse(await manifestText({ ...file, content: body }));
      begin(manifest);
    } else await visit({ ...file, content: body });
    for await (const _ of body);
    found.set(file.path, hash.digest("hex"));
  }
  if (manifest === undefined || sums === undefined) throw damaged("it is not whole");
  compare(sums, found);
  return manifest;
}

async function manifestText(file: ArchivedFile): Promise<string> {
  if (file.path === MANIFEST_FILE) return textOf(file, MOST_TEXT);
  throw new SluiceError("BACKUP_FOREIGN", "user", "the file is no backup of a cluster");
}

function compare(sums: string, found: ReadonlyMap<string, string>): void {
  const lines = sums.split("\n").filter(Boolean);
  const wanted = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)] as const));
  for (const [path, sum] of wanted) {
    if (!found.has(path)) throw damaged(`${path} is missing`);
    if (found.get(path) !== sum) throw damaged(`${path} is not what was written`);
  }
  for (const path of found.keys()) if (!wanted.has(path)) throw damaged(`${path} has no sum`);
}

/** A small file as text. Errors: `BACKUP_DAMAGED` when it is none. */
export async function textOf(file: ArchivedFile, most = MOST_TEXT): Promise<string> {
  if (file.size > most) throw damaged(`${file.path} is too large`);
  const pieces: Uint8Array[] = [];
  for await (const piece of file.content) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces).toString("utf8");
}
