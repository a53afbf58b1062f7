import { archive, CLUSTER_FILE, textFile } from "../archive.ts";
import { BACKUP_FORMAT, type BackupManifest } from "../manifest.ts";
import { sealed } from "../seal.ts";
import type { ArchivedFile } from "../tar.ts";

export const MANIFEST: BackupManifest = {
  format: BACKUP_FORMAT,
  clusterName: "demo",
  createdAt: new Date("2026-11-22T01:03:36.806Z"),
  sluiceVersion: "0.1.0",
  slurmVersion: "24.11",
  os: "debian13",
  fileVersion: 3,
  accounting: "own",
  isUpdating: false,
};

/** Files of a cluster, as few as say something. */
export const FILES: readonly ArchivedFile[] = [
  textFile(CLUSTER_FILE, "Provider: local\n", MANIFEST.createdAt),
  textFile("secrets/munge.key", "very secret", MANIFEST.createdAt),
  textFile("slurmctld/job_state", "", MANIFEST.createdAt),
  textFile("slurmctld/hash.2/job.12/script", "#!/bin/sh\n".repeat(60), MANIFEST.createdAt),
];

export async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

/** A backup whole in memory. */
export async function smallBackup(
  recipient: string,
  {
    manifest = MANIFEST,
    files = FILES,
  }: { readonly manifest?: BackupManifest; readonly files?: readonly ArchivedFile[] } = {},
): Promise<Buffer> {
  return collected(sealed(archive(manifest, each(files)), [recipient]));
}

export async function collected(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

/** In pieces of which none is where a block ends. */
export async function* inPieces(content: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}
