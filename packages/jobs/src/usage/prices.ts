import {
  type ClusterConfig,
  type ComputeResource,
  instanceTypes,
  localMachineTypes,
  machineTypeOf,
  nodeOf,
  priceFor,
  type SlurmQueue,
} from "@sluice/model";
import { expandHostList, memoryIn } from "@sluice/slurm";

export interface PricedJob {
  /** A host list. */
  readonly nodes: string;
  readonly cpus: number;
  readonly tres: string;
}

/** `unpriced`: nodes of which no price is known; they are not in `usdPerHour`. */
export interface JobPrice {
  readonly usdPerHour: number;
  readonly nodes: number;
  readonly unpriced: number;
}

interface NodeKind {
  readonly usdPerHour: number | undefined;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly gpus: number;
}

/**
 * What jobs of a cluster cost while they run, by the price list: the part of its nodes that a job
 * holds, which is the largest of its parts of their CPUs, memory and GPUs. Of several machine types
 * that a compute resource may have it is the first; what a cloud really asked is not in it.
 */
export function jobPrices(config: ClusterConfig): (job: PricedJob) => JobPrice {
  const kinds = new Map<string, NodeKind>();
  for (const queue of config.Scheduling.SlurmQueues) {
    for (const resource of queue.ComputeResources) {
      kinds.set(`${queue.Name}\0${resource.Name}`, kindOf(config, queue, resource));
    }
  }
  const kindOfNode = (name: string): NodeKind | undefined => {
    const node = nodeOf(config, name);
    return node && kinds.get(`${node.queue}\0${node.computeResource}`);
  };
  return (job) => priceOf(job, kindOfNode);
}

function priceOf(job: PricedJob, kindOf: (node: string) => NodeKind | undefined): JobPrice {
  const names = namesIn(job.nodes);
  const known = names.flatMap((name) => kindOf(name) ?? []);
  const priced = known.filter(({ usdPerHour }) => usdPerHour !== undefined);
  const sum = (of: (kind: NodeKind) => number) => known.reduce((all, kind) => all + of(kind), 0);
  const part = Math.max(
    partOf(
      job.cpus,
      sum(({ cpus }) => cpus),
    ),
    partOf(
      memoryIn(job.tres) ?? 0,
      sum(({ memoryMib }) => memoryMib),
    ),
    partOf(
      gpusIn(job.tres),
      sum(({ gpus }) => gpus),
    ),
  );
  return {
    usdPerHour: Math.min(1, part) * sum(({ usdPerHour = 0 }) => usdPerHour),
    nodes: names.length,
    unpriced: names.length - priced.length,
  };
}

/** Of GPUs of any kind in a TRES string. */
export function gpusIn(tres: string): number {
  return Number(/(?:^|,)gres\/gpu=(\d+)/.exec(tres)?.[1] ?? 0);
}

function partOf(held: number, all: number): number {
  return all > 0 ? held / all : 0;
}

function namesIn(nodes: string): readonly string[] {
  try {
    return expandHostList(nodes);
  } catch {
    // What accounting cut short is no list; a job of unknown nodes has no known price.
    return [];
  }
}

function kindOf(config: ClusterConfig, queue: SlurmQueue, resource: ComputeResource): NodeKind {
  const [name = ""] = instanceTypes(resource);
  const type = machineTypeOf(config.Provider, name, config);
  const threads = resource.DisableSimultaneousMultithreading ? (type?.threadsPerCore ?? 1) : 1;
  return {
    usdPerHour: spotPrice(config, queue, name) ?? priceFor(config, name)?.usdPerHour,
    cpus: (type?.vcpus ?? 0) / threads,
    memoryMib: type?.memoryMiB ?? 0,
    gpus: type?.gpus?.count ?? 0,
  };
}

/** Where a list of spot prices can exist at all. */
function spotPrice(config: ClusterConfig, queue: SlurmQueue, name: string): number | undefined {
  if (config.Provider !== "local" || queue.CapacityType !== "SPOT") return undefined;
  return localMachineTypes(config).get(name)?.spotPricePerHour;
}
