import { ec2InstanceType } from "../catalogue/ec2.ts";
import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { providerOf } from "./provider.ts";
import { queuesOf } from "./resources.ts";

const DEFAULT_DIR = "/scratch";

/** Where machines mount disks of their own, each with a machine type that has some. */
export function ephemeralDirsOf(file: DraftFile): ReadonlyMap<string, string> {
  const dirs = new Map<string, string>();
  if (providerOf(file) !== "aws") return dirs;
  const add = (volume: Volume, types: readonly unknown[]): void => {
    const dir =
      volume === null ? null : volume?.MountDir === undefined ? DEFAULT_DIR : volume.MountDir;
    const type = types.find((name) => typeof name === "string" && hasDisks(name));
    if (dir !== null && typeof type === "string" && !dirs.has(dir)) dirs.set(dir, type);
  };
  const head = file.HeadNode;
  add(head?.LocalStorage?.EphemeralVolume, [head?.InstanceType]);
  for (const { queue } of queuesOf(file)) {
    const types = entriesOf(queue.ComputeResources).flatMap(({ item }) => [
      item.InstanceType,
      ...entriesOf(item.Instances).map((instance) => instance.item.InstanceType),
    ]);
    add(queue.ComputeSettings?.LocalStorage?.EphemeralVolume, types);
  }
  return dirs;
}

type Volume = { readonly MountDir?: string | null | undefined } | null | undefined;

function hasDisks(instanceType: string): boolean {
  return (ec2InstanceType(instanceType)?.nvmeGB ?? 0) > 0;
}
