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

export interface JobPrice {
  readonly usdPerHour: number;
  readonly nodes: number;
  /** Nodes of which no price is known; they are not in `usdPerHour`. */
  readonly unpriced: number;
  /** Of spot machines without a price of their own, and where another region's price stands in. */
  readonly approximate: boolean;
}

/** What machine a node had, where that is known, such as from the event of its launch. */
export type KnownMachine = (
  node: string,
) => { readonly instanceType?: string; readonly market?: string } | undefined;

interface NodeKind {
  readonly usdPerHour: number | undefined;
  readonly approximate: boolean;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly gpus: number;
}

/**
 * What jobs of a cluster cost while they run, by the price list: the part of its nodes that a job
 * holds, which is the largest of its parts of their CPUs, memory and GPUs. Of several machine types
 * that a compute resource may have it is the first, unless `known` says which it was; what a cloud
 * really asked is not in it. Without a file nothing has a known price.
 */
export function jobPrices(
  config: ClusterConfig | undefined,
  known: KnownMachine = () => undefined,
): (job: PricedJob) => JobPrice {
  if (config === undefined) return (job) => priceOf(job, () => undefined);
  const places = new Map<string, Place>();
  for (const queue of config.Scheduling.SlurmQueues) {
    for (const resource of queue.ComputeResources) {
      places.set(`${queue.Name}\0${resource.Name}`, { queue, resource });
    }
  }
  const kinds = new Map<string, NodeKind>();
  const kindOfNode = (name: string): NodeKind | undefined => {
    const node = nodeOf(config, name);
    const id = node && `${node.queue}\0${node.computeResource}`;
    const place = id === undefined ? undefined : places.get(id);
    if (place === undefined) return undefined;
    const [first = ""] = instanceTypes(place.resource);
    const { instanceType = first, market } = known(name) ?? {};
    const isSpot = market === undefined ? place.queue.CapacityType === "SPOT" : market === "spot";
    const key = `${id}\0${instanceType}\0${isSpot}`;
    const kind = kinds.get(key) ?? kindOf(config, place.resource, instanceType, isSpot);
    kinds.set(key, kind);
    return kind;
  };
  return (job) => priceOf(job, kindOfNode);
}

interface Place {
  readonly queue: SlurmQueue;
  readonly resource: ComputeResource;
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
    approximate: priced.some(({ approximate }) => approximate),
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

function kindOf(
  config: ClusterConfig,
  resource: ComputeResource,
  name: string,
  isSpot: boolean,
): NodeKind {
  const type = machineTypeOf(config.Provider, name, config);
  const threads = resource.DisableSimultaneousMultithreading ? (type?.threadsPerCore ?? 1) : 1;
  const spot = isSpot ? spotPrice(config, name) : undefined;
  const onDemand = priceFor(config, name);
  return {
    usdPerHour: spot ?? onDemand?.usdPerHour,
    approximate: spot === undefined && (isSpot || onDemand?.approximate === true),
    cpus: (type?.vcpus ?? 0) / threads,
    memoryMib: type?.memoryMiB ?? 0,
    gpus: type?.gpus?.count ?? 0,
  };
}

/** Where a list of spot prices can exist at all. */
function spotPrice(config: ClusterConfig, name: string): number | undefined {
  if (config.Provider !== "local") return undefined;
  return localMachineTypes(config).get(name)?.spotPricePerHour;
}
