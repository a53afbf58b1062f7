import { DEFAULT_POOL_POLICY, type PoolSpec } from "@sluice/capacity";
import type { Pool } from "@sluice/cloud";
import {
  bootstrapTimeouts,
  type ClusterConfig,
  instanceTypes,
  type MachineType,
  nodeGroups,
} from "@sluice/model";
import type { HeadContext } from "./context.ts";

/** The compute resources of the cluster file, as the node manager takes them. */
export function poolSpecs(
  config: ClusterConfig,
  types: ReadonlyMap<string, MachineType>,
): readonly PoolSpec[] {
  const groups = nodeGroups(config);
  return pools(config).map((pool) => {
    const names = (kind: "static" | "dynamic"): readonly string[] =>
      groups
        .filter(
          (group) =>
            group.kind === kind &&
            group.queue.Name === pool.queue &&
            group.computeResource.Name === pool.computeResource,
        )
        .flatMap((group) => group.names());
    const declared = Math.max(
      0,
      ...pool.instanceTypes.map((name) => types.get(name)?.bootSeconds ?? 0),
    );
    return {
      pool,
      staticNodes: names("static"),
      dynamicNodes: names("dynamic"),
      bootTimeoutSeconds: bootstrapTimeouts(config).compute + declared,
      policy: { ...DEFAULT_POOL_POLICY, scalingStrategy: config.Scheduling.ScalingStrategy },
    };
  });
}

/** Every machine type that the cluster file names and its cloud knows. */
export async function catalogueOf(
  context: Pick<HeadContext, "config" | "cloud">,
): Promise<ReadonlyMap<string, MachineType>> {
  const types = new Map<string, MachineType>();
  for (const pool of pools(context.config)) {
    for (const offering of await context.cloud.catalogue.offerings(pool)) {
      types.set(offering.instanceType, offering.machineType);
    }
  }
  return types;
}

function pools(config: ClusterConfig): readonly Pool[] {
  return config.Scheduling.SlurmQueues.flatMap((queue) =>
    queue.ComputeResources.map((resource) => ({
      queue: queue.Name,
      computeResource: resource.Name,
      instanceTypes: instanceTypes(resource),
      markets: [queue.CapacityType === "SPOT" ? ("spot" as const) : ("on-demand" as const)],
      order: "file" as const,
      placement: queue.Networking?.PlacementGroup?.Enabled ?? false,
    })),
  );
}
