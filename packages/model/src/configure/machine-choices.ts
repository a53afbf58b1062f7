import { type QueueCandidate, queueCandidates } from "../catalogue/candidates.ts";
import {
  catalogueKnows,
  instanceFamilyNames,
  machineTypeNames,
  machineTypeOf,
} from "../catalogue/machine-types.ts";
import { onDemandPrice } from "../catalogue/prices.ts";
import { nearest } from "../cluster-file/nearest.ts";
import type { MachineType } from "../machine-type.ts";
import type { CloudPlan, Purpose } from "./plan.ts";
import { sizeOf } from "./plan-text.ts";
import type { Choice } from "./question.ts";

const MAX_CHOICES = 7;

const HEADS = {
  aws: ["t3.large", "m7i.large", "m7i.xlarge", "c7i.2xlarge", "m7g.large", "m7g.xlarge"],
  azure: ["Standard_D4s_v3", "Standard_D2_v5", "Standard_D4s_v5", "Standard_D8s_v5"],
} as const;

interface Place {
  readonly provider: CloudPlan["provider"];
  readonly region: string;
  /** Names of the types that the account can have there; undefined when it was not asked. */
  readonly available: ReadonlySet<string> | undefined;
}

/** Machine types for a head node, the default first. */
export function headChoices(place: Place): readonly Choice[] {
  return HEADS[place.provider]
    .filter((name) => catalogueKnows(place.provider, name) !== "nothing" && isThere(name, place))
    .map((name) => choice(name, place));
}

/** Machine types for what a queue is for, of the head's architecture, the default first. */
export function queueChoices(
  purpose: Purpose,
  { headType, ...place }: Place & { readonly headType: string },
): readonly Choice[] {
  const candidates = queueCandidates({
    provider: place.provider,
    region: place.region,
    arch: archOf(place.provider, headType),
    ...WISHES[purpose],
  }).filter((candidate) => fits(purpose, candidate) && isThere(candidate.type.name, place));
  const families = Map.groupBy(candidates, ({ family }) => family);
  const best = [...families.values()].flatMap((family) => family[0] ?? []);
  const made = purpose === "mpi" ? best.filter(isMadeForMpi).slice(0, 2) : [];
  const others = best.filter((candidate) => !made.includes(candidate));
  return [...others.slice(0, 1), ...made, ...others.slice(1)]
    .slice(0, MAX_CHOICES)
    .map(({ type }) => choice(type.name, place));
}

/** One image is for one architecture; most types that nothing is known of are of this one. */
function archOf(provider: CloudPlan["provider"], name: string): MachineType["arch"] {
  return machineTypeOf(provider, name)?.arch ?? "x86_64";
}

const WISHES = {
  mpi: { interconnect: true, minCores: 16 },
  throughput: { interconnect: false },
  gpu: { interconnect: false, minGpus: 1 },
  interactive: { interconnect: false },
} as const;

/** EC2's machines with a part of a GPU, such as g6f and gr6f. */
const PART_OF_A_GPU = /^gr?\d+f$/;

function fits(purpose: Purpose, { cores, family, type }: QueueCandidate): boolean {
  switch (purpose) {
    case "throughput":
      return cores >= 4 && cores <= 16 && type.interconnect === undefined;
    case "interactive":
      return cores >= 2 && cores <= 4 && type.interconnect === undefined;
    case "gpu":
      return !PART_OF_A_GPU.test(family);
    case "mpi":
      return true;
    default:
      return purpose satisfies never;
  }
}

function isMadeForMpi({ family }: QueueCandidate): boolean {
  return /^hpc\d/.test(family);
}

function isThere(name: string, { available }: Place): boolean {
  return available?.has(name) ?? true;
}

function choice(name: string, { provider, region }: Place): Choice {
  const price = onDemandPrice(provider, name, region);
  const where = price?.approximate ? ` in ${price.region}` : "";
  const cost = price === undefined ? "price not known" : `${price.usdPerHour} USD/h${where}`;
  const size = sizeOf(provider, name);
  return { value: name, label: [name, ...(size === undefined ? [] : [size]), cost].join(", ") };
}

/** Why a name is no machine type, as far as can be told: newer ones than the catalogue exist. */
export function machineTypeProblem(
  name: string,
  { provider, region, available }: Place,
): string | undefined {
  if (available !== undefined) {
    if (available.has(name)) return undefined;
    return `${quoted(name)} can't be had in ${region}${meant(name, available)}`;
  }
  if (catalogueKnows(provider, name) !== "nothing") return undefined;
  const [family = "", size] = name.split(".");
  const isNewFamily = size !== undefined && !instanceFamilyNames().includes(family);
  if (provider === "aws" && isNewFamily && /^[a-z][a-z0-9-]+\.[a-z0-9-]+$/.test(name)) {
    return undefined;
  }
  return `${quoted(name)} is not a machine type of ${provider}${meant(name, machineTypeNames(provider))}`;
}

/** Why a compute node can't be of this type beside such a head. */
export function archProblem(
  name: string,
  { provider, headType }: Pick<CloudPlan, "provider" | "headType">,
): string | undefined {
  const type = machineTypeOf(provider, name);
  const arch = archOf(provider, headType);
  if (type === undefined || type.arch === arch) return undefined;
  return `${quoted(name)} is ${type.arch} and the head node ${arch}; write one that is ${arch} too`;
}

function meant(name: string, names: Iterable<string>): string {
  const near = nearest(name, names);
  return near === undefined ? "; write its name as the cloud has it" : `; write ${near}`;
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 60));
}
