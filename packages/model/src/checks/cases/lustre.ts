import type { CheckCase } from "./case.ts";
import { storage } from "./texts.ts";

const lustre = (settings: string): string =>
  storage(`{Name: a, MountDir: /data, StorageType: FsxLustre, FsxLustreSettings: {${settings}}}`);
const fsx = (id: string, key: string, name: string, settings: string, says: RegExp): CheckCase => ({
  id,
  level: "ERROR",
  name,
  file: lustre(settings),
  path: `SharedStorage[0].FsxLustreSettings.${key}`,
  says,
});

const ASSOCIATION =
  "DataRepositoryAssociations: [{Name: r, DataRepositoryPath: s3://bucket/r, FileSystemPath: /r}]";
const PERSISTENT = "DeploymentType: PERSISTENT_1, PerUnitStorageThroughput";

/** Of Lustre file systems. */
export const LUSTRE_CASES: readonly CheckCase[] = [
  fsx(
    "ConfigSchemaValidator",
    "StorageCapacity",
    "the size of an existing one",
    "FileSystemId: fs-0123456789abcdef0, StorageCapacity: 1200",
    /one that exists/,
  ),
  fsx(
    "ConfigSchemaValidator",
    "StorageCapacity",
    "the size of a backup",
    "BackupId: backup-01234567, StorageCapacity: 1200",
    /that of the backup/,
  ),
  fsx(
    "FsxS3Validator",
    "ExportPath",
    "an export without import",
    "StorageCapacity: 1200, ExportPath: s3://bucket/a",
    /ImportPath/,
  ),
  fsx(
    "FsxDraValidator",
    "ImportPath",
    "two ways",
    `StorageCapacity: 1200, ImportPath: s3://bucket, ${ASSOCIATION}`,
    /two ways/,
  ),
  fsx(
    "FsxDraValidator",
    "DataRepositoryAssociations",
    "of SCRATCH_1",
    `StorageCapacity: 1200, DeploymentType: SCRATCH_1, ${ASSOCIATION}`,
    /SCRATCH_1/,
  ),
  fsx(
    "FsxPersistentOptionsValidator",
    "PerUnitStorageThroughput",
    "no throughput",
    "StorageCapacity: 1200, DeploymentType: PERSISTENT_2",
    /none is chosen/,
  ),
  fsx(
    "FsxPersistentOptionsValidator",
    "KmsKeyId",
    "a key for scratch space",
    "StorageCapacity: 1200, KmsKeyId: alias/a",
    /SCRATCH_2/,
  ),
  fsx(
    "FsxStorageTypeOptionsValidator",
    "StorageType",
    "hard disks for scratch space",
    "StorageCapacity: 6000, StorageType: HDD",
    /PERSISTENT_1/,
  ),
  fsx(
    "FsxStorageTypeOptionsValidator",
    "PerUnitStorageThroughput",
    "a throughput that there is not",
    `StorageCapacity: 1200, ${PERSISTENT}: 75`,
    /75 MB\/s/,
  ),
  fsx(
    "FsxStorageTypeOptionsValidator",
    "DriveCacheType",
    "a cache before SSD",
    "StorageCapacity: 1200, DriveCacheType: READ",
    /SSD/,
  ),
  fsx(
    "FsxStorageCapacityValidator",
    "StorageCapacity",
    "no size",
    "DataCompressionType: LZ4",
    /has a size/,
  ),
  fsx(
    "FsxStorageCapacityValidator",
    "StorageCapacity",
    "a size that there is not",
    `StorageType: HDD, StorageCapacity: 7000, ${PERSISTENT}: 12`,
    /6000/,
  ),
  fsx(
    "FsxBackupOptionsValidator",
    "CopyTagsToBackups",
    "an option of no backups",
    "StorageCapacity: 1200, CopyTagsToBackups: true",
    /no backups are made/,
  ),
  fsx(
    "FsxBackupOptionsValidator",
    "AutomaticBackupRetentionDays",
    "of scratch space",
    "StorageCapacity: 1200, AutomaticBackupRetentionDays: 3",
    /persistent/,
  ),
  fsx(
    "FsxBackupOptionsValidator",
    "AutomaticBackupRetentionDays",
    "of what mirrors a bucket",
    `StorageCapacity: 1200, ${PERSISTENT}: 50, AutomaticBackupRetentionDays: 3, ImportPath: s3://bucket`,
    /mirrors a bucket/,
  ),
  fsx(
    "S3BucketUriValidator",
    "ImportPath",
    "no bucket",
    "StorageCapacity: 1200, ImportPath: bucket/data",
    /no bucket of S3/,
  ),
];
