import {
  type ClusterConfig,
  ec2InstanceType,
  instanceTypes,
  machineTypeOf,
  type Os,
} from "@sluice/model";
import type { Architecture } from "./contract.ts";
import type { Scope } from "./scope.ts";

/** Types that the catalogue doesn't know tell by their name: `c7gn.large` has Graviton processors. */
export function architectureOf(config: ClusterConfig, type: string): Architecture {
  const known = machineTypeOf("aws", type, config)?.arch;
  if (known === "x86_64" || known === "arm64") return known;
  return /^([a-z]+\d+g|a1\.)/.test(type) ? "arm64" : "x86_64";
}

/** How a machine has one thread per core; undefined for what has that anyway or is not known. */
export function oneThreadPerCore(config: ClusterConfig, type: string) {
  const known = machineTypeOf("aws", type, config);
  if (known === undefined || known.threadsPerCore === 1) return undefined;
  // What has no hypervisor has no options of one.
  if (ec2InstanceType(type)?.bareMetal === true) return undefined;
  return { coreCount: known.vcpus / known.threadsPerCore, threadsPerCore: 1 };
}

/** Device name of the disk that the official images boot from. */
export function rootDevice(os: Os): string {
  return os === "alinux2023" || os.startsWith("debian") ? "/dev/xvda" : "/dev/sda1";
}

/** Disks of these kinds have no operations per second but those that are asked for. */
const PROVISIONED = new Set(["io1", "io2"]);

/** Operations per second of a disk, with the cluster file's default. */
export function iopsOf(
  disk: { readonly VolumeType?: string | undefined; readonly Iops?: number | undefined } = {},
): number | undefined {
  return disk.Iops ?? (PROVISIONED.has(disk.VolumeType ?? "gp3") ? 100 : undefined);
}

/** The image of a machine that its own section may name. */
export function imageOf(
  { config, parameters }: Scope,
  type: string,
  own: { readonly CustomAmi?: string | undefined } | undefined,
): string {
  const custom = own?.CustomAmi ?? config.Image.CustomAmi;
  return custom ?? parameters.image(config.Image.Os, architectureOf(config, type));
}

/** Images that the head launches compute machines from, by `OS/ARCH`. */
export function computeImages({ config, parameters }: Scope): Readonly<Record<string, string>> {
  if (config.Image.CustomAmi !== undefined) return {};
  const { Os } = config.Image;
  const types = config.Scheduling.SlurmQueues.filter((queue) => !queue.Image?.CustomAmi)
    .flatMap((queue) => queue.ComputeResources)
    .flatMap(instanceTypes);
  const archs = [...new Set(types.map((type) => architectureOf(config, type)))].sort();
  return Object.fromEntries(archs.map((arch) => [`${Os}/${arch}`, parameters.image(Os, arch)]));
}
