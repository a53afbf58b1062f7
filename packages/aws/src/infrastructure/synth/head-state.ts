import { HEAD_LAYOUT } from "@sluice/boot";
import { CfnVolume } from "aws-cdk-lib/aws-ec2";
import { CfnFileSystem, CfnMountTarget } from "aws-cdk-lib/aws-efs";
import { Aws, CfnDeletionPolicy, Fn, Tags } from "aws-cdk-lib/core";
import type { Network } from "./network.ts";
import type { Awaited, Scope } from "./scope.ts";
import { groupFor, type SecurityGroups } from "./security-groups.ts";

const STATE_GIB = 40;

/**
 * What the head knows, which stays when a head machine goes: on a volume of the head's own, or on a
 * file system that is in the zones of both heads.
 *
 * @returns what must be there before a head boots.
 */
export function makeHeadState(
  scope: Scope,
  network: Network,
  groups: SecurityGroups,
): readonly Awaited[] {
  const { standby } = network;
  if (standby !== undefined) return stateFiles(scope, network, standby, groups);
  const { facts, request, stack } = scope;
  const volume = new CfnVolume(stack, "HeadState", {
    availabilityZone: network.headZone,
    size: STATE_GIB,
    volumeType: "gp3",
    encrypted: true,
  });
  Tags.of(volume).add("Name", `sluice ${request.name} state`);
  volume.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
  volume.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.SNAPSHOT;
  facts.add("disks-state", {
    disks: [{ volumeId: volume.ref, mountPoint: HEAD_LAYOUT.volume }],
  });
  return [];
}

/** For the heads alone: it has keys and passwords, and homes are on another one. */
function stateFiles(
  scope: Scope,
  network: Network,
  standby: NonNullable<Network["standby"]>,
  groups: SecurityGroups,
): readonly Awaited[] {
  const { facts, request, stack } = scope;
  const files = new CfnFileSystem(stack, "HeadStateFiles", {
    encrypted: true,
    performanceMode: "generalPurpose",
    throughputMode: "elastic",
    backupPolicy: { status: "DISABLED" },
  });
  Tags.of(files).add("Name", `sluice ${request.name} state`);
  files.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
  files.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  const group = groupFor(scope, network, "HeadStatePorts", {
    description: "State of the head nodes",
    sources: groups.head.slice(0, 1),
    ports: [{ from: 2049, to: 2049, what: "NFS" }],
  });
  facts.add("leadership", {
    disks: [],
    leadership: {
      routeTables: Fn.join(",", [...standby.routeTables]),
      state: `${files.ref}.efs.${Aws.REGION}.${Aws.URL_SUFFIX}`,
    },
  });
  return [network.headSubnet, standby.subnet].map(
    (subnetId, index) =>
      new CfnMountTarget(stack, `HeadStateTarget${index + 1}`, {
        fileSystemId: files.ref,
        subnetId,
        securityGroups: [group.attrGroupId],
      }),
  );
}
