import { bootstrapTimeouts } from "@sluice/model";
import { CfnAutoScalingGroup } from "aws-cdk-lib/aws-autoscaling";
import {
  CfnEIP,
  CfnEIPAssociation,
  CfnLaunchTemplate,
  CfnNetworkInterface,
} from "aws-cdk-lib/aws-ec2";
import { Tags } from "aws-cdk-lib/core";
import { HEAD_RESOURCE, STANDBY_RESOURCE, TAGS } from "../../names.ts";
import { given } from "./given.ts";
import { imageOf, iopsOf, oneThreadPerCore, rootDevice } from "./machine-facts.ts";
import type { Network } from "./network.ts";
import { type Awaited, clusterTags, type Scope, tagSpecifications, templateTags } from "./scope.ts";
import type { SecurityGroups } from "./security-groups.ts";

/** A place of a head machine. What is fixed stays when a machine goes. */
export interface HeadSeat {
  readonly interface: CfnNetworkInterface;
  readonly addresses: readonly Awaited[];
  readonly zone: string;
  readonly instanceType: string;
  /** How logical ids of what belongs to it begin. */
  readonly id: "Head" | "Standby";
}

/** One, or two in two zones. */
export function makeHeadSeats(
  scope: Scope,
  network: Network,
  groups: SecurityGroups,
): readonly [HeadSeat, ...HeadSeat[]] {
  const { config } = scope;
  const { InstanceType, Networking, Standby } = config.HeadNode;
  const asked = Networking?.ElasticIp ?? network.headNeedsAddress;
  const make = (
    id: HeadSeat["id"],
    place: { readonly subnet: string; readonly zone: string; readonly instanceType: string },
    elasticIp: string | boolean,
  ): HeadSeat => {
    const one = makeInterface(scope, { ...place, id, groups, isMoving: Standby !== undefined });
    const addresses = publicAddress(scope, network, { id, one, elasticIp });
    return { interface: one, addresses, zone: place.zone, instanceType: place.instanceType, id };
  };
  const first = { subnet: network.headSubnet, zone: network.headZone, instanceType: InstanceType };
  const seat = make("Head", first, asked);
  if (network.standby === undefined) return [seat];
  const instanceType = Standby?.InstanceType ?? InstanceType;
  // An address that the file names is one machine's.
  return [seat, make("Standby", { ...network.standby, instanceType }, asked !== false)];
}

function makeInterface(
  { stack, request }: Scope,
  {
    id,
    subnet,
    groups,
    isMoving,
  }: {
    readonly id: HeadSeat["id"];
    readonly subnet: string;
    readonly groups: SecurityGroups;
    readonly isMoving: boolean;
  },
): CfnNetworkInterface {
  const what = id === "Head" ? "Head" : "Second head";
  return new CfnNetworkInterface(
    stack,
    `${id}Interface`,
    given({
      description: `${what} of Sluice's cluster ${request.name}`,
      subnetId: subnet,
      groupSet: [...groups.head],
      // The address of whichever leads is on neither's interface.
      sourceDestCheck: isMoving ? false : undefined,
    }),
  );
}

/** A new fixed public address, or that which the file names by its id. */
function publicAddress(
  { stack }: Scope,
  network: Network,
  {
    id,
    one,
    elasticIp,
  }: {
    readonly id: HeadSeat["id"];
    readonly one: CfnNetworkInterface;
    readonly elasticIp: string | boolean;
  },
): readonly Awaited[] {
  if (elasticIp === false) return [];
  const made =
    typeof elasticIp === "string"
      ? undefined
      : new CfnEIP(stack, `${id}Address`, { domain: "vpc" });
  for (const route of network.routes) made?.node.addDependency(route);
  const allocationId = typeof elasticIp === "string" ? elasticIp : made?.attrAllocationId;
  return [
    new CfnEIPAssociation(
      stack,
      `${id}AddressAssociation`,
      given({ allocationId, networkInterfaceId: one.ref }),
    ),
  ];
}

/**
 * The head machine: a group of one, so that one that fails is replaced, on the fixed seat. The group
 * is made when every head has signalled that it is ready, or stands by: a second group waits for none.
 */
export function makeHead(
  scope: Scope,
  network: Network,
  head: {
    readonly seat: HeadSeat;
    readonly instanceProfile: string;
    readonly after: readonly Awaited[];
    /** Of so many machines. */
    readonly signals: number;
  },
): CfnAutoScalingGroup {
  const { stack, request, config } = scope;
  const { seat, signals } = head;
  const template = headTemplate(scope, seat, head.instanceProfile);
  const id = seat.id === "Head" ? HEAD_RESOURCE : STANDBY_RESOURCE;
  const group = new CfnAutoScalingGroup(stack, id, {
    availabilityZones: [seat.zone],
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
  if (signals > 0) {
    group.cfnOptions.creationPolicy = {
      resourceSignal: { count: signals, timeout: `PT${bootstrapTimeouts(config).head}S` },
    };
  }
  // A stopped cluster's head stays off through an update.
  group.cfnOptions.updatePolicy = {
    autoScalingScheduledAction: { ignoreUnmodifiedGroupSizeProperties: true },
  };
  for (const resource of [...head.after, ...seat.addresses, ...network.routes]) {
    group.node.addDependency(resource);
  }
  return group;
}

function headTemplate(scope: Scope, seat: HeadSeat, profile: string): CfnLaunchTemplate {
  const { stack, config, request } = scope;
  const { HeadNode } = config;
  const type = seat.instanceType;
  const root = HeadNode.LocalStorage?.RootVolume;
  const oneThread = HeadNode.DisableSimultaneousMultithreading;
  const name = `sluice ${request.name} head`;
  const tags = { ...clusterTags(request), [TAGS.role]: "head", Name: name };
  return new CfnLaunchTemplate(stack, `${seat.id}Template`, {
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
