import type { ClusterConfig } from "../cluster-file/config.ts";
import type { Provider } from "../cluster-file/schema/provider.ts";
import type { MachineType } from "../machine-type.ts";
import { type AzureVmSize, azureVmSize, azureVmSizeNames } from "./azure.ts";
import { type Ec2InstanceType, ec2InstanceType, ec2InstanceTypeNames } from "./ec2.ts";
import { localMachineTypes } from "./local-machine-types.ts";
import { type OnDemandPrice, onDemandPrice, pricedNames } from "./prices.ts";

/** What of a cluster file says which machine types there are, and what they cost. */
export type CatalogueConfig = Partial<Pick<ClusterConfig, "Local" | "Region">>;

/**
 * A machine type of any cloud. Those of the local cloud are the built-in ones and those that the
 * file declares; the price is the file's, or that of the region of the file, or the nearest to it
 * that `onDemandPrice` knows.
 *
 * @returns undefined for a name that the catalogue has no facts of.
 */
export function machineTypeOf(
  provider: Provider,
  name: string,
  config: CatalogueConfig = {},
): MachineType | undefined {
  switch (provider) {
    case "aws": {
      const type = ec2InstanceType(name);
      return type && ofEc2(type, config.Region);
    }
    case "azure": {
      const size = azureVmSize(name);
      return size && ofAzure(size, config.Region);
    }
    case "local":
      return localTypes(config).get(name);
    default:
      return provider satisfies never;
  }
}

/**
 * How much is known of a name.
 *
 * - `facts`: its processors, memory and network; its price mostly, too.
 * - `price`: its price alone, so it exists and may have any size. So are most sizes of Azure, and
 *   types of EC2 that are newer than the list of facts, or gone from it.
 * - `nothing`: a slip, or newer than the catalogue. On the local cloud it can only be a slip.
 */
export type CatalogueKnowledge = "facts" | "price" | "nothing";

export function catalogueKnows(
  provider: Provider,
  name: string,
  config: CatalogueConfig = {},
): CatalogueKnowledge {
  if (machineTypeOf(provider, name, config) !== undefined) return "facts";
  return onDemandPrice(provider, name) === undefined ? "nothing" : "price";
}

/** Every name that the catalogue has facts or a price of, in alphabetical order. */
export function machineTypeNames(
  provider: Provider,
  config: CatalogueConfig = {},
): readonly string[] {
  switch (provider) {
    case "aws":
      return merged(ec2InstanceTypeNames(), pricedNames(provider));
    case "azure":
      return merged(azureVmSizeNames(), pricedNames(provider));
    case "local":
      return [...localTypes(config).keys()];
    default:
      return provider satisfies never;
  }
}

/** `c5n`, `hpc7a`: the families of EC2 that `machineTypeNames` has types of. */
export function instanceFamilyNames(): readonly string[] {
  return [...new Set(machineTypeNames("aws").map((name) => name.slice(0, name.indexOf("."))))];
}

/** What a machine costs in USD per hour, and how sure that is. */
export type HourlyPrice = Pick<OnDemandPrice, "usdPerHour" | "approximate">;

/**
 * The on-demand price of a machine type in a cluster: on the local cloud that which its declaration
 * says, elsewhere that of the cluster's region. Known for many types that `machineTypeOf` has no
 * facts of; undefined where no price is known.
 */
export function priceFor(
  config: CatalogueConfig & { readonly Provider: Provider },
  name: string,
): HourlyPrice | undefined {
  if (config.Provider !== "local") return onDemandPrice(config.Provider, name, config.Region);
  const usdPerHour = localTypes(config).get(name)?.pricePerHour;
  return usdPerHour === undefined ? undefined : { usdPerHour, approximate: false };
}

const BUILT_IN_ONLY = {};
const localTypesOf = new WeakMap<object, ReadonlyMap<string, MachineType>>();

/** Kept per file, so that looking up each queue of a long one stays linear. */
function localTypes({ Local }: CatalogueConfig): ReadonlyMap<string, MachineType> {
  const key = Local ?? BUILT_IN_ONLY;
  const known = localTypesOf.get(key);
  if (known !== undefined) return known;
  const types = localMachineTypes({ Local });
  localTypesOf.set(key, types);
  return types;
}

function merged(known: Iterable<string>, priced: Iterable<string>): readonly string[] {
  return [...new Set([...known, ...priced])].sort();
}

function ofEc2(type: Ec2InstanceType, region: string | undefined): MachineType {
  const [gpu] = type.gpus.filter(({ manufacturer }) => manufacturer === "NVIDIA");
  return {
    name: type.name,
    arch: type.arch[0] ?? "x86_64",
    vcpus: type.vcpus,
    threadsPerCore: type.threadsPerCore,
    memoryMiB: type.memoryMiB,
    // A fraction of a GPU is one device to the system.
    ...(gpu && { gpus: { model: gresType(gpu.model), count: Math.max(1, gpu.count) } }),
    ...priced("aws", type.name, region),
    ...(type.efa ? { interconnect: "efa" } : {}),
    ...(type.burstable ? { burstable: true } : {}),
  };
}

function ofAzure(size: AzureVmSize, region: string | undefined): MachineType {
  const { gpuModel: model } = size;
  return {
    name: size.name,
    arch: size.arch,
    vcpus: size.vcpus,
    threadsPerCore: size.threadsPerCore,
    memoryMiB: size.memoryMiB,
    ...(model === undefined ? {} : { gpus: { model: gresType(model), count: size.gpus } }),
    ...priced("azure", size.name, region),
    ...(size.rdma ? { interconnect: "infiniband" } : {}),
    // The B families, and not HB.
    ...(/^standardB/i.test(size.family) ? { burstable: true } : {}),
  };
}

/** As people write it after `--gres=gpu:`, and as ParallelCluster has it: `t4`, `rtxproserver6000`. */
function gresType(model: string): string {
  return model.replaceAll(" ", "").toLowerCase();
}

function priced(
  provider: Provider,
  name: string,
  region: string | undefined,
): Pick<MachineType, "pricePerHour"> {
  const price = onDemandPrice(provider, name, region);
  return price === undefined ? {} : { pricePerHour: price.usdPerHour };
}
