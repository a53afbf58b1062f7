import { interrupted, type LongOperation, requireCluster, signalOf } from "./operation.ts";

export interface DeleteCluster extends LongOperation {
  /** Keep the accounting database. */
  readonly retainAccounting: boolean;
  /** Keep every file system and volume that the cluster's file made. */
  readonly retainStorage?: boolean;
}

export interface DeletedCluster {
  readonly clusterName: string;
  readonly clusterStatus: "DELETE_COMPLETE";
  /** Where what was kept is; empty when nothing is left. */
  readonly kept: readonly string[];
}

/**
 * Removes a cluster in whatever state it is, its running jobs with it. After a failure the cluster
 * is still listed: delete it again.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `INTERRUPTED`, and what the cloud says.
 */
export async function deleteCluster(operation: DeleteCluster): Promise<DeletedCluster> {
  const { cloud, name, signal } = operation;
  await requireCluster(cloud, name);
  try {
    const { kept } = await cloud.infrastructure.destroy(name, {
      onProgress: operation.onProgress ?? (() => {}),
      signal: signalOf(operation),
      retainAccounting: operation.retainAccounting,
      retainStorage: operation.retainStorage ?? false,
    });
    return { clusterName: name, clusterStatus: "DELETE_COMPLETE", kept };
  } catch (error) {
    if (!signal?.aborted) throw error;
    const hint = `finish it with: sluice delete-cluster -n ${name}`;
    throw interrupted(`deleting cluster ${name}`, hint, error);
  }
}
