import { z } from "zod";
import type { UpdatePolicy } from "./meta.ts";
import { AWS, DIRECTORY_EXPECTS, directory } from "./values.ts";

export const VOLUME_TYPES = ["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"] as const;

/** What every disk has; `size` says what it is when missing. */
export const diskKeys = (policies: {
  update: UpdatePolicy;
  speed: UpdatePolicy;
  size: string;
}) => ({
  VolumeType: z.enum(VOLUME_TYPES).optional().meta({
    description: "Kind of disk.",
    update: policies.update,
    providers: AWS,
    check: "EbsVolumeTypeValidator",
    defaultText: "gp3",
  }),
  Size: z.int().min(1).optional().meta({
    description: "Size in GiB.",
    update: policies.update,
    expects: "a whole number of GiB",
    defaultText: policies.size,
  }),
  Iops: z.int().min(1).optional().meta({
    description: "Operations per second of gp3, io1 and io2 disks.",
    update: policies.speed,
    providers: AWS,
    defaultText: "3000 for gp3, 100 for io1 and io2",
  }),
  Throughput: z.int().min(1).optional().meta({
    description: "Throughput of a gp3 disk in MiB/s.",
    update: policies.speed,
    providers: AWS,
    defaultText: "125",
  }),
  Encrypted: z.boolean().optional().meta({
    description: "Whether the disk is encrypted.",
    update: policies.update,
    defaultText: "true",
  }),
});

export const ephemeralVolume = (update: UpdatePolicy) =>
  z
    .strictObject({
      MountDir: directory().optional().meta({
        description: "Where the machine's own fast disks are mounted.",
        update,
        expects: DIRECTORY_EXPECTS,
        defaultText: "/scratch",
      }),
    })
    .optional()
    .meta({ description: "Disks that are part of the machine.", update });
