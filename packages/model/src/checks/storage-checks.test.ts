import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseClusterFile } from "../cluster-file/parse.ts";
import { parseImageBuildFile } from "../cluster-file/parse-image-build.ts";
import { readYaml } from "../cluster-file/yaml-source.ts";
import { STORAGE_CASES } from "./cases/storage.ts";
import { aws, storage } from "./cases/texts.ts";

const said = (file: string): readonly string[] => {
  const result = parseClusterFile(file, { fileName: "f" });
  const findings = result.ok ? result.warnings : result.findings;
  return findings
    .filter(({ id }) => id !== "KeyPairValidator")
    .map(({ level, id, path }) => `${level} ${id} ${path}`);
};

/** As people have it: every kind of storage, scripts, rights, tags and a directory. */
const TYPICAL = `
Region: eu-central-1
Image: {Os: ubuntu2204}
HeadNode:
  InstanceType: c6i.xlarge
  Networking: {SubnetId: subnet-0123456789abcdef0, AdditionalSecurityGroups: [sg-0123456789abcdef0]}
  LocalStorage: {RootVolume: {Size: 100, VolumeType: gp3, Iops: 6000, Throughput: 500}}
  Iam:
    S3Access: [{BucketName: data, EnableWriteAccess: true}]
    AdditionalIamPolicies: [{Policy: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore'}]
  CustomActions:
    OnNodeStart: {Script: 's3://data/start.sh', Args: [a, 1, true]}
    OnNodeConfigured:
      Sequence: [{Script: 'https://host.example.com/a.sh'}, {Script: 's3://data/b.sh', Args: [b]}]
Scheduling:
  Scheduler: slurm
  SlurmSettings:
    CustomSlurmSettings:
      - AccountingStorageEnforce: associations,limits,qos
      - PrivateData: jobs,cloud
      - {NodeName: 'onprem[1-4]', CPUs: 16, RealMemory: 60000, State: UNKNOWN}
      - {PartitionName: onprem, Nodes: 'onprem[1-4]', SuspendTime: 300, State: UP}
    Database:
      Uri: db.example.com:3306
      UserName: slurm
      PasswordSecretArn: arn:aws:secretsmanager:eu-central-1:123456789012:secret:db
  SlurmQueues:
    - Name: compute
      Networking: {SubnetIds: [subnet-0123456789abcdef0]}
      ComputeSettings: {LocalStorage: {RootVolume: {Size: 80}}}
      CustomSlurmSettings: {MaxTime: '1-00:00:00', GraceTime: 60}
      ComputeResources:
        - {Name: small, InstanceType: m6i.large, MinCount: 1, MaxCount: 20, Tags: [{Key: size, Value: small}]}
      Tags: [{Key: queue, Value: compute}]
SharedStorage:
  - {Name: home, MountDir: /home, StorageType: Efs, EfsSettings: {FileSystemId: fs-0123456789abcdef0, EncryptionInTransit: true, IamAuthorization: true}}
  - {Name: scratch, MountDir: /fsx, StorageType: FsxLustre, FsxLustreSettings: {StorageCapacity: 4800, DeploymentType: PERSISTENT_2, PerUnitStorageThroughput: 250, AutomaticBackupRetentionDays: 7, DailyAutomaticBackupStartTime: '02:30', CopyTagsToBackups: true}}
  - {Name: apps, MountDir: /apps, StorageType: Ebs, EbsSettings: {Size: 500, Encrypted: true, KmsKeyId: alias/hpc, DeletionPolicy: Snapshot}}
  - {Name: fast, MountDir: /fast, StorageType: Ebs, EbsSettings: {VolumeType: io2, Size: 100, Iops: 20000, Raid: {Type: 0}}}
  - {Name: old, MountDir: /old, StorageType: FsxOpenZfs, FsxOpenZfsSettings: {VolumeId: fsvol-0123456789abcdef0}}
Monitoring: {Logs: {CloudWatch: {RetentionInDays: 30}}}
Iam: {ResourcePrefix: /hpc/team-}
DirectoryService:
  DomainName: corp.example.com
  DomainAddr: ldaps://dc1.corp.example.com,ldaps://dc2.corp.example.com
  PasswordSecretArn: arn:aws:secretsmanager:eu-central-1:123456789012:secret:ad
  DomainReadOnlyUser: cn=reader,ou=users,dc=corp,dc=example,dc=com
  AdditionalSssdConfigs: {ldap_id_mapping: false}
Tags: [{Key: team, Value: hpc}]
`;

describe("a file as people have it", () => {
  it("hears what becomes of its data, and nothing else", () => {
    expect(said(TYPICAL)).toEqual([
      "INFO DeletionPolicyValidator SharedStorage[1].FsxLustreSettings.DeletionPolicy",
      "INFO DeletionPolicyValidator SharedStorage[3].EbsSettings.DeletionPolicy",
    ]);
  });

  it.each([
    ["the smallest disk of gp3", "Ebs", "Size: 1"],
    [
      "a disk whose size is that of its snapshot",
      "Ebs",
      "VolumeType: st1, SnapshotId: snap-01234567",
    ],
    ["an existing disk, whatever is said of it", "Ebs", "VolumeType: st1, VolumeId: vol-01234567"],
    [
      "a Lustre file system of a backup",
      "FsxLustre",
      "BackupId: backup-01234567, AutomaticBackupRetentionDays: 3",
    ],
    [
      "hard disks",
      "FsxLustre",
      "StorageType: HDD, DeploymentType: PERSISTENT_1, PerUnitStorageThroughput: 40, StorageCapacity: 3600, DriveCacheType: READ",
    ],
    [
      "a mirrored bucket",
      "FsxLustre",
      "StorageCapacity: 1200, ImportPath: s3://data, ExportPath: s3://data/out, AutoImportPolicy: NEW",
    ],
    [
      "associations",
      "FsxLustre",
      "StorageCapacity: 2400, DataRepositoryAssociations: [{Name: a, DataRepositoryPath: 's3://data/a/', FileSystemPath: /a}]",
    ],
  ])("%s: nothing is wrong", (_, type, settings) => {
    const file = storage(
      `{Name: a, MountDir: /data, StorageType: ${type}, ${type}Settings: {${settings}}}`,
    );
    expect(said(file).filter((line) => !line.startsWith("INFO"))).toEqual([]);
  });

  it("may have as many queues, file systems and tags as it likes", () => {
    const many = Array.from({ length: 40 }, (_, index) => index);
    const systems = many.map((n) => `{Name: s${n}, MountDir: /d${n}, StorageType: Efs}`).join(", ");
    const tags = many.map((n) => `{Key: k${n}, Value: v}`).join(", ");
    const file = aws({ more: `SharedStorage: [${systems}]\nTags: [${tags}]` });
    expect(said(file).filter((line) => !line.startsWith("INFO"))).toEqual([]);
  });
});

/** Every place inside a value. */
function* pathsOf(value: unknown, path: readonly (string | number)[] = []): Generator<typeof path> {
  yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) yield* pathsOf(child, [...path, key]);
}

function withValue(
  value: unknown,
  [step, ...rest]: readonly (string | number)[],
  other: unknown,
): unknown {
  if (step === undefined) return other;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...value]
    : { ...(value as object) };
  const at = copy as Record<string, unknown>;
  at[step] = withValue(at[step], rest, other);
  return copy;
}

describe("a file with any value anywhere", () => {
  it("is answered, never with an exception", () => {
    const files = STORAGE_CASES.map(({ file, kind }) => ({ value: readYaml(file).value, kind }));
    const anything = fc.oneof(
      fc.constantFrom(null, 0, -1, true, "", [], {}, [null], { a: null }, "s3://", "arn:", "a:b:c"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.nat(), anything, ({ value, kind }, at, other) => {
        const paths = [...pathsOf(value)];
        const mangled = withValue(value, paths[at % paths.length] ?? [], other);
        const parse = kind === "image" ? parseImageBuildFile : parseClusterFile;
        const result = parse(JSON.stringify(mangled), { fileName: "f" });
        expect(typeof result.ok).toBe("boolean");
      }),
      { numRuns: 1500 },
    );
  });
});
