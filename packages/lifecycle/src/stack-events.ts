import type { Progress } from "@sluice/cloud";
import { type ClusterOperation, requireCluster } from "./operation.ts";

/** What the cloud did for a cluster, in ParallelCluster's words. */
export interface StackEvent {
  readonly timestamp: string;
  readonly logicalResourceId: string;
  readonly resourceStatus: Progress["status"];
  readonly resourceStatusReason?: string;
}

/**
 * The steps of a cluster's long-lived things, oldest first, without those of its nodes.
 *
 * Errors: `CLUSTER_NOT_FOUND`.
 */
export async function stackEvents({
  cloud,
  name,
}: ClusterOperation): Promise<readonly StackEvent[]> {
  await requireCluster(cloud, name);
  const events = await cloud.infrastructure.events(name);
  return events.map(({ time, resource, status, message }) => ({
    timestamp: time.toISOString(),
    logicalResourceId: resource,
    resourceStatus: status,
    ...(message === "" ? {} : { resourceStatusReason: message }),
  }));
}
