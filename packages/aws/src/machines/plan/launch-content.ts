import type {
  CapacityReservationSpecification,
  InstanceMarketOptionsRequest,
  InstanceNetworkInterfaceSpecification,
  Tag,
} from "@aws-sdk/client-ec2";
import type { Market } from "@sluice/cloud";
import {
  type ClusterConfig,
  capacityReservation,
  type Ec2InstanceType,
  ec2InstanceType,
} from "@sluice/model";
import type { ClusterFacts } from "../../facts.ts";
import { blockDevices } from "./disks.ts";
import { givenInterfaces, networkInterfaces } from "./interfaces.ts";
import { securityGroupsOf, type Wanted } from "./wanted.ts";

/** What the account was asked for before a launch. */
export interface LaunchGround {
  readonly config: ClusterConfig;
  readonly facts: ClusterFacts;
  readonly wanted: Wanted;
  readonly imageId: string;
  /** What the image calls its root disk. */
  readonly rootDevice: string;
  /** Name of the placement group, which is there. */
  readonly group?: string;
  /** Of the launch template that the file names for its network interfaces. */
  readonly givenInterfaces?: readonly InstanceNetworkInterfaceSpecification[];
}

/** What RunInstances and a launch template have in common. */
export function launchContent(
  ground: LaunchGround,
  ask: {
    readonly types: readonly string[];
    readonly market: Market;
    /** Undefined where a fleet names the subnets. */
    readonly subnetId: string | undefined;
    readonly userData: string;
    readonly tags: readonly Tag[];
  },
) {
  const { config, facts, wanted, imageId, group } = ground;
  const { resource } = wanted;
  const groups = securityGroupsOf(wanted, facts);
  const types = ask.types.map((name) => ec2InstanceType(name));
  const keyName = config.HeadNode.Ssh?.KeyName;
  const reservation = reservationOf(ground, ask.market);
  const tags = [...ask.tags];
  return {
    ImageId: imageId,
    IamInstanceProfile: profileOf(ground),
    UserData: Buffer.from(ask.userData).toString("base64"),
    InstanceInitiatedShutdownBehavior: "terminate" as const,
    MetadataOptions: {
      HttpEndpoint: "enabled" as const,
      HttpTokens:
        config.Imds.ImdsSupport === "v2.0" ? ("required" as const) : ("optional" as const),
      HttpPutResponseHopLimit: 1,
    },
    NetworkInterfaces:
      ground.givenInterfaces === undefined
        ? networkInterfaces(wanted, config, common(types), groups, ask.subnetId)
        : givenInterfaces(ground.givenInterfaces, groups, ask.subnetId),
    BlockDeviceMappings: blockDevices(wanted, ground.rootDevice, types),
    ...(config.Monitoring?.DetailedMonitoring === true ? { Monitoring: { Enabled: true } } : {}),
    ...(keyName === undefined ? {} : { KeyName: keyName }),
    ...(group === undefined ? {} : { Placement: { GroupName: group } }),
    ...(reservation === undefined ? {} : { CapacityReservationSpecification: reservation }),
    ...cpuOptions(resource.DisableSimultaneousMultithreading, types),
    TagSpecifications: [
      { ResourceType: "instance" as const, Tags: tags },
      { ResourceType: "volume" as const, Tags: tags },
      { ResourceType: "network-interface" as const, Tags: tags },
    ],
  };
}

export function marketOptions(
  market: Market,
  maxPrice: number | undefined,
): InstanceMarketOptionsRequest | undefined {
  switch (market) {
    case "spot":
      return {
        MarketType: "spot",
        SpotOptions: {
          SpotInstanceType: "one-time",
          InstanceInterruptionBehavior: "terminate",
          ...(maxPrice === undefined ? {} : { MaxPrice: String(maxPrice) }),
        },
      };
    case "block":
      return { MarketType: "capacity-block" };
    case "on-demand":
    case "reserved":
      return undefined;
    default:
      return market satisfies never;
  }
}

function reservationOf(
  { config, wanted }: LaunchGround,
  market: Market,
): CapacityReservationSpecification | undefined {
  if (market !== "reserved" && market !== "block") return undefined;
  const reservation = capacityReservation(config, wanted.queue, wanted.resource);
  if (reservation === undefined) return undefined;
  return {
    CapacityReservationTarget:
      "id" in reservation
        ? { CapacityReservationId: reservation.id }
        : { CapacityReservationResourceGroupArn: reservation.group },
  };
}

/** By its ARN where the file gives one, by its name where the stack made it. */
function profileOf({ facts, wanted: { queue } }: LaunchGround) {
  const arn = queue.Iam?.InstanceProfile;
  if (arn !== undefined) return { Arn: arn };
  const profile = facts.roles.queueProfiles[queue.Name] ?? facts.roles.computeProfile;
  return profile.startsWith("arn:") ? { Arn: profile } : { Name: profile };
}

/** The number of cores has to be told with the threads, so types with several numbers can't have it. */
function cpuOptions(oneThread: boolean, types: readonly (Ec2InstanceType | undefined)[]) {
  const [type] = types;
  if (!oneThread || type === undefined || type.threadsPerCore === 1 || type.bareMetal) return {};
  if (types.some((one) => one?.cores !== type.cores)) return {};
  return { CpuOptions: { CoreCount: type.cores, ThreadsPerCore: 1 } };
}

function common(types: readonly (Ec2InstanceType | undefined)[]) {
  const known = types.flatMap((type) => type ?? []);
  if (known.length < types.length || known.length === 0) return undefined;
  return {
    networkCards: Math.min(...known.map((type) => type.networkCards)),
    efaInterfaces: Math.min(...known.map((type) => type.efaInterfaces)),
  };
}
