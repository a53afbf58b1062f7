import {
  bootstrapTimeouts,
  type ClusterConfig,
  type ComputeResource,
  type IdleTime,
  instanceTypes,
  type MachineType,
  nodeGroups,
  SluiceError,
  type SlurmQueue,
} from "@sluice/model";
import type { NodeGroup, SlurmConfInput, SlurmVersion } from "@sluice/slurm";
import { HEAD_LAYOUT, HEAD_NAME, SECRET_FILES } from "../layout.ts";
import { HOOK_PATHS } from "./hooks.ts";
import { leafSwitches } from "./leaf-switches.ts";

/**
 * slurmctld's own patience with a node, in seconds beyond the node manager's. The node manager
 * gives up first and knows what to do then; this is for when it is not there.
 */
const RESUME_MARGIN = 60;

/** ParallelCluster's weight of dynamic nodes, behind the static ones, which have 1. */
const DYNAMIC_WEIGHT = 1000;

export interface SlurmInputOptions {
  readonly clusterName: string;
  readonly config: ClusterConfig;
  readonly slurmVersion: SlurmVersion;
  readonly address: string;
  /** Machine type by name, of every type that the cluster file names. */
  readonly machineType: (name: string) => MachineType | undefined;
  readonly traits: SlurmConfInput["traits"] & { readonly suspendTimeout: number };
  /** See `SlurmConfInput.include`. */
  readonly include?: string;
}

/** What slurm.conf and its friends are rendered from, out of the cluster file. */
export function slurmConfInput(options: SlurmInputOptions): SlurmConfInput {
  const { clusterName, config, slurmVersion, address, traits } = options;
  const settings = config.Scheduling.SlurmSettings;
  return {
    clusterName,
    slurmVersion,
    head: { hostName: HEAD_NAME, address },
    groups: groupsOf(options),
    queues: config.Scheduling.SlurmQueues.map((queue, index) => ({
      name: queue.Name,
      isDefault: index === 0,
      exclusive: queue.JobExclusiveAllocation,
      ...partitionIdle(queue),
      customSettings: queue.CustomSlurmSettings,
    })),
    idleSeconds: secondsOf(settings.ScaledownIdletime),
    resumeTimeout: bootstrapTimeouts(config).compute + RESUME_MARGIN,
    suspendTimeout: traits.suspendTimeout,
    memoryScheduling: settings.EnableMemoryBasedScheduling,
    customSettings: settings.CustomSlurmSettings,
    ...(options.include === undefined ? {} : { include: options.include }),
    traits,
    paths: {
      stateSave: HEAD_LAYOUT.stateSave,
      slurmctldLog: `${HEAD_LAYOUT.logs}/slurmctld.log`,
      slurmdLog: "/var/log/slurm/slurmd.log",
      slurmdSpool: "/var/spool/slurmd",
      jwtKey: `${HEAD_LAYOUT.stateSave}/${SECRET_FILES.jwt}`,
      hooks: HOOK_PATHS,
    },
    accounting: slurmdbdAddress(settings.ExternalSlurmdbd),
  };
}

function slurmdbdAddress(
  external: ClusterConfig["Scheduling"]["SlurmSettings"]["ExternalSlurmdbd"],
): NonNullable<SlurmConfInput["accounting"]> {
  if (external === undefined) return { host: HEAD_NAME };
  const { Host: host, BackupHost: backupHost, Port: port } = external;
  return { host, ...(backupHost === undefined ? {} : { backupHost }), port };
}

function secondsOf(time: IdleTime): number | "never" {
  return time === "never" ? "never" : time.seconds;
}

/**
 * The partition's own SuspendTime. Of a queue with warm nodes slurmctld would switch off those that
 * are to stay, so the node manager alone switches nodes off there, after the same idle time.
 */
function partitionIdle(queue: SlurmQueue): { readonly idleSeconds?: number | "never" } {
  if (queue.WarmNodes !== undefined) return { idleSeconds: "never" };
  const own = queue.ScaledownIdletime;
  return own === undefined ? {} : { idleSeconds: secondsOf(own) };
}

function groupsOf(options: SlurmInputOptions): NodeGroup[] {
  const weightOf = dynamicWeights(options);
  const leafOf = leafSwitches(options.config);
  return nodeGroups(options.config).map(({ queue, computeResource, kind, prefix, count }) => {
    const leafSwitch = leafOf(queue, computeResource);
    return {
      queue: queue.Name,
      computeResource: computeResource.Name,
      kind,
      prefix,
      count,
      machineTypes: knownTypes(options, queue, computeResource),
      features: [
        ...instanceTypes(computeResource),
        ...(computeResource.Efa?.Enabled ? ["efa"] : []),
      ],
      weight:
        kind === "static" ? computeResource.StaticNodePriority : weightOf(queue, computeResource),
      multithreading: !computeResource.DisableSimultaneousMultithreading,
      ...(computeResource.SchedulableMemory === undefined
        ? {}
        : { schedulableMemoryMiB: computeResource.SchedulableMemory }),
      ...(leafSwitch === undefined ? {} : { leafSwitch }),
      customSettings: computeResource.CustomSlurmSettings,
    };
  });
}

/** Of the machine types that may back a node, those that the cloud tells something of. */
function knownTypes(
  { machineType }: SlurmInputOptions,
  queue: SlurmQueue,
  resource: ComputeResource,
): readonly MachineType[] {
  const types = instanceTypes(resource).flatMap((name) => machineType(name) ?? []);
  if (types.length > 0) return types;
  throw new SluiceError(
    "MACHINE_TYPE_UNKNOWN",
    "user",
    `the cloud knows none of the machine types of ${queue.Name}/${resource.Name}`,
    { hint: "see InstanceType of that compute resource in the cluster file" },
  );
}

/**
 * Weights of dynamic nodes: what the file says, else by price, so that Slurm fills the cheapest
 * compute resource of a queue that fits a job first. Equal prices have equal weights.
 */
function dynamicWeights({
  config,
  machineType,
}: SlurmInputOptions): (queue: SlurmQueue, resource: ComputeResource) => number {
  const priceOf = (resource: ComputeResource): number =>
    Math.min(
      ...instanceTypes(resource).map(
        (name) => machineType(name)?.pricePerHour ?? Number.POSITIVE_INFINITY,
      ),
    );
  const ranks = new Map(
    config.Scheduling.SlurmQueues.map((queue) => {
      const prices = new Set(queue.ComputeResources.map(priceOf));
      return [queue.Name, [...prices].sort((a, b) => a - b)] as const;
    }),
  );
  return (queue, resource) =>
    resource.DynamicNodePriority ??
    DYNAMIC_WEIGHT + (ranks.get(queue.Name)?.indexOf(priceOf(resource)) ?? 0);
}
