import { type AzureVmSize, azureVmSize } from "../catalogue/azure.ts";
import { hpcAlternatives, type QueueCandidate, queueCandidates } from "../catalogue/candidates.ts";
import { type Ec2InstanceType, ec2InstanceType } from "../catalogue/ec2.ts";
import { type HourlyPrice, machineTypeOf, priceFor } from "../catalogue/machine-types.ts";
import {
  type ClusterConfig,
  type ComputeResource,
  instanceTypes,
  type SlurmQueue,
} from "../cluster-file/config.ts";
import type { Path } from "../cluster-file/problem.ts";
import { capacityReservation } from "../cluster-file/queue-settings.ts";
import { valueAt } from "../cluster-file/schema-problems.ts";
import type { MachineType } from "../machine-type.ts";
import { type Inference, interactive, multiNode } from "./inference.ts";

/** A cluster file as rules look at it: with places, machine types and what is concluded. */
export interface AdviceFile {
  readonly config: ClusterConfig;
  readonly queues: readonly QueueView[];
  readonly resources: readonly ResourceView[];
  /** Compute nodes at most. */
  readonly nodes: number;
  readonly head: TypeView;
  /** Whether the text has a value there, rather than a default. */
  isWritten(path: Path): boolean;
  /** Of any name; the same object each time. */
  type(name: string): TypeFacts;
  /** Types that could stand beside one in a list, or for it: see `likeTypes`. */
  like(name: string, wish: { readonly spot: boolean }): readonly QueueCandidate[];
  /** What to rent for jobs across nodes instead; the best three. */
  forManyNodes(name: string, wish: { readonly spot: boolean }): readonly QueueCandidate[];
}

export interface QueueView {
  readonly queue: SlurmQueue;
  readonly path: Path;
  readonly resources: readonly ResourceView[];
  /** Nodes at most. */
  readonly nodes: number;
  readonly isSpot: boolean;
  /** People wait for its jobs. */
  readonly interactive: Inference | undefined;
}

export interface ResourceView {
  readonly resource: ComputeResource;
  readonly path: Path;
  readonly queue: SlurmQueue;
  readonly queuePath: Path;
  /** `queue/resource` */
  readonly name: string;
  /** In the order of the file. */
  readonly types: readonly TypeView[];
  /** Nodes come and go with jobs: MaxCount less MinCount. */
  readonly dynamic: number;
  readonly isReserved: boolean;
  readonly isSpot: boolean;
  /** Its jobs run over several nodes. */
  readonly multiNode: Inference | undefined;
  /** On demand, of its dearest and cheapest type; undefined when a type has no known price. */
  readonly dearest: HourlyPrice | undefined;
  readonly cheapest: HourlyPrice | undefined;
}

/** What the catalogue knows of a name; each undefined when it is not there. */
export interface TypeFacts {
  readonly name: string;
  readonly facts: MachineType | undefined;
  readonly ec2: Ec2InstanceType | undefined;
  readonly azure: AzureVmSize | undefined;
  readonly price: HourlyPrice | undefined;
}

export interface TypeView extends TypeFacts {
  readonly path: Path;
}

const BEST = 3;

/** @param written the file as plain data, before defaults. */
export function adviceFile(config: ClusterConfig, written: unknown): AdviceFile {
  const type = remembered((name: string) => factsOf(config, name));
  const queues = config.Scheduling.SlurmQueues.map((queue, index) =>
    queueView(config, queue, ["Scheduling", "SlurmQueues", index], type),
  );
  const head = config.HeadNode.InstanceType;
  const region = config.Region === undefined ? {} : { region: config.Region };
  const suggest = (find: (name: string, spot: boolean) => readonly QueueCandidate[]) => {
    const onDemand = remembered((name: string) => find(name, false));
    const spot = remembered((name: string) => find(name, true));
    return (name: string, wish: { readonly spot: boolean }) =>
      wish.spot ? spot(name) : onDemand(name);
  };
  return {
    config,
    queues,
    resources: queues.flatMap(({ resources }) => resources),
    nodes: queues.reduce((sum, { nodes }) => sum + nodes, 0),
    head: { ...type(head), path: ["HeadNode", "InstanceType"] },
    isWritten: (path) => valueAt(written, path) !== undefined,
    type,
    like: suggest((name, spot) => likeTypes(config, type(name), spot)),
    forManyNodes: suggest((name, spot) => {
      if (config.Provider === "local") return [];
      const wish = { provider: config.Provider, ...region, spot };
      return hpcAlternatives(name, wish).slice(0, BEST);
    }),
  };
}

function queueView(
  config: ClusterConfig,
  queue: SlurmQueue,
  path: Path,
  type: (name: string) => TypeFacts,
): QueueView {
  const resources = queue.ComputeResources.map((resource, index) =>
    resourceView(config, { queue, path }, resource, [...path, "ComputeResources", index], type),
  );
  return {
    queue,
    path,
    resources,
    nodes: resources.reduce((sum, { resource }) => sum + resource.MaxCount, 0),
    isSpot: queue.CapacityType === "SPOT",
    interactive: interactive({ queue, path }),
  };
}

function resourceView(
  config: ClusterConfig,
  where: { readonly queue: SlurmQueue; readonly path: Path },
  resource: ComputeResource,
  path: Path,
  type: (name: string) => TypeFacts,
): ResourceView {
  const { queue } = where;
  const types = instanceTypes(resource).map((name, index) => ({
    ...type(name),
    path:
      resource.InstanceType === undefined
        ? [...path, "Instances", index, "InstanceType"]
        : [...path, "InstanceType"],
  }));
  const prices = types.flatMap(({ price }) => price ?? []);
  const isPriced = prices.length === types.length;
  const byPrice = prices.toSorted((a, b) => a.usdPerHour - b.usdPerHour);
  return {
    resource,
    path,
    queue,
    queuePath: where.path,
    name: `${queue.Name}/${resource.Name}`,
    types,
    dynamic: Math.max(0, resource.MaxCount - resource.MinCount),
    isReserved:
      queue.CapacityType === "CAPACITY_BLOCK" ||
      capacityReservation(config, queue, resource) !== undefined,
    isSpot: queue.CapacityType === "SPOT",
    multiNode: multiNode(where, resource, path, types),
    dearest: isPriced ? byPrice.at(-1) : undefined,
    cheapest: isPriced ? byPrice[0] : undefined,
  };
}

function factsOf(config: ClusterConfig, name: string): TypeFacts {
  const { Provider: provider } = config;
  return {
    name,
    facts: machineTypeOf(provider, name, config),
    ec2: provider === "aws" ? ec2InstanceType(name) : undefined,
    azure: provider === "azure" ? azureVmSize(name) : undefined,
    price: priceFor(config, name),
  };
}

/** How much more memory a type may have than the one that it stands for. */
const MEMORY_ROOM = 2.1;

/**
 * Types of today with the same processors, threads and architecture and at least about the memory,
 * without GPUs, whose processors are not throttled; the cheapest first, those without a price not
 * at all.
 */
function likeTypes(config: ClusterConfig, type: TypeFacts, spot: boolean): QueueCandidate[] {
  const { facts } = type;
  if (facts === undefined || facts.gpus !== undefined || config.Provider === "local") return [];
  return queueCandidates({
    provider: config.Provider,
    ...(config.Region === undefined ? {} : { region: config.Region }),
    arch: facts.arch,
    interconnect: false,
    spot,
    minCores: facts.vcpus / facts.threadsPerCore,
  })
    .filter(
      ({ type: other, price }) =>
        price !== undefined &&
        other.name !== type.name &&
        other.vcpus === facts.vcpus &&
        other.threadsPerCore === facts.threadsPerCore &&
        other.memoryMiB >= facts.memoryMiB * 0.95 &&
        // Small burstable types have less memory than any other of their size.
        other.memoryMiB <= Math.max(facts.memoryMiB, 2048 * facts.vcpus) * MEMORY_ROOM &&
        !other.name.includes("-flex"),
    )
    .toSorted((a, b) => (a.price?.usdPerHour ?? 0) - (b.price?.usdPerHour ?? 0));
}

function remembered<T>(find: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) {
      found = find(name);
      known.set(name, found);
    }
    return found;
  };
}
