import type { SharedStorage } from "@sluice/model";
import { CfnFileSystem, CfnMountTarget } from "aws-cdk-lib/aws-efs";
import { Aws, type CfnCondition, Tags } from "aws-cdk-lib/core";
import type { ClusterFacts } from "../../../facts.ts";
import { given } from "../given.ts";
import { idOf } from "../logical-id.ts";
import type { Network } from "../network.ts";
import type { Awaited, Scope } from "../scope.ts";
import { groupFor, type SecurityGroups } from "../security-groups.ts";
import { applyDeletionPolicy } from "./deletion.ts";

export type FileSystem = ClusterFacts["fileSystems"][string];
type EfsSettings = SharedStorage["EfsSettings"];

/** What a file system is made in, of a cluster or a site. */
export type StorageScope = Pick<Scope, "stack" | "parameters"> & {
  readonly request: { readonly name: string };
};

interface EfsWish {
  readonly name: string;
  readonly settings: EfsSettings;
  readonly elastic?: boolean;
  /** Every day, by AWS Backup's own plan. */
  readonly backedUp?: boolean;
}

export interface MadeFileSystem {
  readonly fact: FileSystem;
  /** Of one that is made. */
  readonly id?: string;
  /** What a machine that mounts it waits for. */
  readonly targets: readonly Awaited[];
}

/** A file system in all zones of the cluster, made or given. */
export function efs(
  scope: StorageScope,
  network: Pick<Network, "vpcId" | "mountSubnets">,
  groups: Pick<SecurityGroups, "machines">,
  storage: EfsWish,
): MadeFileSystem {
  const { name, settings, elastic = false, backedUp = false } = storage;
  if (settings?.FileSystemId !== undefined) {
    const accessPointId = settings.AccessPointId;
    return { fact: factOf(settings.FileSystemId, accessPointId), targets: [] };
  }
  const made = new CfnFileSystem(
    scope.stack,
    idOf("FileSystem", name),
    given({
      encrypted: settings?.Encrypted ?? true,
      kmsKeyId: settings?.KmsKeyId,
      performanceMode: settings?.PerformanceMode ?? "generalPurpose",
      throughputMode: elastic ? "elastic" : (settings?.ThroughputMode ?? "bursting"),
      provisionedThroughputInMibps: settings?.ProvisionedThroughput,
      backupPolicy: { status: backedUp ? "ENABLED" : "DISABLED" },
    }),
  );
  Tags.of(made).add("Name", `sluice ${scope.request.name} ${name}`);
  applyDeletionPolicy(made, settings?.DeletionPolicy);
  const group = groupFor(scope, network, idOf("FileSystemPorts", name), {
    description: `File system ${name}`,
    sources: groups.machines,
    ports: [{ from: 2049, to: 2049, what: "NFS" }],
  });
  const targets = network.mountSubnets.map(({ subnetId, first }, index) => {
    const target = new CfnMountTarget(scope.stack, `${idOf("MountTarget", name)}${index + 1}`, {
      fileSystemId: made.ref,
      subnetId,
      securityGroups: [group.attrGroupId],
    });
    const condition = first === undefined ? undefined : scope.stack.node.tryFindChild(first);
    if (condition !== undefined) target.cfnOptions.condition = condition as CfnCondition;
    return target;
  });
  // The first is in the head's zone; others may have conditions, which nothing can wait for.
  return { fact: factOf(made.ref, undefined), id: made.ref, targets: targets.slice(0, 1) };
}

function factOf(id: string, accessPointId: string | undefined): FileSystem {
  return given({
    type: "efs" as const,
    dnsName: `${id}.efs.${Aws.REGION}.${Aws.URL_SUFFIX}`,
    path: "/",
    accessPointId,
  });
}
