import { archive, readArchiveOf, textFile, textOf } from "./archive.ts";
import { decompressed, decrypted } from "./seal.ts";
import { parseSiteManifest, type SiteManifest } from "./site-manifest.ts";
import { type ArchivedFile, damaged } from "./tar.ts";

/** Databases of a site, as files of a backup and `sluice-head site-dump` name them. */
export const SITE_DUMPS = ["server", "slurm"] as const;
export type SiteDump = (typeof SITE_DUMPS)[number];

/** What a backup of a site has in it beside the databases. Has secrets. */
export interface SiteContents {
  readonly siteFile: string;
  /** By the clusters' names. */
  readonly clusterFiles: Readonly<Record<string, string>>;
  /** What `Servers.File` of the site file named. */
  readonly serverFile?: string;
  /** Base64 by the cloud's names; empty with `sealedSecrets`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The same as JSON under age, in base64, of a backup that a machine made which may not read them. */
  readonly sealedSecrets?: string;
  /** What opens the clusters' own backups, where they have keys of their own. */
  readonly clusterKeys: Readonly<Record<string, string>>;
}

/** Of the one file that has all of `SiteContents`. */
const CONTENTS = "site.json";
/** Bytes of a dump in one file of the archive, whose sizes have to be known before. */
const PART_BYTES = 4 << 20;

/** A dump in files of an archive: together, in order, they are what came. */
export async function* dumpFiles(
  dump: SiteDump,
  content: AsyncIterable<Uint8Array>,
  modifiedAt: Date,
): AsyncGenerator<ArchivedFile> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  let count = 0;
  const part = (): ArchivedFile => {
    count += 1;
    const path = `databases/${dump}/${String(count).padStart(6, "0")}.sql`;
    const file = { path, size, mode: 0o600, owner: "root", modifiedAt, content: pieces };
    pieces = [];
    size = 0;
    return file;
  };
  for await (const chunk of content) {
    pieces.push(Uint8Array.from(chunk));
    size += chunk.length;
    if (size >= PART_BYTES) yield part();
  }
  if (size > 0 || count === 0) yield part();
}

/** A backup of a site before it is sealed. */
export async function* siteArchive(
  manifest: SiteManifest,
  contents: SiteContents,
  dumps: AsyncIterable<ArchivedFile>,
): AsyncGenerator<Uint8Array> {
  const { createdAt } = manifest;
  const files = async function* (): AsyncGenerator<ArchivedFile> {
    yield textFile(CONTENTS, JSON.stringify(contents), createdAt);
    yield* dumps;
  };
  yield* archive(manifest, files());
}

export interface CheckedSiteBackup {
  readonly manifest: SiteManifest;
  readonly contents: SiteContents;
}

/**
 * Reads a whole backup of a site, and keeps of it all but the databases.
 *
 * Errors: `BACKUP_KEY_WRONG`, `BACKUP_DAMAGED`, `BACKUP_FOREIGN`, `BACKUP_TOO_NEW`.
 */
export async function checkSiteBackup(
  content: AsyncIterable<Uint8Array>,
  identities: readonly string[],
): Promise<CheckedSiteBackup> {
  let contents: SiteContents | undefined;
  const missing = new Set<string>(SITE_DUMPS);
  const manifest = await readArchiveOf(parseSiteManifest, opened(content, identities), {
    visit: async (file) => {
      const dump = dumpOf(file);
      if (dump !== undefined) missing.delete(dump);
      if (file.path === CONTENTS) contents = JSON.parse(await textOf(file)) as SiteContents;
    },
  });
  if (contents === undefined) throw damaged("it has no site file");
  if (contents.sealedSecrets !== undefined) contents = await unsealed(contents, identities);
  for (const dump of missing) throw damaged(`it has no database ${dump}`);
  for (const { name } of manifest.members) {
    if (contents.clusterFiles[name] === undefined) throw damaged(`it has no file of ${name}`);
  }
  return { manifest, contents };
}

async function unsealed(
  { sealedSecrets = "", ...contents }: SiteContents,
  identities: readonly string[],
): Promise<SiteContents> {
  const sealed = [Buffer.from(sealedSecrets, "base64")];
  const pieces: Uint8Array[] = [];
  for await (const piece of decrypted(each(sealed), identities)) pieces.push(piece);
  const text = Buffer.concat(pieces).toString("utf8");
  return { ...contents, secrets: JSON.parse(text) as SiteContents["secrets"] };
}

async function* each(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** One of the databases as SQL. Errors: as `checkSiteBackup`'s. */
export async function* dumpIn(
  content: AsyncIterable<Uint8Array>,
  identities: readonly string[],
  dump: SiteDump,
): AsyncGenerator<Uint8Array> {
  // What is read is given away piece by piece: memory holds one file.
  const parts = new TransformStream<Uint8Array, Uint8Array>();
  const writer = parts.writable.getWriter();
  const reading = readArchiveOf(parseSiteManifest, opened(content, identities), {
    visit: async (file) => {
      if (dumpOf(file) !== dump) return;
      for await (const piece of file.content) await writer.write(Uint8Array.from(piece));
    },
  }).then(
    () => writer.close(),
    (error: unknown) => writer.abort(error),
  );
  reading.catch(() => {});
  yield* parts.readable;
}

function opened(content: AsyncIterable<Uint8Array>, identities: readonly string[]) {
  return decompressed(decrypted(content, identities));
}

function dumpOf({ path }: ArchivedFile): SiteDump | undefined {
  return SITE_DUMPS.find((dump) => path.startsWith(`databases/${dump}/`));
}
