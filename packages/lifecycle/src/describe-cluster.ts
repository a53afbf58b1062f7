import { type Cloud, type ClusterRecord, isInService } from "@sluice/cloud";
import { type ComputeFleet, isSluiceError, parseStoredClusterFile } from "@sluice/model";
import type { BackupState } from "./backup/state.ts";
import { headControl } from "./head-control.ts";
import { type ClusterOperation, requireCluster } from "./operation.ts";
import {
  type ClusterDescription,
  type ClusterSummary,
  headNodeOf,
  instanceOf,
  summaryOf,
} from "./views.ts";

/** All clusters of one cloud, by name. */
export async function listClusters({
  cloud,
}: {
  readonly cloud: Cloud;
}): Promise<readonly ClusterSummary[]> {
  const records = await cloud.infrastructure.list();
  return records.map(summaryOf).sort((a, b) => (a.clusterName < b.clusterName ? -1 : 1));
}

/**
 * A cluster in any state. A head that does not answer makes `computeFleetStatus` UNKNOWN, not an
 * error: describing is how one finds out.
 *
 * Errors: `CLUSTER_NOT_FOUND`.
 */
export async function describeCluster(operation: ClusterOperation): Promise<ClusterDescription> {
  const record = await requireCluster(operation.cloud, operation.name);
  const [fleet, backup] = await Promise.all([
    fleetOf(operation, record),
    backupOf(operation, record),
  ]);
  return {
    ...summaryOf(record),
    clusterId: record.id,
    lastUpdatedTime: record.updatedAt.toISOString(),
    fileVersion: record.fileVersion,
    computeFleetStatus: fleet?.status ?? (record.status === "STOPPED" ? "STOPPED" : "UNKNOWN"),
    ...(record.head === undefined ? {} : { headNode: instanceOf(record.head) }),
    ...(isOfTwo(record) ? { headNodes: (record.heads ?? []).map(headNodeOf) } : {}),
    queues: fleet?.queues ?? [],
    unavailable: fleet?.unavailable ?? [],
    ...(backup === undefined ? {} : { backup }),
    resources: record.resources,
    ...(record.statusReason === undefined
      ? {}
      : { failures: [{ failureReason: record.statusReason }] }),
  };
}

/** A head of an earlier version has no answer either. */
async function backupOf(
  { cloud, name, signal }: ClusterOperation,
  { configText, status }: ClusterRecord,
): Promise<BackupState | undefined> {
  if (!isInService(status)) return undefined;
  const parsed = parseStoredClusterFile(configText, `the file of ${name}`);
  if (!parsed.ok || parsed.config.Backup === undefined) return undefined;
  const control = headControl(cloud.shell, name, signal === undefined ? {} : { signal });
  return control.backups().catch(() => undefined);
}

/** Each of two heads has a name of its own, also while the other one is being made anew. */
function isOfTwo({ heads = [] }: ClusterRecord): boolean {
  return heads.some(({ machine }) => machine.node !== "head");
}

async function fleetOf(
  { cloud, name, signal }: ClusterOperation,
  record: ClusterRecord,
): Promise<ComputeFleet | undefined> {
  if (!isInService(record.status)) return undefined;
  try {
    return await headControl(cloud.shell, name, signal === undefined ? {} : { signal }).fleet();
  } catch (error) {
    if (isSluiceError(error) && error.source !== "user") return undefined;
    throw error;
  }
}
