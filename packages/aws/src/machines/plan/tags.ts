import type { Tag } from "@aws-sdk/client-ec2";
import type { PoolKey } from "@sluice/cloud";
import type { ClusterConfig } from "@sluice/model";
import type { ClusterFacts } from "../../facts.ts";
import { TAGS } from "../../names.ts";
import type { Wanted } from "./wanted.ts";

/**
 * Tags of everything that a launch makes. Those of the compute resource count more than those of its
 * queue and those more than the cluster's; ours can't be replaced.
 *
 * @param given of the requests.
 */
export function machineTags(
  config: ClusterConfig,
  facts: ClusterFacts,
  wanted: Wanted,
  given: Readonly<Record<string, string>>,
): readonly Tag[] {
  const { queue, resource } = wanted;
  const own = [...config.Tags, ...queue.Tags, ...resource.Tags];
  return tagList({
    Name: `${facts.cluster.name} ${queue.Name}-${resource.Name}`,
    ...Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])),
    ...given,
    ...clusterTags(facts),
    ...poolTags({ queue: queue.Name, computeResource: resource.Name }),
    [TAGS.role]: "compute",
  });
}

/** Of things that are the cluster's and no machine's. */
export function clusterTags({ cluster }: ClusterFacts): Readonly<Record<string, string>> {
  return { [TAGS.cluster]: cluster.name, [TAGS.clusterId]: cluster.unique };
}

export function poolTags({ queue, computeResource }: PoolKey): Readonly<Record<string, string>> {
  return { [TAGS.queue]: queue, [TAGS.computeResource]: computeResource };
}

export function tagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagRecord(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}
