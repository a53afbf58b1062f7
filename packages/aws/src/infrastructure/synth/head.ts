import { HEAD_LAYOUT } from "@sluice/boot";
import { bootstrapTimeouts } from "@sluice/model";
import { CfnAutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import {
  CfnEIP,
  CfnEIPAssociation,
  CfnLaunchTemplate,
  CfnNetworkInterface,
  CfnVolume,
} from "aws-cdk-lib/aws-ec2";
import { CfnDeletionPolicy, Tags } from "aws-cdk-lib/core";
import { HEAD_RESOURCE, TAGS } from "../../names.ts";
import { given } from "./given.ts";
import { imageOf, iopsOf, oneThreadPerCore, rootDevice } from "./machine-facts.ts";
import type { Network } from "./network.ts";
import { type Awaited, clusterTags, type Scope, tagSpecifications, templateTags } from "./scope.ts";
import type { SecurityGroups } from "./security-groups.ts";

const STATE_GIB = 40;

/** What stays when a head machine goes: its address and the volume with its state. */
export interface HeadSeat {
  readonly interface: CfnNetworkInterface;
  readonly addresses: readonly Awaited[];
}

export function makeHeadSeat(scope: Scope, network: Network, groups: SecurityGroups): HeadSeat {
  const { stack, facts, request } = scope;
  const networkInterface = new CfnNetworkInterface(stack, "HeadInterface", {
    description: `Head of Sluice's cluster ${request.name}`,
    subnetId: network.headSubnet,
    groupSet: [...groups.head],
  });
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
  return {
    interface: networkInterface,
    addresses: publicAddress(scope, network, networkInterface),
  };
}

/** A new fixed public address, or that which the file names by its id. */
function publicAddress(
  { stack, config }: Scope,
  network: Network,
  networkInterface: CfnNetworkInterface,
): readonly Awaited[] {
  const asked = config.HeadNode.Networking?.ElasticIp ?? network.headNeedsAddress;
  if (asked === false) return [];
  const made =
    typeof asked === "string" ? undefined : new CfnEIP(stack, "HeadAddress", { domain: "vpc" });
  for (const route of network.routes) made?.node.addDependency(route);
  const allocationId = typeof asked === "string" ? asked : made?.attrAllocationId;
  return [
    new CfnEIPAssociation(
      stack,
      "HeadAddressAssociation",
      given({ allocationId, networkInterfaceId: networkInterface.ref }),
    ),
  ];
}

/**
 * The head machine: a group of one, so that one that fails is replaced, on the fixed seat. The group
 * is made when the head has signalled that it is ready.
 */
export function makeHead(
  scope: Scope,
  network: Network,
  head: {
    readonly seat: HeadSeat;
    readonly instanceProfile: string;
    readonly after: readonly Awaited[];
  },
): CfnAutoScalingGroup {
  const { stack, request, config } = scope;
  const template = headTemplate(scope, head.seat, head.instanceProfile);
  const group = new CfnAutoScalingGroup(stack, HEAD_RESOURCE, {
    availabilityZones: [network.headZone],
    minSize: "0",
    maxSize: "1",
    desiredCapacity: "1",
    healthCheckType: "EC2",
    healthCheckGracePeriod: 300,
    launchTemplate: {
      launchTemplateId: template.ref,
      version: template.attrLatestVersionNumber,
    },
    metricsCollection: [
      {
        granularity: "1Minute",
        metrics: ["GroupDesiredCapacity", "GroupInServiceInstances"],
      },
    ],
  });
  Tags.of(group).add("Name", `sluice ${request.name} head`);
  Tags.of(group).add(TAGS.role, "head");
  group.cfnOptions.creationPolicy = {
    resourceSignal: { count: 1, timeout: `PT${bootstrapTimeouts(config).head}S` },
  };
  // A stopped cluster's head stays off through an update.
  group.cfnOptions.updatePolicy = {
    autoScalingScheduledAction: { ignoreUnmodifiedGroupSizeProperties: true },
  };
  for (const resource of [...head.after, ...head.seat.addresses, ...network.routes]) {
    group.node.addDependency(resource);
  }
  return group;
}

function headTemplate(scope: Scope, seat: HeadSeat, profile: string): CfnLaunchTemplate {
  const { stack, config, request } = scope;
  const { HeadNode } = config;
  const { InstanceType: type } = HeadNode;
  const root = HeadNode.LocalStorage?.RootVolume;
  const oneThread = HeadNode.DisableSimultaneousMultithreading;
  const name = `sluice ${request.name} head`;
  const tags = { ...clusterTags(request), [TAGS.role]: "head", Name: name };
  return new CfnLaunchTemplate(stack, "HeadTemplate", {
    tagSpecifications: templateTags(clusterTags(request)),
    launchTemplateData: given({
      instanceType: type,
      imageId: imageOf(scope, type, HeadNode.Image),
      keyName: HeadNode.Ssh?.KeyName,
      iamInstanceProfile: { name: profile },
      networkInterfaces: [{ deviceIndex: 0, networkInterfaceId: seat.interface.ref }],
      blockDeviceMappings: [rootMapping(scope, root, root?.DeleteOnTermination ?? true)],
      cpuOptions: oneThread ? oneThreadPerCore(config, type) : undefined,
      metadataOptions: metadataOptions(scope),
      monitoring: { enabled: config.Monitoring.DetailedMonitoring },
      userData: Buffer.from(request.headUserData).toString("base64"),
      tagSpecifications: tagSpecifications(tags),
    }),
  });
}

type RootVolume = NonNullable<
  NonNullable<Scope["config"]["HeadNode"]["LocalStorage"]>["RootVolume"]
>;

/** The disk that a machine boots from, encrypted unless the file says otherwise. */
export function rootMapping(
  { config }: Scope,
  volume: RootVolume | undefined,
  deleteOnTermination: boolean,
) {
  return {
    deviceName: rootDevice(config.Image.Os),
    ebs: given({
      volumeType: volume?.VolumeType ?? "gp3",
      volumeSize: volume?.Size,
      iops: iopsOf(volume),
      throughput: volume?.Throughput,
      encrypted: volume?.Encrypted ?? true,
      deleteOnTermination,
    }),
  };
}

export function metadataOptions({ config }: Scope) {
  return {
    httpEndpoint: "enabled",
    httpTokens: config.Imds.ImdsSupport === "v1.0" ? "optional" : "required",
    httpPutResponseHopLimit: 1,
  };
}
