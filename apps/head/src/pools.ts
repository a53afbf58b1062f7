import type { PoolPolicy, PoolSpec, WarmPolicy } from "@sluice/capacity";
import type { Market, Pool } from "@sluice/cloud";
import {
  bootstrapTimeouts,
  type ClusterConfig,
  type ComputeResource,
  capacityReservation,
  instanceTypes,
  type MachineType,
  nodeGroups,
  placementGroup,
  queueSettings,
  type SlurmQueue,
  type Tag,
  type WarmNodes,
  WEEKDAYS,
} from "@sluice/model";
import type { HeadContext } from "./context.ts";

/**
 * The compute resources of the cluster file, as the node manager takes them. Boot timeouts follow
 * `types` also when it is filled later.
 */
export function poolSpecs(
  config: ClusterConfig,
  types: ReadonlyMap<string, MachineType>,
): readonly PoolSpec[] {
  const groups = nodeGroups(config);
  return compute(config).map(({ queue, resource }) => {
    const names = (kind: "static" | "dynamic"): readonly string[] =>
      groups
        .filter(
          (group) =>
            group.kind === kind && group.queue === queue && group.computeResource === resource,
        )
        .flatMap((group) => group.names());
    const pool = poolOf(config, queue, resource);
    const boots = () => pool.instanceTypes.map((name) => types.get(name)?.bootSeconds ?? 0);
    return {
      pool,
      staticNodes: names("static"),
      dynamicNodes: names("dynamic"),
      get bootTimeoutSeconds() {
        return bootstrapTimeouts(config).compute + Math.max(0, ...boots());
      },
      policy: policyOf(config, queue),
      tags: tagsOf([...queue.Tags, ...resource.Tags]),
    };
  });
}

/** What each queue with WarmNodes keeps ready, by its name; slurm.conf leaves those nodes alone. */
export function warmPolicies(config: ClusterConfig): ReadonlyMap<string, WarmPolicy> {
  return new Map(
    config.Scheduling.SlurmQueues.flatMap(({ Name, WarmNodes: warm }) =>
      warm === undefined ? [] : [[Name, warmPolicy(warm)] as const],
    ),
  );
}

function warmPolicy(warm: WarmNodes): WarmPolicy {
  return {
    count: warm.Count,
    windows: warm.Schedule.map(({ Days, Hours, TimeZone, Count }) => ({
      days: [...new Set(Days.map((day) => WEEKDAYS.indexOf(day)))],
      ...Hours,
      timeZone: TimeZone,
      count: Count,
    })),
    demandShare: warm.DemandShare / 100,
    demandMinutes: Math.ceil(warm.DemandWindow.seconds / 60),
    stopped: warm.Stopped,
  };
}

/** Every machine type that the cluster file names and its cloud knows. */
export async function catalogueOf(
  context: Pick<HeadContext, "config" | "cloud">,
): Promise<ReadonlyMap<string, MachineType>> {
  const types = new Map<string, MachineType>();
  for (const { queue, resource } of compute(context.config)) {
    const pool = poolOf(context.config, queue, resource);
    for (const offering of await context.cloud.catalogue.offerings(pool)) {
      types.set(offering.instanceType, offering.machineType);
    }
  }
  return types;
}

/** As the cloud takes them; of two with one key the later counts. */
export function tagsOf(tags: readonly Tag[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

function compute(config: ClusterConfig) {
  return config.Scheduling.SlurmQueues.flatMap((queue) =>
    queue.ComputeResources.map((resource) => ({ queue, resource })),
  );
}

function poolOf(config: ClusterConfig, queue: SlurmQueue, resource: ComputeResource): Pool {
  const reservation = capacityReservation(config, queue, resource);
  const isPlaced = placementGroup(queue, resource) !== undefined;
  return {
    queue: queue.Name,
    computeResource: resource.Name,
    instanceTypes: instanceTypes(resource),
    markets: marketsOf(queue, reservation !== undefined),
    order: ORDER[queue.AllocationStrategy],
    ...(isLeftToCloud(queue, resource) ? { choice: "cloud" as const } : {}),
    placement: isPlaced && config.Provider !== "local",
    ...(resource.SpotPrice === undefined ? {} : { maxSpotPrice: resource.SpotPrice }),
    ...(reservation === undefined ? {} : { reservation }),
  };
}

/** The strategies that ask for what the cloud has most of, which it alone knows. */
function isLeftToCloud({ AllocationStrategy }: SlurmQueue, resource: ComputeResource): boolean {
  return instanceTypes(resource).length > 1 && /^(price-)?capacity-/.test(AllocationStrategy);
}

const ORDER = {
  "lowest-price": "price",
  "price-capacity-optimized": "price",
  // Where the cloud does not choose: how much of a type is left is not told, what runs out is noticed.
  "capacity-optimized": "price",
  prioritized: "file",
  "capacity-optimized-prioritized": "file",
} as const satisfies Record<SlurmQueue["AllocationStrategy"], Pool["order"]>;

/** What is paid for already goes first; on demand beside a reservation only as the fallback. */
function marketsOf(queue: SlurmQueue, isReserved: boolean): readonly Market[] {
  const fallback: readonly Market[] =
    queue.FallbackCapacityType === "ONDEMAND" ? ["on-demand"] : [];
  switch (queue.CapacityType) {
    case "CAPACITY_BLOCK":
      return ["block"];
    case "SPOT":
      return [...(isReserved ? (["reserved"] as const) : []), "spot", ...fallback];
    case "ONDEMAND":
      return isReserved ? ["reserved", ...fallback] : ["on-demand"];
    default:
      return queue.CapacityType satisfies never;
  }
}

function policyOf(config: ClusterConfig, queue: SlurmQueue): PoolPolicy {
  const { scalingStrategy, idleTime, reservationLeadSeconds } = queueSettings(config, queue);
  return {
    scalingStrategy,
    idleSeconds: idleTime === "never" ? "never" : idleTime.seconds,
    checkpointGraceSeconds: queue.CheckpointGrace.seconds,
    protectAfterFailures: config.Scheduling.ProtectedFailureCount,
    reservationLeadSeconds,
  };
}
