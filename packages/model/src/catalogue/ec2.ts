import data from "./data/ec2-instance-types.json" with { type: "json" };

export type Arch = "x86_64" | "arm64";
export type UsageClass = "on-demand" | "spot" | "capacity-block";
export type PlacementStrategy = "cluster" | "partition" | "spread";

/** An EC2 instance type with the facts that EC2's DescribeInstanceTypes tells of it. */
export interface Ec2InstanceType {
  readonly name: string;
  /** What it runs; one entry for every type of today. */
  readonly arch: readonly Arch[];
  readonly vcpus: number;
  /** Physical cores; times `threadsPerCore` it is `vcpus`. */
  readonly cores: number;
  readonly threadsPerCore: number;
  readonly memoryMiB: number;
  /** In EC2's words: `Up to 25 Gigabit`, `8x 100 Gigabit`, `Moderate`. */
  readonly network: string;
  /** Peak in Gbit/s of the first network card, by EC2's account; `network` is of all cards. */
  readonly networkGbps: number;
  readonly networkCards: number;
  /** Has the Elastic Fabric Adapter. */
  readonly efa: boolean;
  /** How many EFA interfaces an instance may have at most; 0 without EFA. */
  readonly efaInterfaces: number;
  /** GPUs and what EC2 lists as such (Gaudi); Inferentia and Trainium are not among them. */
  readonly gpus: readonly Ec2Gpu[];
  /** Local disks in all, in GB; 0 without any. */
  readonly nvmeGB: number;
  readonly usage: readonly UsageClass[];
  readonly burstable: boolean;
  readonly currentGeneration: boolean;
  readonly bareMetal: boolean;
  /** Of the processor: `Intel`, `AMD`, `AWS`. */
  readonly manufacturer: string;
  /** Sustained clock of the processor; missing when EC2 does not tell. */
  readonly clockGhz?: number;
  readonly placement: readonly PlacementStrategy[];
}

export interface Ec2Gpu {
  /** `T4`, `A100`, `RTX PRO Server 6000`. */
  readonly model: string;
  readonly manufacturer: string;
  /** 0 when the instance has a fraction of one. */
  readonly count: number;
  /** Of each; of the fraction where it is one. */
  readonly memoryMiB: number;
}

const profiles = new Map<number, Profile>();
const decoded = new Map<string, Ec2InstanceType>();
let lines: ReadonlyMap<string, string> | undefined;

/**
 * Facts of an EC2 instance type, from the built-in catalogue; undefined for one that it does not
 * have, which may be newer than the catalogue. The same object each time.
 */
export function ec2InstanceType(name: string): Ec2InstanceType | undefined {
  const known = decoded.get(name);
  if (known !== undefined) return known;
  const line = linesByName().get(name);
  if (line === undefined) return undefined;
  const type = decode(name, line);
  decoded.set(name, type);
  return type;
}

/** Every EC2 instance type whose facts are known, in alphabetical order. */
export function ec2InstanceTypeNames(): readonly string[] {
  return [...linesByName().keys()];
}

/** When EC2 was asked for the facts. */
export function ec2FactsAsOf(): string {
  return data.asOf;
}

function linesByName(): ReadonlyMap<string, string> {
  lines ??= new Map(data.types.map((line) => [line.slice(0, line.indexOf(" ")), line]));
  return lines;
}

/** A line is `name profile vcpus memoryMiB network nvmeGB [gpus]`, the names of tables by position. */
function decode(name: string, line: string): Ec2InstanceType {
  const [profile = 0, vcpus = 0, memoryMiB = 0, network = 0, nvmeGB = 0, gpu] = line
    .slice(name.length + 1)
    .split(" ")
    .map(Number);
  const shared = profileAt(profile);
  const [text = "", gbps = "0"] = (data.networks[network] ?? "").split("|");
  const gpus = gpu === undefined ? [] : (data.gpus[gpu] ?? []);
  return {
    name,
    vcpus,
    cores: vcpus / shared.threadsPerCore,
    memoryMiB,
    network: text,
    networkGbps: Number(gbps),
    nvmeGB,
    gpus,
    ...shared,
  };
}

type Profile = Pick<
  Ec2InstanceType,
  | "arch"
  | "threadsPerCore"
  | "networkCards"
  | "efa"
  | "efaInterfaces"
  | "manufacturer"
  | "clockGhz"
  | "usage"
  | "placement"
  | "burstable"
  | "currentGeneration"
  | "bareMetal"
>;

function profileAt(position: number): Profile {
  const known = profiles.get(position);
  if (known !== undefined) return known;
  const profile = decodeProfile(data.profiles[position] ?? "");
  profiles.set(position, profile);
  return profile;
}

/** A profile is `arch threadsPerCore networkCards efaInterfaces manufacturer clockGhz usage placement flags`. */
function decodeProfile(profile: string): Profile {
  const [
    arch = "",
    threads,
    cards,
    efa,
    manufacturer = "",
    clock,
    usage = "",
    placement = "",
    flags,
  ] = profile.split(" ");
  const clockGhz = Number(clock);
  return {
    arch: arch.split(",") as Arch[],
    threadsPerCore: Number(threads),
    networkCards: Number(cards),
    efa: efa !== "0",
    efaInterfaces: Number(efa),
    manufacturer,
    ...(clockGhz > 0 ? { clockGhz } : {}),
    usage: usage.split(",") as UsageClass[],
    placement: placement.split(",") as PlacementStrategy[],
    burstable: flags?.includes("burstable") ?? false,
    currentGeneration: flags?.includes("current") ?? false,
    bareMetal: flags?.includes("metal") ?? false,
  };
}
