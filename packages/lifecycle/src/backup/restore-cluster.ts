import { type Clock, type ClusterConfig, type ComputeFleet, SluiceError } from "@sluice/model";
import { requestOf } from "../apply-request.ts";
import { waitForFleet } from "../compute-fleet.ts";
import { HEAD_PROGRAM, headControl } from "../head-control.ts";
import {
  clusterExists,
  interrupted,
  type LongOperation,
  reporter,
  requireHead,
  signalOf,
  unsupported,
} from "../operation.ts";
import { type ClusterSummary, summaryOf } from "../views.ts";
import { errorSaid } from "./backup-cluster.ts";
import type { CheckedBackup } from "./check-backup.ts";
import type { BackupManifest } from "./manifest.ts";
import { decrypted } from "./seal.ts";

export interface RestoreCluster extends LongOperation {
  readonly clock: Clock;
  /** What `checkBackup` found. */
  readonly checked: CheckedBackup;
  /** The file from its beginning, each time that it is asked for. */
  readonly content: () => AsyncIterable<Uint8Array>;
  readonly identities: readonly string[];
  /** Put it in the place of what the cluster of that name knows now. */
  readonly replace: boolean;
  /** Of the cluster to be made: the backup's own, or another. */
  readonly config: ClusterConfig;
  readonly configText: string;
  /** The site that it is made in. */
  readonly site?: string;
}

export interface RestoredCluster {
  readonly cluster: ClusterSummary;
  readonly backup: BackupManifest;
  /** Jobs in the queue right after, by Slurm's word for their state. */
  readonly jobs: Readonly<Record<string, number>>;
  /** Where the head put a backup of what was replaced. */
  readonly before?: string;
}

/**
 * Makes a cluster out of a backup, or puts one in the place of what a cluster knows.
 *
 * Errors: before anything is changed `CLUSTER_EXISTS`, `BACKUP_FOREIGN`, `BACKUP_TOO_NEW`,
 * `BACKUP_TOO_OLD`, `RESTORE_ACCOUNTING_ELSEWHERE` and what the cloud refuses; a cluster that was made
 * for it is taken down again then. `RESTORE_FAILED`: what was made stays, to be looked at.
 */
export async function restoreCluster(operation: RestoreCluster): Promise<RestoredCluster> {
  const { cloud, name, checked, replace } = operation;
  const { manifest } = checked;
  if (manifest.clusterName !== name) {
    throw new SluiceError(
      "BACKUP_FOREIGN",
      "user",
      `the backup is of cluster ${manifest.clusterName}, not of ${name}`,
      { hint: `restore it as ${manifest.clusterName}: Slurm's accounting is by that name` },
    );
  }
  if (cloud.shell.pipe === undefined) {
    throw unsupported("this cloud can't carry a backup to a head", "restore it on another cloud");
  }
  return replace ? replaced(operation) : made(operation);
}

async function replaced(operation: RestoreCluster): Promise<RestoredCluster> {
  const { cloud, name } = operation;
  await requireHead(cloud, name);
  const control = headControl(cloud.shell, name);
  const isStopped = /^STOP/.test((await control.fleet()).status);
  await stopFleet(operation);
  const result = await fill(operation, ["--replace"]).catch(async (error: unknown) => {
    // Refused: the cluster goes on as it was.
    if (!isStopped && !isStarted(error)) await control.startFleet();
    throw error;
  });
  if (!isStopped) {
    await control.startFleet();
    await waitForFleet(operation, control, "RUNNING");
  }
  return { ...result, cluster: summaryOf(await requireHead(cloud, name)) };
}

async function made(operation: RestoreCluster): Promise<RestoredCluster> {
  const { cloud, name } = operation;
  const { infrastructure } = cloud;
  const request = requestOf(operation);
  const existing = await infrastructure.describe(name);
  if (existing !== undefined) throw clusterExists(existing);
  await infrastructure.plan(request);
  if (operation.signal?.aborted) throw interrupted(`restoring cluster ${name}`, "nothing was made");
  const onProgress = operation.onProgress ?? (() => {});
  await infrastructure.apply(request, { onProgress, signal: signalOf(operation) });
  try {
    // Machines that are always on would come up for a Slurm that is about to be another.
    await stopFleet(operation);
    const result = await fill(operation, []);
    return { ...result, cluster: summaryOf(await requireHead(cloud, name)) };
  } catch (error) {
    if (isStarted(error)) throw error;
    const options = { onProgress, signal: new AbortController().signal, retainAccounting: false };
    await infrastructure.destroy(name, options);
    if (!operation.signal?.aborted) throw error;
    throw interrupted(`restoring cluster ${name}`, "what was made is taken down again", error);
  }
}

/** The head was at work on it: what is there may be all that is left to look at. */
function isStarted(error: unknown): boolean {
  return error instanceof SluiceError && error.code === "RESTORE_FAILED";
}

async function stopFleet(operation: RestoreCluster): Promise<ComputeFleet> {
  const control = headControl(operation.cloud.shell, operation.name);
  await control.stopFleet();
  return waitForFleet(operation, control, "STOPPED");
}

async function fill(
  operation: RestoreCluster,
  words: readonly string[],
): Promise<Omit<RestoredCluster, "cluster">> {
  const { cloud, name, checked, content, identities, signal } = operation;
  const report = reporter(operation, "restore");
  report("started", `what was backed up at ${checked.manifest.createdAt.toISOString()}`);
  let said = "";
  const { exitCode, stderr } = (await cloud.shell.pipe?.(
    name,
    { argv: [HEAD_PROGRAM, "restore", ...words], user: "root" },
    {
      input: decrypted(content(), identities),
      output: async (pieces) => {
        for await (const piece of pieces) said += Buffer.from(piece).toString("utf8");
      },
      ...(signal === undefined ? {} : { signal }),
    },
  )) ?? { exitCode: 1, stderr: "" };
  if (exitCode !== 0) {
    const error = errorSaid(stderr, "RESTORE_FAILED");
    report("failed", error.message);
    throw error;
  }
  const { jobs, before } = JSON.parse(said.trim().split("\n").at(-1) ?? "") as {
    readonly jobs: RestoredCluster["jobs"];
    readonly before?: string;
  };
  report("done", "the head is at work with it");
  return { backup: checked.manifest, jobs, ...(before === undefined ? {} : { before }) };
}
