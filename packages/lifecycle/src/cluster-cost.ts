import type { CostItem } from "@sluice/cloud";
import { type ClusterOperation, requireCluster } from "./operation.ts";

export interface ClusterCost {
  readonly clusterName: string;
  /** What has a price first, dearest first. */
  readonly items: readonly CostItem[];
  /** Of all items whose price is known. */
  readonly usdPerHour: number;
  /** How many items have no known price. */
  readonly unpriced: number;
}

/**
 * What a cluster costs as it is now, by the price list: no discounts, no traffic, no requests.
 *
 * Errors: `CLUSTER_NOT_FOUND`, and what the cloud says.
 */
export async function clusterCost({ cloud, name }: ClusterOperation): Promise<ClusterCost> {
  await requireCluster(cloud, name);
  const items = (await cloud.infrastructure.cost?.(name)) ?? [];
  return {
    clusterName: name,
    items: items.toSorted((a, b) => (b.usdPerHour ?? -1) - (a.usdPerHour ?? -1)),
    usdPerHour: items.reduce((sum, { usdPerHour }) => sum + (usdPerHour ?? 0), 0),
    unpriced: items.filter(({ usdPerHour }) => usdPerHour === undefined).length,
  };
}
