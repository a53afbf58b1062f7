import type { DraftFile } from "../cluster-file/draft.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { type ComputeGroup, cloudGroupsOf, isPlaced } from "./compute-groups.ts";
import type { MachineFacts } from "./machine-facts.ts";
import { providerOf } from "./provider.ts";

/** A machine type of a list, with its facts. */
interface Known {
  readonly name: string;
  readonly facts: MachineFacts;
}

/** Several machine types behind like nodes: Slurm is told what all of them have. */
export function* instances(file: DraftFile): Generator<Problem> {
  const byMemory = file.Scheduling?.SlurmSettings?.EnableMemoryBasedScheduling === true;
  const isAzure = providerOf(file) === "azure";
  for (const group of cloudGroupsOf(file)) {
    if (!group.isFlexible || group.types.length < 2) continue;
    const types = group.types.flatMap(({ name, facts }) => (facts ? [{ name, facts }] : []));
    yield* processors(group, types);
    yield* accelerators(group, types);
    yield* networks(group, types, isAzure);
    if (byMemory) yield* memory(group, types);
  }
}

function* processors(group: ComputeGroup, types: readonly Known[]): Generator<Problem> {
  const isCores = group.resource.DisableSimultaneousMultithreading === true;
  const differing = extremes(types, ({ facts }) => (isCores ? facts.cores : facts.vcpus));
  if (differing === undefined) return;
  const what = isCores ? "cores" : "vCPUs";
  const { least, most } = differing;
  const message = `${most.name} has ${most.value} ${what} and ${least.name} ${least.value}; Slurm is told of ${least.value} on every node, and the rest is paid for and idle`;
  yield warning("InstancesCPUValidator", group, message, "write machine types of one size");
}

function* accelerators(group: ComputeGroup, types: readonly Known[]): Generator<Problem> {
  const makers = new Map(types.map(({ name, facts }) => [facts.acceleratorMaker, name]));
  makers.delete(undefined);
  if (makers.size > 1) {
    const named = [...makers].map(([maker, name]) => `${maker} in ${name}`).join(", ");
    const message = `the accelerators are of several makers (${named}), and no program runs on all of them`;
    const suggestion = "write a compute resource for each maker";
    yield problem("InstancesAcceleratorsValidator", placeOf(group), message, suggestion, AT_KEY);
  }
  const differing = extremes(types, ({ facts }) => facts.gpus);
  if (differing === undefined) return;
  const { least, most } = differing;
  const told = least.value === 0 ? "of none" : `of ${least.value} on every node`;
  const message = `${most.name} has ${gpus(most.value)} and ${least.name} ${least.value}; Slurm is told ${told}, and the rest is paid for and idle`;
  const suggestion = "write machine types with as many GPUs, or a compute resource for each";
  yield warning("InstancesAcceleratorsValidator", group, message, suggestion);
}

function gpus(count: number): string {
  return count === 1 ? "1 GPU" : `${count} GPUs`;
}

const NETWORKING = "InstancesNetworkingValidator";

function* networks(
  group: ComputeGroup,
  types: readonly Known[],
  isAzure: boolean,
): Generator<Problem> {
  const cards = extremes(types, ({ facts }) => facts.networkCards);
  if (cards !== undefined) {
    const { least, most } = cards;
    const message = `${most.name} has ${most.value} network cards and ${least.name} ${least.value}, so a job on both is as slow as on ${least.name}`;
    yield warning(NETWORKING, group, message, "write machine types with as many cards");
  }
  if (isAzure) yield* azureNetworks(group, types);
  if (!isPlaced(group)) return;
  const message = `the machines of ${group.label} are placed close together, where there is seldom room for machines of several types`;
  yield warning(
    NETWORKING,
    group,
    message,
    "write one machine type, or PlacementGroup with Enabled: false",
  );
}

/** On AWS EFA is asked for by a key, and checked there; on Azure a size has it or has it not. */
function* azureNetworks(group: ComputeGroup, types: readonly Known[]): Generator<Problem> {
  for (const [what, has] of AZURE_NETWORKS) {
    const having = types.find(({ facts }) => has(facts));
    const lacking = types.find(({ facts }) => !has(facts));
    if (having === undefined || lacking === undefined) continue;
    const message = `${having.name} has ${what} and ${lacking.name} has not, so a job on several nodes is as slow as without`;
    const suggestion = "write machine types that have the same network";
    yield warning(NETWORKING, group, message, suggestion);
  }
}

const AZURE_NETWORKS: readonly (readonly [string, (facts: MachineFacts) => boolean])[] = [
  ["InfiniBand", ({ interconnect }) => interconnect],
  ["accelerated networking", ({ acceleratedNetworking }) => acceleratedNetworking],
];

function* memory(group: ComputeGroup, types: readonly Known[]): Generator<Problem> {
  const differing = extremes(types, ({ facts }) => facts.memoryMiB);
  if (differing === undefined) return;
  const { least, most } = differing;
  const difference = most.value - least.value;
  if (difference <= MEMORY_SLACK_MIB || difference / least.value <= MEMORY_SLACK) return;
  const message = `${most.name} has ${most.value} MiB and ${least.name} ${least.value}; jobs get at most what the smaller one has, and the rest is paid for and idle`;
  const suggestion = "write machine types with about as much memory";
  yield warning("InstancesMemorySchedulingWarningValidator", group, message, suggestion);
}

/** Differences up to these are not worth a word, as in ParallelCluster. */
const MEMORY_SLACK_MIB = 4096;
const MEMORY_SLACK = 0.2;

interface Measured {
  readonly name: string;
  readonly value: number;
}

/** The least and the most, when they differ. */
function extremes(
  types: readonly Known[],
  measure: (type: Known) => number,
): { readonly least: Measured; readonly most: Measured } | undefined {
  let least: Measured | undefined;
  let most: Measured | undefined;
  for (const type of types) {
    const value = measure(type);
    if (least === undefined || value < least.value) least = { name: type.name, value };
    if (most === undefined || value > most.value) most = { name: type.name, value };
  }
  if (least === undefined || most === undefined || least.value === most.value) return undefined;
  return { least, most };
}

const AT_KEY = { at: "key" } as const;

function placeOf({ path }: ComputeGroup) {
  return [...path, "Instances"];
}

function warning(id: string, group: ComputeGroup, message: string, suggestion: string): Problem {
  return problem(id, placeOf(group), message, suggestion, { ...AT_KEY, level: "WARNING" });
}
