import type { CheckedClusterFile } from "./schema/cluster.ts";
import type { ComputeResource } from "./schema/compute-resource.ts";
import type { Os } from "./schema/image.ts";
import { vpcSchema } from "./schema/vpc.ts";
import { headPlaces } from "./zones.ts";

export type { Duration, IdleTime } from "./schema/duration.ts";
export type { Provider } from "./schema/provider.ts";
export type { SharedStorage } from "./schema/shared-storage/index.ts";
export type { CapacityType, SlurmQueue } from "./schema/slurm-queue.ts";
export type { SlurmSettings } from "./schema/slurm-settings.ts";
export type { Tag } from "./schema/tags.ts";
export type { SlurmValue } from "./schema/values.ts";
export { type WarmNodes, WEEKDAYS } from "./schema/warm-nodes.ts";
export type { ComputeResource, Os };

/** A Unix user of the cluster. */
export interface User {
  readonly Name: string;
  readonly Uid: number;
}

/**
 * A cluster file that passed every check, with every default applied. Keys are those of the file;
 * `Vpc` is there when the cluster's network is one that Sluice makes.
 */
export type ClusterConfig = Omit<CheckedClusterFile, "Image" | "HeadNode" | "Users"> & {
  readonly Image: NonNullable<CheckedClusterFile["Image"]> & { readonly Os: Os };
  readonly HeadNode: CheckedClusterFile["HeadNode"] & {
    readonly InstanceType: string;
  };
  readonly Users: readonly User[];
};

const FIRST_UID = 2001;

/** The defaults that depend on more than their own key. */
export function withProviderDefaults(file: CheckedClusterFile): ClusterConfig {
  return {
    ...file,
    // Elsewhere both are required, so these fallbacks are only ever those of the local cloud.
    Image: { ...file.Image, Os: file.Image?.Os ?? "debian13" },
    HeadNode: withPlaces(file),
    ...(makesNetwork(file) ? { Vpc: vpcSchema.unwrap().parse(file.Vpc ?? {}) } : {}),
    SharedStorage: file.SharedStorage.map((storage) => ({
      ...storage,
      MountDir: mountPoint(storage.MountDir),
    })),
    Users: withUids(file.Users),
  };
}

/** Of both heads; written out, a default is no other place than the one it stands for. */
function withPlaces({ Provider, HeadNode, Local }: CheckedClusterFile): ClusterConfig["HeadNode"] {
  const InstanceType = HeadNode.InstanceType ?? "local.head";
  const head = { ...HeadNode, InstanceType };
  const [first, second] = headPlaces({ Provider, HeadNode: head, Local });
  const zone = (place = first) => (Provider === "local" ? { Zone: place?.zone } : {});
  if (second === undefined) return { ...head, ...zone() };
  const Standby = { ...HeadNode.Standby, ...zone(second), InstanceType: second.instanceType };
  return { ...head, ...zone(), Standby };
}

/** Either all machines name subnets or none does. */
function makesNetwork({ Provider, HeadNode }: CheckedClusterFile): boolean {
  return Provider === "aws" && HeadNode.Networking?.SubnetId === undefined;
}

/** ParallelCluster's files may leave out the first slash. */
export function mountPoint(mountDir: string): string {
  return mountDir.startsWith("/") ? mountDir : `/${mountDir}`;
}

/** Users without a number get the next free one from 2001, in the order of the file. */
export function withUids(users: CheckedClusterFile["Users"]): readonly User[] {
  const taken = new Set(users.flatMap((user) => user.Uid ?? []));
  let next = FIRST_UID;
  return users.map(({ Name, Uid }) => {
    if (Uid !== undefined) return { Name, Uid };
    while (taken.has(next)) next += 1;
    taken.add(next);
    return { Name, Uid: next };
  });
}

/** Machine types that may back a node, in the order of the file. */
export function instanceTypes(resource: ComputeResource): readonly string[] {
  if (resource.InstanceType !== undefined) return [resource.InstanceType];
  return (resource.Instances ?? []).map((instance) => instance.InstanceType);
}

/** Seconds that machines may take to be ready; DevSettings.Timeouts with the provider's defaults. */
export function bootstrapTimeouts(config: ClusterConfig): {
  readonly head: number;
  readonly compute: number;
} {
  const given = config.DevSettings?.Timeouts;
  const fallback =
    config.Provider === "local" ? { head: 60, compute: 30 } : { head: 1800, compute: 1800 };
  return {
    head: given?.HeadNodeBootstrapTimeout ?? fallback.head,
    compute: given?.ComputeNodeBootstrapTimeout ?? fallback.compute,
  };
}
