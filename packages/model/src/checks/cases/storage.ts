import type { CheckCase } from "./case.ts";
import { IMAGE_BUILD_CASES } from "./image-builds.ts";
import { LUSTRE_CASES } from "./lustre.ts";
import { SETTINGS_CASES } from "./settings.ts";
import { aws, localStorage, storage } from "./texts.ts";

const FIRST = "SharedStorage[0]";

const ebs = (settings: string): string =>
  storage(`{Name: a, MountDir: /data, StorageType: Ebs, EbsSettings: {${settings}}}`);
const efs = (settings: string): string =>
  storage(`{Name: a, MountDir: /data, StorageType: Efs, EfsSettings: {${settings}}}`);
const disk = (
  id: string,
  key: string,
  name: string,
  settings: string,
  says: RegExp,
): CheckCase => ({
  id,
  level: "ERROR",
  name,
  file: ebs(settings),
  path: `${FIRST}.EbsSettings.${key}`,
  says,
});
const MOUNTS: readonly CheckCase[] = [
  {
    id: "SharedStorageNameValidator",
    level: "ERROR",
    name: "default",
    file: localStorage("{Name: default, MountDir: /data, StorageType: Local}"),
    path: `${FIRST}.Name`,
    says: /reserved/,
  },
  {
    id: "SharedStorageTypeValidator",
    level: "ERROR",
    name: "a file system of AWS on the local cloud",
    file: localStorage("{Name: a, MountDir: /data, StorageType: Efs}"),
    path: `${FIRST}.StorageType`,
    says: /local/,
  },
  {
    id: "SharedStorageMountDirValidator",
    level: "ERROR",
    name: "a directory of the system",
    file: storage("{Name: a, MountDir: /etc, StorageType: Efs}"),
    path: `${FIRST}.MountDir`,
    says: /belongs to the system/,
  },
  {
    id: "DuplicateMountDirValidator",
    level: "ERROR",
    name: "two storages at one place",
    file: storage(
      "{Name: a, MountDir: /data, StorageType: Efs}, {Name: b, MountDir: /data, StorageType: Ebs}",
    ),
    path: "SharedStorage[1].MountDir",
    says: /already where SharedStorage\[0\] is mounted/,
  },
  {
    id: "DuplicateMountDirValidator",
    level: "WARNING",
    name: "where machines have their own disks",
    file: aws({
      resource: "InstanceType: c5d.xlarge",
      more: "SharedStorage: [{Name: a, MountDir: /scratch, StorageType: Efs}]",
    }),
    path: `${FIRST}.MountDir`,
    says: /c5d\.xlarge has its own disks/,
  },
  {
    id: "OverlappingMountDirValidator",
    level: "ERROR",
    name: "one inside another",
    file: storage(
      "{Name: a, MountDir: /data/b, StorageType: Efs}, {Name: b, MountDir: /data, StorageType: Ebs}",
    ),
    path: `${FIRST}.MountDir`,
    says: /inside \/data/,
  },
  {
    id: "OverlappingMountDirValidator",
    level: "ERROR",
    name: "inside the directory of a machine's own disks",
    file: aws({
      queue: "ComputeSettings: {LocalStorage: {EphemeralVolume: {MountDir: /fast}}}",
      resource: "InstanceType: c5d.xlarge",
      more: "SharedStorage: [{Name: a, MountDir: /fast/data, StorageType: Efs}]",
    }),
    path: `${FIRST}.MountDir`,
    says: /inside \/fast/,
  },
  {
    id: "OverlappingMountDirValidator",
    level: "ERROR",
    name: "around the directory of a machine's own disks",
    file: aws({
      head: "LocalStorage: {EphemeralVolume: {MountDir: /data/fast}}",
      headType: "c5d.xlarge",
      more: "SharedStorage: [{Name: a, MountDir: /data, StorageType: Efs}]",
    }),
    path: `${FIRST}.MountDir`,
    says: /\/data\/fast/,
  },
  {
    id: "SharedFileCacheNotHomeValidator",
    level: "ERROR",
    name: "homes on a cache",
    file: storage(
      "{Name: a, MountDir: /home, StorageType: FileCache, FileCacheSettings: {FileCacheId: fc-0123456789abcdef0}}",
    ),
    path: `${FIRST}.MountDir`,
    says: /file cache/,
  },
  {
    id: "NumberOfStorageValidator",
    level: "ERROR",
    name: "more disks than the head node takes",
    file: storage(
      Array.from(
        { length: 6 },
        (_, index) =>
          `{Name: s${index}, MountDir: /d${index}, StorageType: Ebs, EbsSettings: {Raid: {Type: 0, NumberOfVolumes: 5}}}`,
      ).join(", "),
    ),
    path: "SharedStorage[5]",
    says: /30 shared disks/,
  },
  {
    id: "DuplicateNameValidator",
    level: "ERROR",
    name: "one file system twice",
    file: storage(
      "{Name: a, MountDir: /a, StorageType: Efs, EfsSettings: {FileSystemId: fs-01234567}}, {Name: b, MountDir: /b, StorageType: Efs, EfsSettings: {FileSystemId: fs-01234567}}",
    ),
    path: "SharedStorage[1].EfsSettings.FileSystemId",
    says: /already SharedStorage\[0\]/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "settings of another kind of storage",
    file: storage("{Name: a, MountDir: /data, StorageType: Efs, EbsSettings: {Size: 10}}"),
    path: `${FIRST}.EbsSettings`,
    says: /not for StorageType: Efs/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "an existing volume that is not named",
    file: storage("{Name: a, MountDir: /data, StorageType: FsxOntap}"),
    path: `${FIRST}.FsxOntapSettings`,
    says: /nothing says which/,
  },
  ...["Delete", "Retain"].map(
    (policy): CheckCase => ({
      id: "DeletionPolicyValidator",
      level: "INFO",
      name: policy,
      file: ebs(`DeletionPolicy: ${policy}`),
      path: `${FIRST}.EbsSettings.DeletionPolicy`,
      says: policy === "Delete" ? /its data go/ : /stays/,
    }),
  ),
  {
    id: "ManagedFsxMultiAzValidator",
    level: "ERROR",
    name: "a queue in two subnets",
    file: aws({
      subnets: "subnet-01234567, subnet-89abcdef",
      more: "SharedStorage: [{Name: a, MountDir: /data, StorageType: FsxLustre, FsxLustreSettings: {StorageCapacity: 1200}}]",
    }),
    path: FIRST,
    says: /in 2: subnet-01234567, subnet-89abcdef/,
  },
];

const DISKS: readonly CheckCase[] = [
  disk("EbsVolumeTypeSizeValidator", "Size", "too small", "VolumeType: st1, Size: 100", /125 to/),
  disk(
    "EbsVolumeTypeSizeValidator",
    "Size",
    "too small by default",
    "VolumeType: sc1",
    /default 40/,
  ),
  {
    id: "EbsVolumeTypeSizeValidator",
    level: "ERROR",
    name: "a root disk that is too large",
    file: aws({ head: "LocalStorage: {RootVolume: {VolumeType: standard, Size: 2000}}" }),
    path: "HeadNode.LocalStorage.RootVolume.Size",
    says: /1 to 1024/,
  },
  disk(
    "EbsVolumeIopsValidator",
    "Iops",
    "too many",
    "VolumeType: gp3, Iops: 90000",
    /3000 to 80000/,
  ),
  disk(
    "EbsVolumeIopsValidator",
    "Iops",
    "for its size",
    "VolumeType: io1, Size: 10, Iops: 600",
    /50 for/,
  ),
  {
    ...disk("EbsVolumeIopsValidator", "Iops", "of a kind", "VolumeType: gp2, Iops: 3000", /gp2/),
    level: "WARNING",
  },
  disk("EbsVolumeThroughputValidator", "Throughput", "too low", "Throughput: 100", /125 to 2000/),
  disk("EbsVolumeThroughputIopsValidator", "Throughput", "for its Iops", "Throughput: 1000", /750/),
  {
    id: "RootVolumeEncryptionConsistencyValidator",
    level: "WARNING",
    name: "one queue of two",
    file: `${aws({
      queue: "ComputeSettings: {LocalStorage: {RootVolume: {Encrypted: false}}}",
      queues:
        "{Name: r, Networking: {SubnetIds: [subnet-01234567]}, ComputeResources: [{Name: a, InstanceType: c5.large}]}",
    })}`,
    path: "Scheduling.SlurmQueues[0].ComputeSettings.LocalStorage.RootVolume.Encrypted",
    says: /not encrypted/,
  },
  disk(
    "KmsKeyIdEncryptedValidator",
    "KmsKeyId",
    "a disk",
    "Encrypted: false, KmsKeyId: alias/a",
    /Encrypted is false/,
  ),
];

const EFS: readonly CheckCase[] = [
  {
    id: "KmsKeyIdEncryptedValidator",
    level: "ERROR",
    name: "a file system",
    file: efs("Encrypted: false, KmsKeyId: alias/a"),
    path: `${FIRST}.EfsSettings.KmsKeyId`,
    says: /Encrypted is false/,
  },
  {
    id: "EfsMountOptionsValidator",
    level: "ERROR",
    name: "roles without encryption",
    file: efs("IamAuthorization: true"),
    path: `${FIRST}.EfsSettings.IamAuthorization`,
    says: /encrypted/,
  },
  {
    id: "EfsAccessPointOptionsValidator",
    level: "ERROR",
    name: "an access point of a new file system",
    file: efs("AccessPointId: fsap-0123456789abcdef0, EncryptionInTransit: true"),
    path: `${FIRST}.EfsSettings.AccessPointId`,
    says: /none is named/,
  },
  {
    id: "EfsAccessPointOptionsValidator",
    level: "ERROR",
    name: "an access point without encryption",
    file: efs("AccessPointId: fsap-0123456789abcdef0, FileSystemId: fs-01234567"),
    path: `${FIRST}.EfsSettings.AccessPointId`,
    says: /encrypted/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "a new file system's setting for an existing one",
    file: efs("FileSystemId: fs-01234567, PerformanceMode: maxIO"),
    path: `${FIRST}.EfsSettings.PerformanceMode`,
    says: /new file system/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "a fixed throughput of no size",
    file: efs("ThroughputMode: provisioned"),
    path: `${FIRST}.EfsSettings.ProvisionedThroughput`,
    says: /how much/,
  },
  {
    id: "ConfigSchemaValidator",
    level: "ERROR",
    name: "a throughput without its mode",
    file: efs("ProvisionedThroughput: 100"),
    path: `${FIRST}.EfsSettings.ProvisionedThroughput`,
    says: /bursting/,
  },
];

/** For each level of each check of storage, rights, settings and image builds. */
export const STORAGE_CASES: readonly CheckCase[] = [
  ...MOUNTS,
  ...DISKS,
  ...EFS,
  ...LUSTRE_CASES,
  ...SETTINGS_CASES,
  ...IMAGE_BUILD_CASES,
];
