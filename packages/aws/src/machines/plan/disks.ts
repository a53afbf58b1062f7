import type { BlockDeviceMapping } from "@aws-sdk/client-ec2";
import type { Ec2InstanceType } from "@sluice/model";
import type { Wanted } from "./wanted.ts";

/** More than any type has of the disks that have to be asked for. */
const MOST_OLD_DISKS = 24;

/**
 * The root disk, encrypted unless the file says otherwise, and the local disks of types of old, which
 * are not there unless they are asked for ("Instance store volumes": NVMe ones always are).
 *
 * @param rootDevice what the image calls its root disk, `/dev/xvda`.
 */
export function blockDevices(
  { queue }: Pick<Wanted, "queue">,
  rootDevice: string,
  types: readonly (Pick<Ec2InstanceType, "nvmeGB" | "currentGeneration"> | undefined)[],
): BlockDeviceMapping[] {
  const root = queue.ComputeSettings?.LocalStorage?.RootVolume;
  const type = root?.VolumeType ?? "gp3";
  const isOld = types.some((one) => one !== undefined && one.nvmeGB > 0 && !one.currentGeneration);
  return [
    {
      DeviceName: rootDevice,
      Ebs: {
        DeleteOnTermination: true,
        Encrypted: root?.Encrypted ?? true,
        VolumeType: type,
        ...(root?.Size === undefined ? {} : { VolumeSize: root.Size }),
        ...(root?.Iops === undefined ? {} : { Iops: root.Iops }),
        ...(root?.Throughput === undefined || type !== "gp3"
          ? {}
          : { Throughput: root.Throughput }),
      },
    },
    ...(isOld ? Array.from({ length: MOST_OLD_DISKS }, (_, index) => oldDisk(index)) : []),
  ];
}

function oldDisk(index: number): BlockDeviceMapping {
  const letter = String.fromCharCode("a".charCodeAt(0) + index);
  return { DeviceName: `/dev/xvdb${letter}`, VirtualName: `ephemeral${index}` };
}
