import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  type ArchivedFile,
  type BackupManifest,
  decompressed,
  readArchive,
} from "@sluice/lifecycle/backup";
import { SluiceError } from "@sluice/model";
import { removeFolder } from "./slurm-state.ts";

export interface Expected {
  readonly clusterName: string;
  /** Of this head. */
  readonly slurmVersion: string;
}

/**
 * Unpacks a backup into a folder of its own, and has looked at every byte of it when it resolves. The
 * folder is gone when it rejects.
 *
 * Errors: `BACKUP_DAMAGED`, `BACKUP_FOREIGN`, `BACKUP_TOO_NEW`.
 */
export async function unpack(
  content: AsyncIterable<Uint8Array>,
  folder: string,
  expected: Expected,
): Promise<BackupManifest> {
  await removeFolder(folder);
  mkdirSync(folder, { mode: 0o700 });
  const visit = async (file: ArchivedFile): Promise<void> => {
    const path = join(folder, file.path);
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
    // A new file each time: whatever the archive says, nothing that is there is written to.
    const out = createWriteStream(path, { mode: file.mode & 0o700, flags: "wx" });
    await pipeline(file.content, out);
  };
  try {
    const begin = (manifest: BackupManifest) => requireFitting(manifest, expected);
    return await readArchive(decompressed(content), { begin, visit });
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

/** Slurm's releases, oldest first. */
const RELEASES = ["22.05", "23.02", "23.11", "24.05", "24.11", "25.05", "25.11", "26.05"];
/** From here on Slurm reads what the three releases before wrote; until then, two. */
const THREE_FROM = RELEASES.indexOf("24.11");

/** Errors: `BACKUP_FOREIGN`, `BACKUP_TOO_NEW`, `BACKUP_TOO_OLD`. */
export function requireFitting(manifest: BackupManifest, expected: Expected): void {
  if (manifest.clusterName !== expected.clusterName) {
    throw new SluiceError(
      "BACKUP_FOREIGN",
      "user",
      `the backup is of cluster ${manifest.clusterName}, not of ${expected.clusterName}`,
      { hint: `restore it as ${manifest.clusterName}: Slurm's accounting is by that name` },
    );
  }
  const [theirs, ours] = [manifest.slurmVersion, expected.slurmVersion];
  if (theirs > ours) {
    throw new SluiceError(
      "BACKUP_TOO_NEW",
      "user",
      `the backup is of Slurm ${theirs}, which Slurm ${ours} of this head can't read`,
      { hint: "give a cluster file whose image has that Slurm, or a later one, with --config" },
    );
  }
  const at = RELEASES.indexOf(ours);
  const reach = at >= THREE_FROM ? 3 : 2;
  const from = RELEASES.indexOf(theirs);
  if (at < 0 || from < 0 || at - from <= reach) return;
  throw new SluiceError(
    "BACKUP_TOO_OLD",
    "user",
    `the backup is of Slurm ${theirs}, which Slurm ${ours} of this head can't read any more`,
    {
      hint: `restore it with an image of Slurm ${RELEASES[from + reach] ?? theirs} or before, and upgrade from there`,
    },
  );
}
