import { z } from "zod";
import "../meta.ts";
import { AWS, KMS_EXPECTS, kmsKeyId } from "../values.ts";
import { deletionPolicy } from "./deletion-policy.ts";

const isSet = (description: string) =>
  z.boolean().optional().meta({ description, update: "UNSUPPORTED", defaultText: "false" });

export const efsSettings = z
  .strictObject({
    Encrypted: z.boolean().optional().meta({
      description:
        "Whether a new one is encrypted; ParallelCluster encrypts it only when it is told to.",
      update: "UNSUPPORTED",
      defaultText: "true",
    }),
    KmsKeyId: kmsKeyId().optional().meta({
      description: "Key that it is encrypted with.",
      update: "UNSUPPORTED",
      expects: KMS_EXPECTS,
      defaultText: "the account's key for EFS",
    }),
    PerformanceMode: z.enum(["generalPurpose", "maxIO"]).optional().meta({
      description: "Short waits, or more operations at once.",
      update: "UNSUPPORTED",
      defaultText: "generalPurpose",
    }),
    ThroughputMode: z.enum(["bursting", "provisioned"]).optional().meta({
      description: "Throughput that grows with what is stored, or a fixed one.",
      update: "SUPPORTED",
      defaultText: "bursting",
    }),
    ProvisionedThroughput: z.int().min(1).max(1024).optional().meta({
      description: "Fixed throughput in MiB/s.",
      update: "SUPPORTED",
      expects: "MiB/s from 1 to 1024",
    }),
    FileSystemId: z
      .string()
      .regex(/^fs-[0-9a-z]{8}$|^fs-[0-9a-z]{17}$/)
      .optional()
      .meta({
        description: "An existing file system instead of a new one.",
        update: "UNSUPPORTED",
        expects: 'the id of a file system, such as "fs-0123456789abcdef0"',
      }),
    AccessPointId: z
      .string()
      .regex(/^fsap-[0-9a-z]{17}$/)
      .optional()
      .meta({
        description: "Access point of the existing file system.",
        update: "UNSUPPORTED",
        expects: 'the id of an access point, such as "fsap-0123456789abcdef0"',
      }),
    EncryptionInTransit: isSet("Whether traffic to it is encrypted."),
    IamAuthorization: isSet("Whether nodes prove who they are with their role."),
    DeletionPolicy: deletionPolicy(["Delete", "Retain"]),
  })
  .optional()
  .meta({ description: "An Elastic File System.", update: "IGNORED", providers: AWS });
