import data from "./data/azure-vm-sizes.json" with { type: "json" };
import type { Arch } from "./ec2.ts";

/** A size of Azure's virtual machines, with the facts that its resource SKU tells. */
export interface AzureVmSize {
  /** With its prefix: `Standard_HB120rs_v3`. */
  readonly name: string;
  /** The quota family: `standardHBrsv3Family`. */
  readonly family: string;
  readonly arch: Arch;
  readonly vcpus: number;
  /** Physical cores; times `threadsPerCore` it is `vcpus`. */
  readonly cores: number;
  readonly threadsPerCore: number;
  readonly memoryMiB: number;
  /** How many. */
  readonly gpus: number;
  /** `A100`; missing without GPUs. */
  readonly gpuModel?: string;
  /** Has InfiniBand. */
  readonly rdma: boolean;
  readonly acceleratedNetworking: boolean;
  /** Can be had as a spot machine. */
  readonly spot: boolean;
  readonly ephemeralOsDisk: boolean;
}

let sizes: ReadonlyMap<string, AzureVmSize> | undefined;

/**
 * Facts of a size, from the built-in catalogue; undefined for one that it does not have. Of most
 * sizes it has the price alone: `catalogueKnows` tells these from names that are nothing.
 */
export function azureVmSize(name: string): AzureVmSize | undefined {
  return sizesByName().get(name);
}

/** Every size whose facts are known, in alphabetical order. */
export function azureVmSizeNames(): readonly string[] {
  return [...sizesByName().keys()];
}

/** When Azure was asked for the facts. */
export function azureFactsAsOf(): string {
  return data.asOf;
}

function sizesByName(): ReadonlyMap<string, AzureVmSize> {
  sizes ??= new Map(
    data.sizes.map(({ arch, ...size }) => [
      size.name,
      { ...size, arch: arch as Arch, cores: size.vcpus / size.threadsPerCore },
    ]),
  );
  return sizes;
}
