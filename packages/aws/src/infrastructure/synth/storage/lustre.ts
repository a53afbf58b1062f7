import type { SharedStorage } from "@sluice/model";
import { CfnSecurityGroupIngress } from "aws-cdk-lib/aws-ec2";
import { CfnDataRepositoryAssociation, CfnFileSystem } from "aws-cdk-lib/aws-fsx";
import { Aws, Tags } from "aws-cdk-lib/core";
import { given } from "../given.ts";
import { idOf } from "../logical-id.ts";
import type { Network } from "../network.ts";
import { groupFor, type SecurityGroups } from "../security-groups.ts";
import { applyDeletionPolicy } from "./deletion.ts";
import type { MadeFileSystem, StorageScope } from "./efs.ts";

type LustreSettings = NonNullable<SharedStorage["FsxLustreSettings"]>;

/** Newest release that every system's client speaks. */
const LUSTRE_VERSION = "2.15";

/** What Lustre's clients and servers say to each other. */
const PORTS = [
  { from: 988, to: 988, what: "Lustre" },
  { from: 1018, to: 1023, what: "Lustre" },
];

/** A Lustre file system in one subnet, made or given. */
export function lustre(
  scope: StorageScope,
  network: Pick<Network, "vpcId" | "machineSubnets" | "headSubnet">,
  groups: Pick<SecurityGroups, "machines">,
  { Name, FsxLustreSettings: settings }: SharedStorage,
): MadeFileSystem {
  if (settings?.FileSystemId !== undefined) {
    const { FileSystemId: id } = settings;
    const path = scope.parameters.ofStorage({ kind: "mount-path", of: { type: "lustre", id } });
    const dnsName = `${id}.fsx.${Aws.REGION}.${Aws.URL_SUFFIX}`;
    return { fact: { type: "lustre", dnsName, path }, targets: [] };
  }
  const group = groupFor(scope, network, idOf("LustrePorts", Name), {
    description: `File system ${Name}`,
    sources: groups.machines,
    ports: PORTS,
  });
  // Servers talk among themselves by the same ports.
  selfRules(scope, Name, group.attrGroupId);
  const subnetId = network.machineSubnets[0] ?? network.headSubnet;
  const made = new CfnFileSystem(
    scope.stack,
    idOf("Lustre", Name),
    given({
      fileSystemType: "LUSTRE",
      // A backup brings its own release and kind.
      fileSystemTypeVersion: settings?.BackupId === undefined ? LUSTRE_VERSION : undefined,
      storageCapacity: settings?.StorageCapacity,
      storageType: settings?.StorageType,
      backupId: settings?.BackupId,
      kmsKeyId: settings?.KmsKeyId,
      subnetIds: [subnetId],
      securityGroupIds: [group.attrGroupId],
      lustreConfiguration: lustreConfiguration(settings),
    }),
  );
  Tags.of(made).add("Name", `sluice ${scope.request.name} ${Name}`);
  applyDeletionPolicy(made, settings?.DeletionPolicy);
  const targets = (settings?.DataRepositoryAssociations ?? []).map((association) =>
    repository(scope, Name, made.ref, association),
  );
  const fact = {
    type: "lustre",
    dnsName: made.attrDnsName,
    path: made.attrLustreMountName,
  } as const;
  return { fact, id: made.ref, targets };
}

function lustreConfiguration(settings: LustreSettings | undefined) {
  const isRestored = settings?.BackupId !== undefined;
  return given({
    deploymentType: settings?.DeploymentType ?? (isRestored ? undefined : "SCRATCH_2"),
    perUnitStorageThroughput: settings?.PerUnitStorageThroughput,
    // Required with these disks.
    driveCacheType:
      settings?.DriveCacheType ?? (settings?.StorageType === "HDD" ? "NONE" : undefined),
    dataCompressionType: settings?.DataCompressionType,
    importPath: settings?.ImportPath,
    exportPath: settings?.ExportPath,
    importedFileChunkSize: settings?.ImportedFileChunkSize,
    autoImportPolicy: settings?.AutoImportPolicy,
    weeklyMaintenanceStartTime: settings?.WeeklyMaintenanceStartTime,
    automaticBackupRetentionDays: settings?.AutomaticBackupRetentionDays,
    dailyAutomaticBackupStartTime: settings?.DailyAutomaticBackupStartTime,
    copyTagsToBackups: settings?.CopyTagsToBackups,
  });
}

function selfRules({ stack }: StorageScope, name: string, group: string): void {
  for (const { from, to, what } of PORTS) {
    new CfnSecurityGroupIngress(stack, `${idOf("LustreSelf", name)}${from}`, {
      groupId: group,
      ipProtocol: "tcp",
      fromPort: from,
      toPort: to,
      sourceSecurityGroupId: group,
      description: what,
    });
  }
}

function repository(
  scope: StorageScope,
  storage: string,
  fileSystemId: string,
  association: NonNullable<LustreSettings["DataRepositoryAssociations"]>[number],
): CfnDataRepositoryAssociation {
  const { AutoExportPolicy: toBucket, AutoImportPolicy: fromBucket } = association;
  const made = new CfnDataRepositoryAssociation(
    scope.stack,
    idOf("Repository", `${storage}-${association.Name}`),
    given({
      fileSystemId,
      fileSystemPath: association.FileSystemPath,
      dataRepositoryPath: association.DataRepositoryPath,
      batchImportMetaDataOnCreate: association.BatchImportMetaDataOnCreate,
      importedFileChunkSize: association.ImportedFileChunkSize,
      s3:
        toBucket === undefined && fromBucket === undefined
          ? undefined
          : given({
              autoExportPolicy: toBucket && { events: [...toBucket] },
              autoImportPolicy: fromBucket && { events: [...fromBucket] },
            }),
    }),
  );
  return made;
}
