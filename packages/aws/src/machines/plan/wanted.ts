import type { OfferingKey, PoolKey } from "@sluice/cloud";
import {
  type ClusterConfig,
  type ComputeResource,
  placementGroup,
  type SlurmQueue,
} from "@sluice/model";
import type { ClusterFacts } from "../../facts.ts";
import { placementGroupName } from "../../names.ts";

/** The compute resource that a machine is for, in the cluster file. */
export interface Wanted {
  readonly queue: SlurmQueue;
  readonly resource: ComputeResource;
}

/** Undefined when the file has it no longer. */
export function wantedOf(config: ClusterConfig, pool: PoolKey): Wanted | undefined {
  const queue = config.Scheduling.SlurmQueues.find(({ Name }) => Name === pool.queue);
  const resource = queue?.ComputeResources.find(({ Name }) => Name === pool.computeResource);
  return queue === undefined || resource === undefined ? undefined : { queue, resource };
}

/** Subnets that the machines of a queue may be in. */
export function subnetsOf(
  { queue }: Pick<Wanted, "queue">,
  facts: ClusterFacts,
): readonly string[] {
  return queue.Networking?.SubnetIds ?? facts.network.computeSubnets;
}

export function securityGroupsOf(
  { queue }: Pick<Wanted, "queue">,
  facts: ClusterFacts,
): readonly string[] {
  const { SecurityGroups, AdditionalSecurityGroups = [] } = queue.Networking ?? {};
  return [...(SecurityGroups ?? facts.network.computeSecurityGroups), ...AdditionalSecurityGroups];
}

/** The image of the machines of a queue; undefined when there is none for their architecture. */
export function imageOf(
  { queue }: Pick<Wanted, "queue">,
  config: ClusterConfig,
  facts: ClusterFacts,
  arch: string,
): string | undefined {
  return (
    queue.Image?.CustomAmi ?? config.Image.CustomAmi ?? facts.images[`${config.Image.Os}/${arch}`]
  );
}

/** The placement group that machines in a zone go into; `isOurs` when it is ours to make. */
export function groupOf(
  { queue, resource }: Wanted,
  { cluster }: ClusterFacts,
  zone: string,
): { readonly name: string; readonly isOurs: boolean } | undefined {
  const placement = placementGroup(queue, resource);
  if (placement === undefined) return undefined;
  if (placement.name !== undefined) return { name: placement.name, isOurs: false };
  const name = placementGroupName(cluster.name, cluster.unique, queue.Name, resource.Name, zone);
  return { name, isOurs: true };
}

export function describeOffering({ instanceType, zone, market }: OfferingKey): string {
  const how = market === "on-demand" ? "" : ` (${market})`;
  return `${instanceType} in ${zone}${how}`;
}
