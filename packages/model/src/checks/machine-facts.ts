import { azureVmSize } from "../catalogue/azure.ts";
import { type Arch, type Ec2InstanceType, ec2InstanceType } from "../catalogue/ec2.ts";
import type { Provider } from "../cluster-file/schema/provider.ts";
import type { CapacityType } from "../cluster-file/schema/slurm-queue.ts";

/** What checks need to know of a machine type, whichever vendor's it is. */
export interface MachineFacts {
  readonly arch: readonly Arch[];
  readonly vcpus: number;
  readonly cores: number;
  readonly memoryMiB: number;
  /** GPUs, a fraction counted as one. */
  readonly gpus: number;
  /** Who made the GPUs or other accelerators; missing without any. */
  readonly acceleratorMaker?: string;
  /** Has EFA or InfiniBand. */
  readonly interconnect: boolean;
  readonly networkCards: number;
  /** False for old sizes of Azure only. */
  readonly acceleratedNetworking: boolean;
  readonly capacityTypes: readonly CapacityType[];
  /** Can be launched into a cluster placement group. */
  readonly placement: boolean;
}

const known = { aws: new Map<string, MachineFacts>(), azure: new Map<string, MachineFacts>() };

/**
 * From the built-in catalogue; undefined for a type that it has no facts of, and on the local
 * cloud, whose types the file itself declares.
 */
export function machineFacts(provider: Provider, name: string): MachineFacts | undefined {
  if (provider === "local") return undefined;
  const found = known[provider].get(name);
  if (found !== undefined) return found;
  const facts = provider === "aws" ? ofEc2(name) : ofAzure(name);
  // Names that are nothing come from files and would fill the memory.
  if (facts !== undefined) known[provider].set(name, facts);
  return facts;
}

/** Accelerators that the catalogue does not list as GPUs, by family; those of AWS itself aside. */
const OTHER_MAKERS: Readonly<Record<string, string>> = { dl2q: "Qualcomm" };

const CAPACITY_TYPES: Readonly<Record<Ec2InstanceType["usage"][number], CapacityType>> = {
  "on-demand": "ONDEMAND",
  spot: "SPOT",
  "capacity-block": "CAPACITY_BLOCK",
};

function ofEc2(name: string): MachineFacts | undefined {
  const type = ec2InstanceType(name);
  if (type === undefined) return undefined;
  const family = name.slice(0, name.indexOf("."));
  const maker = type.gpus[0]?.manufacturer ?? OTHER_MAKERS[family];
  return {
    arch: type.arch,
    vcpus: type.vcpus,
    cores: type.cores,
    memoryMiB: type.memoryMiB,
    gpus: type.gpus.reduce((sum, { count }) => sum + Math.max(1, count), 0),
    ...(maker === undefined ? {} : { acceleratorMaker: maker }),
    interconnect: type.efa,
    networkCards: type.networkCards,
    acceleratedNetworking: true,
    capacityTypes: type.usage.map((usage) => CAPACITY_TYPES[usage]),
    placement: type.placement.includes("cluster"),
  };
}

function ofAzure(name: string): MachineFacts | undefined {
  const size = azureVmSize(name);
  if (size === undefined) return undefined;
  return {
    arch: [size.arch],
    vcpus: size.vcpus,
    cores: size.cores,
    memoryMiB: size.memoryMiB,
    gpus: size.gpus,
    ...(size.gpus > 0 ? { acceleratorMaker: azureMaker(size.gpuModel) } : {}),
    interconnect: size.rdma,
    networkCards: 1,
    acceleratedNetworking: size.acceleratedNetworking,
    capacityTypes: size.spot ? ["ONDEMAND", "SPOT"] : ["ONDEMAND"],
    placement: true,
  };
}

function azureMaker(model: string | undefined): string {
  return model !== undefined && /^(MI\d|V620|Radeon)/i.test(model) ? "AMD" : "NVIDIA";
}
