import { machinesOf } from "./machines.ts";
import { type ClusterOperation, requireCluster } from "./operation.ts";
import { type ClusterInstance, clusterInstanceOf, type NodeType } from "./views.ts";

export interface DescribeClusterInstances extends ClusterOperation {
  readonly nodeType?: NodeType;
  readonly queueName?: string;
}

/**
 * The machines of a cluster as its cloud lists them, without those that are gone: the head first,
 * then by node name.
 *
 * Errors: `CLUSTER_NOT_FOUND`.
 */
export async function describeClusterInstances(
  operation: DescribeClusterInstances,
): Promise<readonly ClusterInstance[]> {
  const { nodeType, queueName } = operation;
  await requireCluster(operation.cloud, operation.name);
  const machines = await machinesOf(operation);
  const byNode = new Intl.Collator("en", { numeric: true });
  return machines
    .filter(({ state }) => state !== "gone")
    .map(clusterInstanceOf)
    .filter((instance) => nodeType === undefined || instance.nodeType === nodeType)
    .filter((instance) => queueName === undefined || instance.queueName === queueName)
    .sort((a, b) => rank(a) - rank(b) || byNode.compare(a.nodeName, b.nodeName));
}

function rank({ nodeType }: ClusterInstance): number {
  return nodeType === "HeadNode" ? 0 : 1;
}
