import { z } from "zod";
import "./meta.ts";

const settings = (description: string, keys: readonly string[]) =>
  z
    .strictObject(Object.fromEntries(keys.map((key) => [key, z.unknown().optional()])))
    .optional()
    .meta({ description, update: "IGNORED", providers: ["aws"] });

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
      MountDir: z.string().min(1).meta({
        description:
          "Where every machine has it. On the local cloud /home and /shared are always shared and need no entry.",
        update: "SHARED_STORAGE_UPDATE_POLICY",
        expects: 'an absolute path, such as "/data"',
      }),
      StorageType: z
        .enum(["Ebs", "Efs", "FsxLustre", "FsxOntap", "FsxOpenZfs", "FileCache", "Local"])
        .meta({
          description: "Kind of storage; `Local` is a folder of the host, on the local cloud only.",
          update: "UNSUPPORTED",
        }),
      EbsSettings: settings("A block device that the head node exports.", [
        "VolumeType",
        "Iops",
        "Size",
        "KmsKeyId",
        "Throughput",
        "Encrypted",
        "SnapshotId",
        "VolumeId",
        "Raid",
        "DeletionPolicy",
      ]),
      EfsSettings: settings("An Elastic File System.", [
        "Encrypted",
        "KmsKeyId",
        "PerformanceMode",
        "ThroughputMode",
        "ProvisionedThroughput",
        "FileSystemId",
        "DeletionPolicy",
        "AccessPointId",
        "EncryptionInTransit",
        "IamAuthorization",
      ]),
      FsxLustreSettings: settings("A Lustre file system.", [
        "StorageCapacity",
        "DeploymentType",
        "ImportedFileChunkSize",
        "ExportPath",
        "ImportPath",
        "WeeklyMaintenanceStartTime",
        "AutomaticBackupRetentionDays",
        "CopyTagsToBackups",
        "DailyAutomaticBackupStartTime",
        "PerUnitStorageThroughput",
        "BackupId",
        "KmsKeyId",
        "FileSystemId",
        "AutoImportPolicy",
        "DriveCacheType",
        "DataCompressionType",
        "StorageType",
        "DeletionPolicy",
        "DataRepositoryAssociations",
      ]),
      FsxOpenZfsSettings: settings("An existing OpenZFS volume.", ["VolumeId"]),
      FsxOntapSettings: settings("An existing ONTAP volume.", ["VolumeId"]),
      FileCacheSettings: settings("An existing file cache.", ["FileCacheId"]),
    }),
  )
  .default([])
  .meta({
    description: "File systems that every machine of the cluster shares.",
    update: "SHARED_STORAGE_UPDATE_POLICY",
  });

export type SharedStorage = z.output<typeof sharedStorageSchema>[number];
