import { z } from "zod";
import "../meta.ts";
import { AWS, KMS_EXPECTS, kmsKeyId } from "../values.ts";
import { diskKeys } from "../volumes.ts";
import { deletionPolicy } from "./deletion-policy.ts";

export const ebsSettings = z
  .strictObject({
    ...diskKeys({ update: "UNSUPPORTED", speed: "SUPPORTED", size: "40, or that of SnapshotId" }),
    KmsKeyId: kmsKeyId().optional().meta({
      description: "Key that it is encrypted with.",
      update: "UNSUPPORTED",
      expects: KMS_EXPECTS,
      defaultText: "the account's key for EBS",
    }),
    SnapshotId: z
      .string()
      .regex(/^snap-[0-9a-z]{8}$|^snap-[0-9a-z]{17}$/)
      .optional()
      .meta({
        description: "Snapshot that a new disk begins as.",
        update: "UNSUPPORTED",
        expects: 'the id of a snapshot, such as "snap-0123456789abcdef0"',
      }),
    VolumeId: z
      .string()
      .regex(/^vol-[0-9a-z]{8}$|^vol-[0-9a-z]{17}$/)
      .optional()
      .meta({
        description: "An existing disk instead of a new one.",
        update: "UNSUPPORTED",
        expects: 'the id of a volume, such as "vol-0123456789abcdef0"',
      }),
    Raid: z
      .strictObject({
        Type: z.literal([0, 1]).meta({
          description: "0 for speed, 1 for two copies of everything.",
          update: "UNSUPPORTED",
        }),
        NumberOfVolumes: z.int().min(2).max(5).default(2).meta({
          description: "How many disks it consists of.",
          update: "UNSUPPORTED",
          expects: "a whole number from 2 to 5",
        }),
      })
      .optional()
      .meta({ description: "Several disks as one.", update: "UNSUPPORTED" }),
    DeletionPolicy: deletionPolicy(["Delete", "Retain", "Snapshot"]),
  })
  .optional()
  .meta({
    description: "A block device that the head node exports.",
    update: "IGNORED",
    providers: AWS,
  });
