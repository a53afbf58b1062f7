import type { SharedStorage } from "@sluice/model";
import { CfnVolume } from "aws-cdk-lib/aws-ec2";
import { Tags } from "aws-cdk-lib/core";
import { given } from "../given.ts";
import { idOf } from "../logical-id.ts";
import { iopsOf } from "../machine-facts.ts";
import type { Network } from "../network.ts";
import type { Scope } from "../scope.ts";
import { applyDeletionPolicy } from "./deletion.ts";

interface Disk {
  readonly volumeId: string;
  readonly name: string;
  readonly mountPoint: string;
  readonly raid?: 0 | 1;
}

/** In GiB. */
const DEFAULT_SIZE = 40;

/** Volumes that the head attaches and exports: one, or those of a RAID. */
export function ebsDisks(scope: Scope, network: Network, storage: SharedStorage): readonly Disk[] {
  const { EbsSettings: settings, MountDir: mountPoint, Name: name } = storage;
  if (settings?.VolumeId !== undefined) return [{ volumeId: settings.VolumeId, name, mountPoint }];
  const raid = settings?.Raid;
  if (raid === undefined) {
    return [{ volumeId: volume(scope, network, storage, ""), name, mountPoint }];
  }
  return Array.from({ length: raid.NumberOfVolumes }, (_, index) => ({
    volumeId: volume(scope, network, storage, `Of${index + 1}`),
    name,
    mountPoint,
    raid: raid.Type,
  }));
}

function volume(
  scope: Scope,
  { headZone }: Network,
  { Name, EbsSettings: settings }: SharedStorage,
  suffix: string,
): string {
  const size = settings?.SnapshotId === undefined ? DEFAULT_SIZE : undefined;
  const made = new CfnVolume(
    scope.stack,
    `${idOf("Volume", Name)}${suffix}`,
    given({
      availabilityZone: headZone,
      volumeType: settings?.VolumeType ?? "gp3",
      size: settings?.Size ?? size,
      iops: iopsOf(settings),
      throughput: settings?.Throughput,
      snapshotId: settings?.SnapshotId,
      encrypted: settings?.Encrypted ?? true,
      kmsKeyId: settings?.KmsKeyId,
    }),
  );
  Tags.of(made).add("Name", `sluice ${scope.request.name} ${Name}`);
  applyDeletionPolicy(made, settings?.DeletionPolicy);
  return made.ref;
}
