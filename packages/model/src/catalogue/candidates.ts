import type { MachineType } from "../machine-type.ts";
import { azureVmSize, azureVmSizeNames } from "./azure.ts";
import { ec2InstanceType, ec2InstanceTypeNames } from "./ec2.ts";
import { machineTypeOf } from "./machine-types.ts";
import { type OnDemandPrice, onDemandPrice } from "./prices.ts";

export interface CandidateWish {
  readonly provider: "aws" | "azure";
  /** Prices are those of this region where they are known. */
  readonly region?: string;
  readonly arch?: MachineType["arch"];
  /** With EFA or InfiniBand, for jobs across nodes; default true. */
  readonly interconnect?: boolean;
  /** At least so many; default 0, which means types without any. */
  readonly minGpus?: number;
  /** Those only that can be had as spot machines; default false. */
  readonly spot?: boolean;
  /** Physical cores. */
  readonly minCores?: number;
  readonly minMemoryMiBPerCore?: number;
}

export interface QueueCandidate {
  readonly type: MachineType;
  /** `hpc7a`, `c5n`; on Azure the quota family. */
  readonly family: string;
  /** Physical ones. */
  readonly cores: number;
  /** Missing when unknown, as is that of most hpc types, which us-east-1 does not have. */
  readonly price?: OnDemandPrice;
  readonly usdPerCoreHour?: number;
}

/**
 * Machine types that suit a queue of computing jobs: of the current generation, neither burstable
 * nor bare metal, and not made for storage, inference or video. The cheapest physical core first,
 * or the cheapest GPU where GPUs are wanted; those without a known price last.
 */
export function queueCandidates(wish: CandidateWish): readonly QueueCandidate[] {
  return computing(wish.provider)
    .filter((type) => suits(type, wish))
    .map((type) => priced(type, wish))
    .toSorted(byCost);
}

/** Part of the memory per core of a type that an alternative to it may lack. */
const MEMORY_SLACK = 0.1;

/**
 * What to rent for jobs across several nodes instead of a type without EFA or InfiniBand: of the
 * same architecture, with at least as many GPUs and cores, and about as much memory for each core.
 * The best of each family; families made for such jobs (hpc7a, HBv4) first, then the cheapest.
 *
 * @returns none for a name that the catalogue has no facts of; never the type itself.
 */
export function hpcAlternatives(
  name: string,
  wish: Pick<CandidateWish, "provider" | "region" | "spot">,
): readonly QueueCandidate[] {
  const type = machineTypeOf(wish.provider, name);
  if (type === undefined) return [];
  const cores = coresOf(type);
  const candidates = queueCandidates({
    ...wish,
    arch: type.arch,
    minGpus: type.gpus?.count ?? 0,
    minCores: cores,
    minMemoryMiBPerCore: (type.memoryMiB / cores) * (1 - MEMORY_SLACK),
  }).filter((candidate) => candidate.type.name !== name);
  const families = Map.groupBy(candidates, ({ family }) => family);
  return [...families.values()]
    .flatMap((family) => family[0] ?? [])
    .toSorted((a, b) => Number(isMadeForHpc(b)) - Number(isMadeForHpc(a)) || byCost(a, b));
}

/** A machine type that computes, before anyone wishes for something. */
interface ComputingType {
  readonly type: MachineType;
  readonly family: string;
  readonly cores: number;
  readonly spot: boolean;
}

const pools = new Map<CandidateWish["provider"], readonly ComputingType[]>();

function computing(provider: CandidateWish["provider"]): readonly ComputingType[] {
  const known = pools.get(provider);
  if (known !== undefined) return known;
  const types = provider === "aws" ? ec2Types() : azureTypes();
  const pool = types.filter(({ type }) => type.burstable !== true);
  pools.set(provider, pool);
  return pool;
}

/** General purpose, compute, memory, HPC, GPUs, in the letters of EC2's families. */
const COMPUTING_FAMILIES = /^(hpc|[cmrxzp]|gr?)\d/;

function ec2Types(): readonly ComputingType[] {
  return ec2InstanceTypeNames()
    .filter((name) => COMPUTING_FAMILIES.test(name))
    .flatMap((name) => {
      const facts = ec2InstanceType(name);
      const type = machineTypeOf("aws", name);
      if (!facts?.currentGeneration || facts.bareMetal || type === undefined) return [];
      const family = name.slice(0, name.indexOf("."));
      return [{ type, family, cores: facts.cores, spot: facts.usage.includes("spot") }];
    });
}

function azureTypes(): readonly ComputingType[] {
  return azureVmSizeNames().flatMap((name) => {
    const facts = azureVmSize(name);
    const type = machineTypeOf("azure", name);
    if (facts === undefined || type === undefined) return [];
    return [{ type, family: facts.family, cores: facts.cores, spot: facts.spot }];
  });
}

function suits({ type, cores, spot }: ComputingType, wish: CandidateWish): boolean {
  const { interconnect = true, minGpus = 0, minCores = 0, minMemoryMiBPerCore = 0 } = wish;
  return (
    (type.gpus === undefined) === (minGpus === 0) &&
    (type.gpus?.count ?? 0) >= minGpus &&
    (wish.arch === undefined || type.arch === wish.arch) &&
    (!interconnect || type.interconnect !== undefined) &&
    (!wish.spot || spot) &&
    cores >= minCores &&
    type.memoryMiB / cores >= minMemoryMiBPerCore
  );
}

function priced({ type, family, cores }: ComputingType, wish: CandidateWish): QueueCandidate {
  const price = onDemandPrice(wish.provider, type.name, wish.region);
  if (price === undefined) return { type, family, cores };
  return {
    type: { ...type, pricePerHour: price.usdPerHour },
    family,
    cores,
    price,
    usdPerCoreHour: price.usdPerHour / cores,
  };
}

function coresOf({ vcpus, threadsPerCore }: MachineType): number {
  return vcpus / threadsPerCore;
}

function isMadeForHpc({ family }: QueueCandidate): boolean {
  return /^(hpc\d|standardH[BCX])/.test(family);
}

/** At the same cost the larger machine, of which a job needs fewer; without one, the leaner. */
function byCost(a: QueueCandidate, b: QueueCandidate): number {
  const [costA, costB] = [costOf(a), costOf(b)];
  if (costA !== costB) return costA - costB;
  if (costA === Infinity) {
    const leaner = memoryPerCore(a) - memoryPerCore(b);
    if (leaner !== 0) return leaner;
  }
  return b.cores - a.cores || (a.type.name < b.type.name ? -1 : 1);
}

/** In tenths of a millidollar for a core or a GPU, because sizes of one family differ by rounding. */
function costOf({ price, type, cores }: QueueCandidate): number {
  if (price === undefined) return Infinity;
  return Math.round((price.usdPerHour / (type.gpus?.count ?? cores)) * 10_000);
}

function memoryPerCore({ type, cores }: QueueCandidate): number {
  return type.memoryMiB / cores;
}
