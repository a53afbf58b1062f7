import { z } from "zod";
import type { UpdatePolicy } from "../meta.ts";
import { AWS, KMS_EXPECTS, kmsKeyId } from "../values.ts";
import { deletionPolicy } from "./deletion-policy.ts";

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/;

const chunkSize = (update: UpdatePolicy) =>
  z.int().min(1).max(512_000).optional().meta({
    description: "How much of one file is kept on one disk, in MiB.",
    update,
    expects: "MiB from 1 to 512000",
    defaultText: "1024",
  });

const s3Path = (description: string) =>
  z.string().min(1).optional().meta({ description, update: "UNSUPPORTED" });

const events = (description: string) =>
  z
    .array(z.enum(["NEW", "CHANGED", "DELETED"]))
    .max(3)
    .optional()
    .meta({
      description,
      update: "SUPPORTED",
      expects: "a list of up to three of NEW, CHANGED, DELETED",
    });

const association = z.strictObject({
  Name: z.string().min(1).meta({
    description: "Name of the association, unique in its file system.",
    update: "UNSUPPORTED",
  }),
  DataRepositoryPath: z.string().min(1).meta({
    description: "The bucket, and what its keys begin with.",
    update: "UNSUPPORTED",
    expects: 'an address such as "s3://bucket/prefix"',
  }),
  FileSystemPath: z
    .string()
    .regex(/^[^\u0085\u2028\u2029\r\n]{1,4096}$/)
    .meta({
      description: "The folder of the file system that it is seen in.",
      update: "UNSUPPORTED",
      expects: 'a path such as "/data"',
    }),
  BatchImportMetaDataOnCreate: z.boolean().default(false).meta({
    description: "Whether all files are listed when the file system is made.",
    update: "UNSUPPORTED",
  }),
  ImportedFileChunkSize: chunkSize("SUPPORTED"),
  AutoExportPolicy: events("Which changes of files go to the bucket by themselves."),
  AutoImportPolicy: events("Which changes of the bucket come to the file system by themselves."),
});

export const fsxLustreSettings = z
  .strictObject({
    StorageCapacity: z.int().min(1).optional().meta({
      description: "Size in GiB; required for a new file system.",
      update: "UNSUPPORTED",
      expects: "a whole number of GiB",
    }),
    DeploymentType: z
      .enum(["SCRATCH_1", "SCRATCH_2", "PERSISTENT_1", "PERSISTENT_2"])
      .optional()
      .meta({
        description: "Scratch space, or one whose data is kept twice.",
        update: "UNSUPPORTED",
        defaultText: "SCRATCH_2",
      }),
    StorageType: z.enum(["SSD", "HDD"]).optional().meta({
      description: "Kind of disks.",
      update: "UNSUPPORTED",
      defaultText: "SSD",
    }),
    PerUnitStorageThroughput: z.int().min(1).optional().meta({
      description: "Throughput of a persistent file system, in MB/s for each TiB.",
      update: "UNSUPPORTED",
      expects: "a whole number of MB/s",
    }),
    DriveCacheType: z.enum(["READ"]).optional().meta({
      description: "A cache on SSD before HDD disks.",
      update: "UNSUPPORTED",
    }),
    DataCompressionType: z.enum(["LZ4"]).optional().meta({
      description: "How data is compressed.",
      update: "SUPPORTED",
      defaultText: "not at all",
    }),
    ImportPath: s3Path("Bucket whose files the file system begins with."),
    ExportPath: s3Path("Where in that bucket changed files are put."),
    ImportedFileChunkSize: chunkSize("UNSUPPORTED"),
    AutoImportPolicy: z.enum(["NEW", "NEW_CHANGED", "NEW_CHANGED_DELETED"]).optional().meta({
      description: "Which changes of the bucket come to the file system by themselves.",
      update: "UNSUPPORTED",
    }),
    DataRepositoryAssociations: z.array(association).optional().meta({
      description: "Buckets that folders of the file system mirror.",
      update: "SUPPORTED",
    }),
    WeeklyMaintenanceStartTime: z
      .string()
      .regex(/^[1-7]:([01]\d|2[0-3]):([0-5]\d)$/)
      .optional()
      .meta({
        description: "When it may be worked on: weekday from 1 for Monday, hour and minute in UTC.",
        update: "SUPPORTED",
        expects: 'a text such as "7:02:30", in quotes',
      }),
    AutomaticBackupRetentionDays: z.int().min(0).max(35).optional().meta({
      description: "Days that daily backups are kept; 0 for none.",
      update: "SUPPORTED",
      expects: "days from 0 to 35",
      defaultText: "0",
    }),
    DailyAutomaticBackupStartTime: z.string().regex(TIME_OF_DAY).optional().meta({
      description: "When the daily backup is made, in UTC.",
      update: "SUPPORTED",
      expects: 'a text such as "02:30", in quotes',
    }),
    CopyTagsToBackups: z.boolean().optional().meta({
      description: "Whether backups get the file system's tags.",
      update: "UNSUPPORTED",
      defaultText: "false",
    }),
    BackupId: z
      .string()
      .regex(/^backup-[0-9a-f]{8,}$/)
      .optional()
      .meta({
        description: "Backup that a new file system begins as.",
        update: "UNSUPPORTED",
        expects: 'the id of a backup, such as "backup-0123456789abcdef0"',
      }),
    KmsKeyId: kmsKeyId().optional().meta({
      description: "Key that it is encrypted with.",
      update: "UNSUPPORTED",
      expects: KMS_EXPECTS,
      defaultText: "the account's key for FSx",
    }),
    FileSystemId: z
      .string()
      .regex(/^fs-[0-9a-z]{17}$/)
      .optional()
      .meta({
        description: "An existing file system instead of a new one.",
        update: "UNSUPPORTED",
        expects: 'the id of a file system, such as "fs-0123456789abcdef0"',
      }),
    DeletionPolicy: deletionPolicy(["Delete", "Retain"]),
  })
  .optional()
  .meta({ description: "A Lustre file system.", update: "IGNORED", providers: AWS });
