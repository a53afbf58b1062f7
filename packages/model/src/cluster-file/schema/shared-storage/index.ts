import { z } from "zod";
import "../meta.ts";
import { AWS, DIRECTORY_EXPECTS, directory } from "../values.ts";
import { ebsSettings } from "./ebs.ts";
import { efsSettings } from "./efs.ts";
import { fsxLustreSettings } from "./fsx-lustre.ts";

/** A file system that exists already. */
const existing = (description: string, key: "VolumeId" | "FileCacheId", prefix: "fsvol" | "fc") =>
  z
    .strictObject({
      [key]: z
        .string()
        .regex(new RegExp(`^${prefix}-[0-9a-f]{8,18}$`))
        .meta({
          description: "Its id.",
          update: "UNSUPPORTED",
          expects: `an id such as "${prefix}-0123456789abcdef0"`,
        }),
    } as Record<typeof key, z.ZodString>)
    .optional()
    .meta({ description, update: "UNSUPPORTED", providers: AWS });

export const sharedStorageSchema = z
  .array(
    z.strictObject({
      Name: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/)
        .max(30)
        .meta({
          description: "Name of the storage, unique in the cluster.",
          update: "UNSUPPORTED",
          check: "SharedStorageNameValidator",
          expects: "at most 30 letters, digits, hyphens and underscores",
        }),
      MountDir: directory().meta({
        description:
          "Where every machine has it. On the local cloud /home and /shared are always shared and need no entry.",
        update: "SHARED_STORAGE_UPDATE_POLICY",
        expects: DIRECTORY_EXPECTS,
      }),
      StorageType: z
        .enum(["Ebs", "Efs", "FsxLustre", "FsxOntap", "FsxOpenZfs", "FileCache", "Local"])
        .meta({
          description: "Kind of storage; `Local` is a folder of the host, on the local cloud only.",
          update: "UNSUPPORTED",
        }),
      EbsSettings: ebsSettings,
      EfsSettings: efsSettings,
      FsxLustreSettings: fsxLustreSettings,
      FsxOpenZfsSettings: existing("An existing volume of FSx for OpenZFS.", "VolumeId", "fsvol"),
      FsxOntapSettings: existing("An existing volume of FSx for ONTAP.", "VolumeId", "fsvol"),
      FileCacheSettings: existing("An existing file cache.", "FileCacheId", "fc"),
    }),
  )
  .default([])
  .meta({
    description: "File systems that every machine of the cluster shares.",
    update: "SHARED_STORAGE_UPDATE_POLICY",
  });

export type SharedStorage = z.output<typeof sharedStorageSchema>[number];
