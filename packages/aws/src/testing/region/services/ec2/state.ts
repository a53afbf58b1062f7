import type {
  Address,
  CapacityReservation,
  Image,
  Instance,
  InternetGateway,
  KeyPairInfo,
  LaunchPermission,
  LaunchTemplate,
  LaunchTemplateVersion,
  NatGateway,
  NetworkInterface,
  PlacementGroup,
  RequestLaunchTemplateData,
  RouteTable,
  SecurityGroup,
  Snapshot,
  Subnet,
  Volume,
  Vpc,
  VpcEndpoint,
} from "@aws-sdk/client-ec2";
import type { Service } from "../../contract.ts";
import type { Region } from "../../region.ts";
import { type Kind, Table, type Tagged } from "./table.ts";

export type Operations = Service["operations"];

/** A version of a launch template, with what was asked for as it was given. */
export interface TemplateVersion {
  readonly row: LaunchTemplateVersion;
  readonly data: RequestLaunchTemplateData;
}

/** Private addresses of a subnet that are given out. */
export interface TakenAddresses {
  readonly addresses: Set<string>;
  /** Where to look first: AWS too does not give an address again at once. */
  next: number;
}

function table<R extends Tagged>(
  id: keyof R & string,
  prefix: string,
  resource: string,
  absent: string,
  called = `${resource} ID`,
): Table<R> {
  const kind: Kind<R> = { id, prefix, resource, absent, called };
  return new Table(kind);
}

/** All that EC2 holds beside its machines. */
export class Ec2State {
  readonly region: Region;
  /** Names of the region's availability zones. */
  readonly zones: readonly string[];
  readonly vpcs = table<Vpc>("VpcId", "vpc", "vpc", "InvalidVpcID.NotFound", "vpc ID");
  readonly subnets = table<Subnet>("SubnetId", "subnet", "subnet", "InvalidSubnetID.NotFound");
  readonly routeTables = table<RouteTable>(
    "RouteTableId",
    "rtb",
    "route-table",
    "InvalidRouteTableID.NotFound",
    "routeTable ID",
  );
  readonly internetGateways = table<InternetGateway>(
    "InternetGatewayId",
    "igw",
    "internet-gateway",
    "InvalidInternetGatewayID.NotFound",
    "internetGateway ID",
  );
  readonly natGateways = table<NatGateway>(
    "NatGatewayId",
    "nat",
    "natgateway",
    "NatGatewayNotFound",
    "NatGateway",
  );
  readonly endpoints = table<VpcEndpoint>(
    "VpcEndpointId",
    "vpce",
    "vpc-endpoint",
    "InvalidVpcEndpointId.NotFound",
    "Vpc Endpoint Id",
  );
  readonly securityGroups = table<SecurityGroup>(
    "GroupId",
    "sg",
    "security-group",
    "InvalidGroup.NotFound",
    "security group",
  );
  readonly interfaces = table<NetworkInterface & { Tags?: Tagged["Tags"] }>(
    "NetworkInterfaceId",
    "eni",
    "network-interface",
    "InvalidNetworkInterfaceID.NotFound",
    "networkInterface ID",
  );
  readonly addresses = table<Address>(
    "AllocationId",
    "eipalloc",
    "elastic-ip",
    "InvalidAllocationID.NotFound",
    "allocation ID",
  );
  readonly volumes = table<Volume>("VolumeId", "vol", "volume", "InvalidVolume.NotFound", "volume");
  readonly snapshots = table<Snapshot>(
    "SnapshotId",
    "snap",
    "snapshot",
    "InvalidSnapshot.NotFound",
    "snapshot",
  );
  /** Terminated ones stay for a while. */
  readonly instances = table<Instance>(
    "InstanceId",
    "i",
    "instance",
    "InvalidInstanceID.NotFound",
    "instance ID",
  );
  readonly images = table<Image>("ImageId", "ami", "image", "InvalidAMIID.NotFound", "image id");
  /** Who beside the account may launch from its images. */
  readonly launchPermissions = new Map<Image, readonly LaunchPermission[]>();
  readonly keyPairs = table<KeyPairInfo>(
    "KeyName",
    "key",
    "key-pair",
    "InvalidKeyPair.NotFound",
    "key pair",
  );
  readonly placementGroups = table<PlacementGroup>(
    "GroupId",
    "pg",
    "placement-group",
    "InvalidPlacementGroupId.NotFound",
    "Placement Group ID",
  );
  readonly reservations = table<CapacityReservation>(
    "CapacityReservationId",
    "cr",
    "capacity-reservation",
    "InvalidCapacityReservationId.NotFound",
    "capacity reservation ID",
  );
  readonly templates = table<LaunchTemplate>(
    "LaunchTemplateId",
    "lt",
    "launch-template",
    "InvalidLaunchTemplateId.NotFound",
    "launch template ID",
  );
  /** By the template's id, the first version first. */
  readonly templateVersions = new Map<string, TemplateVersion[]>();
  /** Of VPCs, by their ids: what only DescribeVpcAttribute tells. */
  readonly vpcNames = new Map<string, { support: boolean; hostnames: boolean }>();
  /** `TYPE/ZONE`: types that a zone has no machines of, ever. */
  readonly notOffered = new Set<string>();
  readonly takenAddresses = new Map<string, TakenAddresses>();

  constructor(region: Region) {
    this.region = region;
    this.zones = region.zones;
  }

  /** All tables, for calls that take ids of any kind. */
  tables(): readonly Table<Tagged>[] {
    return Object.values(this).filter((value) => value instanceof Table) as Table<Tagged>[];
  }

  arn(resource: string, id: string): string {
    return `arn:aws:ec2:${this.region.name}:${this.region.account}:${resource}/${id}`;
  }
}
