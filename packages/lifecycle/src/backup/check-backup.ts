import { CLUSTER_FILE, readArchive, textOf } from "./archive.ts";
import type { BackupManifest } from "./manifest.ts";
import { decompressed, decrypted } from "./seal.ts";
import { damaged } from "./tar.ts";

export interface CheckedBackup {
  readonly manifest: BackupManifest;
  /** The cluster file that was in force. */
  readonly clusterFile: string;
}

/**
 * Reads a whole backup, and keeps nothing of it but what it is of.
 *
 * Errors: `BACKUP_KEY_WRONG`, `BACKUP_DAMAGED`, `BACKUP_FOREIGN`, `BACKUP_TOO_NEW`.
 */
export async function checkBackup(
  content: AsyncIterable<Uint8Array>,
  identities: readonly string[],
): Promise<CheckedBackup> {
  let clusterFile: string | undefined;
  const manifest = await readArchive(decompressed(decrypted(content, identities)), {
    visit: async (file) => {
      if (file.path === CLUSTER_FILE) clusterFile = await textOf(file);
    },
  });
  if (clusterFile === undefined) throw damaged("it has no cluster file");
  return { manifest, clusterFile };
}
