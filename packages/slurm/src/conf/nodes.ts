import { nodeHardware } from "./hardware.ts";
import { groupHostList, type NodeGroup, type QueueConf, type SlurmConfInput } from "./input.ts";
import { type Settings, settingsLine } from "./lines.ts";

/** What the kernel and firmware keep of a machine's memory, at most, as ParallelCluster takes it. */
const SCHEDULABLE_MEMORY_SHARE = 0.95;

/** The NodeName lines of slurm.conf. */
export function nodeLines({ groups, queues }: SlurmConfInput): string[] {
  const exclusive = new Set(queues.filter((queue) => queue.exclusive).map(({ name }) => name));
  return groups.flatMap((group) => {
    const names = groupHostList(group);
    return names === undefined ? [] : [nodeLine(group, names, exclusive.has(group.queue))];
  });
}

function nodeLine(group: NodeGroup, names: string, exclusive: boolean): string {
  // The name is what this line is about; a custom setting cannot make it another node's.
  const custom = without(group.customSettings, "nodename");
  const { cpus, cores, memoryMiB, gpus } = nodeHardware(group, exclusive);
  const features = [
    group.kind,
    ...group.machineTypes.map((type) => type.name),
    group.computeResource,
    ...(group.features ?? []),
    ...(gpus === undefined ? [] : ["gpu"]),
  ];
  return settingsLine(
    {
      NodeName: names,
      CPUs: cpus,
      ...(cores === undefined || saysTopology(custom)
        ? {}
        : { Sockets: 1, CoresPerSocket: cores.count, ThreadsPerCore: cores.threadsPerCore }),
      RealMemory: group.schedulableMemoryMiB ?? Math.floor(memoryMiB * SCHEDULABLE_MEMORY_SHARE),
      State: "CLOUD",
      Feature: [...new Set(features)].join(","),
      Weight: group.weight ?? (group.kind === "static" ? 1 : 1000),
      ...(gpus === undefined
        ? {}
        : { Gres: ["gpu", gpus.model, gpus.count].filter((word) => word !== undefined).join(":") }),
    },
    custom,
  );
}

/** Half of ours and half of an administrator's would contradict each other. */
function saysTopology(custom: Settings): boolean {
  return Object.keys(custom).some((key) =>
    /^(Boards|SocketsPerBoard|Sockets|CoresPerSocket|ThreadsPerCore)$/i.test(key),
  );
}

/** The PartitionName lines of slurm.conf. */
export function partitionLines({ groups, queues }: SlurmConfInput): string[] {
  const byQueue = Map.groupBy(groups, (group) => group.queue);
  return queues.map((queue) => partitionLine(queue, byQueue.get(queue.name) ?? []));
}

function partitionLine(queue: QueueConf, groups: readonly NodeGroup[]): string {
  const nodes = groups.flatMap((group) => groupHostList(group) ?? []).join(",");
  const { idleSeconds } = queue;
  return settingsLine(
    {
      PartitionName: queue.name,
      ...(nodes === "" ? {} : { Nodes: nodes }),
      MaxTime: "INFINITE",
      State: "UP",
      ...(queue.isDefault ? { Default: true } : {}),
      ...(queue.exclusive ? { OverSubscribe: "EXCLUSIVE" } : {}),
      ...(idleSeconds === undefined
        ? {}
        : { SuspendTime: idleSeconds === "never" ? "INFINITE" : idleSeconds }),
    },
    without(queue.customSettings, "partitionname"),
  );
}

function without(settings: Settings | undefined, lowerCaseKey: string): Settings {
  const kept = Object.entries(settings ?? {}).filter(([key]) => key.toLowerCase() !== lowerCaseKey);
  return Object.fromEntries(kept);
}
