import {
  bootstrapTimeouts,
  type ClusterConfig,
  instanceTypes,
  type MachineType,
  nodeGroups,
  SluiceError,
} from "@sluice/model";
import type { NodeGroup, SlurmConfInput, SlurmVersion } from "@sluice/slurm";
import { HEAD_LAYOUT, HEAD_NAME, SECRET_FILES } from "../layout.ts";
import { HOOK_PATHS } from "./hooks.ts";

/**
 * slurmctld's own patience with a node, in seconds beyond the node manager's. The node manager
 * gives up first and knows what to do then; this is for when it is not there.
 */
const RESUME_MARGIN = 60;

export interface SlurmInputOptions {
  readonly clusterName: string;
  readonly config: ClusterConfig;
  readonly slurmVersion: SlurmVersion;
  readonly address: string;
  /** Machine type by name, of every type that the cluster file names. */
  readonly machineType: (name: string) => MachineType | undefined;
  readonly traits: SlurmConfInput["traits"] & { readonly suspendTimeout: number };
}

/** What slurm.conf and its friends are rendered from, out of the cluster file. */
export function slurmConfInput(options: SlurmInputOptions): SlurmConfInput {
  const { clusterName, config, slurmVersion, address, traits } = options;
  const settings = config.Scheduling.SlurmSettings;
  const idle = settings.ScaledownIdletime;
  return {
    clusterName,
    slurmVersion,
    head: { hostName: HEAD_NAME, address },
    groups: groupsOf(options),
    queues: config.Scheduling.SlurmQueues.map((queue, index) => ({
      name: queue.Name,
      isDefault: index === 0,
      exclusive: queue.JobExclusiveAllocation,
      customSettings: queue.CustomSlurmSettings,
    })),
    idleSeconds: idle === "never" ? "never" : idle.seconds,
    resumeTimeout: bootstrapTimeouts(config).compute + RESUME_MARGIN,
    suspendTimeout: traits.suspendTimeout,
    memoryScheduling: settings.EnableMemoryBasedScheduling,
    customSettings: settings.CustomSlurmSettings,
    traits,
    paths: {
      stateSave: HEAD_LAYOUT.stateSave,
      slurmctldLog: `${HEAD_LAYOUT.logs}/slurmctld.log`,
      slurmdLog: "/var/log/slurm/slurmd.log",
      slurmdSpool: "/var/spool/slurmd",
      jwtKey: `${HEAD_LAYOUT.stateSave}/${SECRET_FILES.jwt}`,
      hooks: HOOK_PATHS,
    },
    accounting: { host: HEAD_NAME },
  };
}

function groupsOf(options: SlurmInputOptions): NodeGroup[] {
  return nodeGroups(options.config).map(({ queue, computeResource, kind, prefix, count }) => {
    const types = instanceTypes(computeResource).flatMap((name) => options.machineType(name) ?? []);
    const priority =
      kind === "static" ? computeResource.StaticNodePriority : computeResource.DynamicNodePriority;
    return {
      queue: queue.Name,
      computeResource: computeResource.Name,
      kind,
      prefix,
      count,
      machineType: smallest(types, `${queue.Name}/${computeResource.Name}`),
      weight: priority,
      multithreading: !computeResource.DisableSimultaneousMultithreading,
      ...(computeResource.SchedulableMemory === undefined
        ? {}
        : { schedulableMemoryMiB: computeResource.SchedulableMemory }),
      customSettings: computeResource.CustomSlurmSettings,
    };
  });
}

/** What every machine that may back a node of the resource offers at least. */
function smallest(types: readonly MachineType[], resource: string): MachineType {
  const [first] = types;
  if (first === undefined) {
    throw new SluiceError(
      "MACHINE_TYPE_UNKNOWN",
      "user",
      `the cloud knows none of the machine types of ${resource}`,
      { hint: "see InstanceType of that compute resource in the cluster file" },
    );
  }
  return {
    ...first,
    vcpus: Math.min(...types.map((type) => type.vcpus)),
    threadsPerCore: Math.max(...types.map((type) => type.threadsPerCore)),
    memoryMiB: Math.min(...types.map((type) => type.memoryMiB)),
  };
}
