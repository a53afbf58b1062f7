import { localMachineTypes } from "../catalogue/local-machine-types.ts";
import { machineTypeOf } from "../catalogue/machine-types.ts";
import {
  type ClusterConfig,
  type ComputeResource,
  instanceTypes,
  type SlurmQueue,
} from "../cluster-file/config.ts";
import { type NodeGroup, nodeGroups } from "../cluster-file/node-groups.ts";
import type { Where } from "./differences.ts";

/** A compute resource of a queue, and its nodes. */
export interface Resource {
  readonly queue: SlurmQueue;
  readonly resource: ComputeResource;
  readonly groups: readonly NodeGroup[];
}

/** Answers about one cluster file, made once so that a file of thousands of queues stays linear. */
export interface ClusterView {
  readonly config: ClusterConfig;
  /** Those of one resource, of a queue, or of all queues when neither is named. */
  resources(where: Pick<Where, "queue" | "resource">): readonly Resource[];
  /** Those that may run on the machine type. */
  resourcesOfType(machineType: string): readonly Resource[];
  /** Of a pool, or of all; 0 for a pool that the file does not have. */
  loginNodes(pool?: string): number;
}

export function viewOf(config: ClusterConfig): ClusterView {
  const queues = resourcesByQueue(config);
  const all = [...queues.values()].flatMap((resources) => [...resources.values()]);
  let byType: ReadonlyMap<string, readonly Resource[]> | undefined;
  return {
    config,
    resources: ({ queue, resource }) => {
      if (queue === undefined) return all;
      const ofQueue = queues.get(queue);
      if (resource === undefined) return [...(ofQueue?.values() ?? [])];
      const one = ofQueue?.get(resource);
      return one === undefined ? [] : [one];
    },
    resourcesOfType: (machineType) => {
      byType ??= resourcesByType(all);
      return byType.get(machineType) ?? [];
    },
    loginNodes: (pool) =>
      (config.LoginNodes?.Pools ?? [])
        .filter(({ Name }) => pool === undefined || Name === pool)
        .reduce((sum, { Count }) => sum + Count, 0),
  };
}

function resourcesByQueue(
  config: ClusterConfig,
): ReadonlyMap<string, ReadonlyMap<string, Resource>> {
  const groups = Map.groupBy(nodeGroups(config), ({ computeResource }) => computeResource);
  return new Map(
    config.Scheduling.SlurmQueues.map((queue) => [
      queue.Name,
      new Map(
        queue.ComputeResources.map((resource) => [
          resource.Name,
          { queue, resource, groups: groups.get(resource) ?? [] },
        ]),
      ),
    ]),
  );
}

function resourcesByType(all: readonly Resource[]): ReadonlyMap<string, readonly Resource[]> {
  const found = new Map<string, Resource[]>();
  for (const one of all) {
    for (const name of new Set(instanceTypes(one.resource))) {
      const known = found.get(name);
      if (known === undefined) found.set(name, [one]);
      else known.push(one);
    }
  }
  return found;
}

export function namesOf(resources: Iterable<Resource>): string[] {
  return [...resources].flatMap(({ groups }) => groups.flatMap((group) => group.names()));
}

export function countOf(resources: readonly Resource[]): number {
  return resources.reduce(
    (sum, { groups }) => sum + groups.reduce((part, { count }) => part + count, 0),
    0,
  );
}

/** Names that `one` has and `other` has not, of the same compute resource in two files. */
export function namesOnlyIn(one: Resource, other: Resource): string[] {
  return one.groups.flatMap((group) => {
    const kept = other.groups.find(({ prefix }) => prefix === group.prefix)?.count ?? 0;
    return kept >= group.count ? [] : group.names().slice(kept);
  });
}

/**
 * Whether nodes that may run on the machine types of `after` are less than they were on those of
 * `before`: Slurm knows a node by the least of what its types have. Unknown types count as equal.
 */
export function isSmaller(
  before: { readonly config: ClusterConfig; readonly types: readonly string[] },
  after: { readonly config: ClusterConfig; readonly types: readonly string[] },
): boolean {
  const [old, young] = [leastOf(before), leastOf(after)];
  if (old === undefined || young === undefined) return false;
  return young.vcpus < old.vcpus || young.memoryMiB < old.memoryMiB;
}

function leastOf({ config, types }: Parameters<typeof isSmaller>[0]) {
  const known = types.flatMap((name) => machineTypeOf(config.Provider, name, config) ?? []);
  if (known.length === 0) return undefined;
  return {
    vcpus: Math.min(...known.map(({ vcpus }) => vcpus)),
    memoryMiB: Math.min(...known.map(({ memoryMiB }) => memoryMiB)),
  };
}

/** Whether a machine that runs under that name is not what the new file makes of it. */
export function isOtherMachine(before: ClusterConfig, after: ClusterConfig, name: string): boolean {
  const [old, young] = [before, after].map((config) => localMachineTypes(config).get(name));
  return (
    old?.vcpus !== young?.vcpus ||
    old?.memoryMiB !== young?.memoryMiB ||
    old?.light !== young?.light
  );
}
