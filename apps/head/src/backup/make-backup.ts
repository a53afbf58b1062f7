import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { HEAD_LAYOUT } from "@sluice/boot";
import type { FileVersion } from "@sluice/cloud";
import {
  type ArchivedFile,
  archive,
  BACKUP_FORMAT,
  type BackupContents,
  type BackupManifest,
  CLUSTER_FILE,
  sealed,
  textFile,
} from "@sluice/lifecycle/backup";
import { accountingOf } from "../accounting.ts";
import { type ClusterState, clusterStateFile } from "../cluster-state.ts";
import { fileOfUserData, type HeadContext } from "../context.ts";
import { VERSION } from "../version.ts";
import { accountingDump } from "./accounting.ts";
import { MEMORIES, SCRATCH, STATE_LINKS } from "./places.ts";
import { fileAt, filesBelow, linkState, removeFolder } from "./slurm-state.ts";

export interface MadeBackup {
  readonly manifest: BackupManifest;
  /** Sealed; read once, to its end. */
  readonly content: AsyncIterable<Uint8Array>;
  /** What was in it, once it was read. */
  readonly contents: () => BackupContents;
}

/**
 * A backup of this head's cluster, made while it is read. Slurm and all else go on. The caller holds
 * the lock.
 *
 * Accounting is taken before Slurm's state: a job that ends in between is one that accounting has as
 * running and Slurm does not know, which can be mended; the other way round it would run again.
 */
export function makeBackup(
  context: HeadContext,
  { createdAt, recipients }: { readonly createdAt: Date; readonly recipients: readonly string[] },
): MadeBackup {
  const state = clusterStateFile(HEAD_LAYOUT.clusterState).read();
  const file = fileToRestore(state);
  const manifest: BackupManifest = {
    format: BACKUP_FORMAT,
    createdAt,
    clusterName: context.clusterName,
    sluiceVersion: VERSION,
    slurmVersion: context.slurmVersion,
    os: context.config.Image.Os,
    fileVersion: file.version,
    accounting: accountingOf(context),
    isUpdating: state?.update !== undefined,
  };
  let contents: BackupContents | undefined;
  const plain = async function* (): AsyncGenerator<Uint8Array> {
    contents = yield* archive(manifest, filesOf(manifest, context, file.text));
  };
  return {
    manifest,
    content: sealed(plain(), recipients),
    contents: () => {
      if (contents === undefined) throw new TypeError("the backup was not read to its end");
      return contents;
    },
  };
}

/** What is in force, or, in the middle of an update, what was before it. */
function fileToRestore(state: ClusterState | undefined): FileVersion {
  for (const one of [state?.inForce, state?.update?.base]) if (one?.kind === "file") return one;
  return state?.update?.wanted ?? (fileOfUserData() as FileVersion);
}

async function* filesOf(
  { createdAt, accounting }: BackupManifest,
  { config }: HeadContext,
  clusterFile: string,
): AsyncGenerator<ArchivedFile> {
  await removeFolder(SCRATCH);
  await removeFolder(STATE_LINKS);
  try {
    yield textFile(CLUSTER_FILE, clusterFile, createdAt);
    for (const [file, path] of [
      [HEAD_LAYOUT.clusterState, "cluster.json"],
      [HEAD_LAYOUT.machineTypes, "machine-types.json"],
    ] as const) {
      if (existsSync(file)) yield await fileAt(file, path);
    }
    yield* filesBelow(HEAD_LAYOUT.secrets, "secrets", "root");
    if (accounting === "own") yield* accountingDump(config.Image.Os, createdAt);
    // The journal before Slurm's state: it drops what that has.
    for (const name of MEMORIES) {
      if (existsSync(join(HEAD_LAYOUT.volume, name))) yield await memoryNow(name);
    }
    await linkState(HEAD_LAYOUT.stateSave, STATE_LINKS);
    yield* filesBelow(STATE_LINKS, "slurmctld", "slurm");
  } finally {
    await removeFolder(SCRATCH);
    await removeFolder(STATE_LINKS);
  }
}

/** A database of the node manager's, as one moment had it. */
async function memoryNow(name: string): Promise<ArchivedFile> {
  await mkdir(SCRATCH, { recursive: true, mode: 0o700 });
  const copy = join(SCRATCH, name);
  const store = new DatabaseSync(join(HEAD_LAYOUT.volume, name), { readOnly: true });
  try {
    store.exec("PRAGMA busy_timeout = 10000");
    store.prepare("VACUUM INTO ?").run(copy);
  } finally {
    store.close();
  }
  return fileAt(copy, name);
}
