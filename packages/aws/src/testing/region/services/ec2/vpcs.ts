import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  type Subnet,
  type Vpc,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import { blockOf, isWithin, overlaps, RESERVED } from "./cidr.ts";
import { described, type Filters, fields } from "./describe.ts";
import { newId } from "./ids.ts";
import { newDefaultGroup } from "./security-groups.ts";
import type { Ec2State, Operations } from "./state.ts";
import { tagsFor } from "./tags.ts";

const VPC_FILTERS: Filters<Vpc> = {
  ...fields<Vpc>("VpcId", "CidrBlock", "State", "IsDefault", "OwnerId"),
  cidr: ({ CidrBlock }) => CidrBlock,
};

const SUBNET_FILTERS: Filters<Subnet> = {
  ...fields<Subnet>("SubnetId", "VpcId", "AvailabilityZone", "State", "CidrBlock", "OwnerId"),
  availabilityZone: ({ AvailabilityZone }) => AvailabilityZone,
  "map-public-ip-on-launch": ({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch,
  "default-for-az": ({ DefaultForAz }) => DefaultForAz,
};

export function vpcOperations(state: Ec2State): Operations {
  return {
    CreateVpc: handle(CreateVpcCommand, ({ CidrBlock = "", TagSpecifications }) => {
      const { size } = blockOf(CidrBlock);
      if (size > 2 ** 16 || size < 2 ** 4) {
        throw new ServiceError("InvalidVpc.Range", `The CIDR '${CidrBlock}' is invalid.`);
      }
      const Vpc: Vpc = {
        VpcId: state.vpcs.newId(),
        CidrBlock,
        CidrBlockAssociationSet: [
          {
            AssociationId: newId("vpc-cidr-assoc"),
            CidrBlock,
            CidrBlockState: { State: "associated" },
          },
        ],
        DhcpOptionsId: "dopt-00000000000000000",
        InstanceTenancy: "default",
        IsDefault: false,
        OwnerId: state.region.account,
        State: "available",
        Tags: tagsFor(TagSpecifications, "vpc"),
      };
      addVpc(state, Vpc);
      return { Vpc };
    }),
    DeleteVpc: handle(DeleteVpcCommand, ({ VpcId }) => {
      const vpc = state.vpcs.get(VpcId);
      const isIn = (row: { VpcId?: string | undefined }) => row.VpcId === vpc.VpcId;
      const gateway = state.internetGateways
        .values()
        .some(({ Attachments = [] }) => Attachments.some(isIn));
      const tables = state.routeTables.values().filter(isIn);
      const groups = state.securityGroups.values().filter(isIn);
      if (
        gateway ||
        state.subnets.values().some(isIn) ||
        state.endpoints.values().some(isIn) ||
        tables.some((table) => !table.Associations?.some(({ Main }) => Main)) ||
        groups.some(({ GroupName }) => GroupName !== "default")
      ) {
        throw dependency(`The vpc '${vpc.VpcId}' has dependencies and cannot be deleted.`);
      }
      for (const { RouteTableId = "" } of tables) state.routeTables.delete(RouteTableId);
      for (const { GroupId = "" } of groups) state.securityGroups.delete(GroupId);
      state.vpcNames.delete(VpcId ?? "");
      state.vpcs.delete(VpcId ?? "");
      return {};
    }),
    ModifyVpcAttribute: handle(
      ModifyVpcAttributeCommand,
      ({ VpcId, EnableDnsSupport, EnableDnsHostnames }) => {
        state.vpcs.get(VpcId);
        const before = state.vpcNames.get(VpcId ?? "") ?? { support: true, hostnames: false };
        state.vpcNames.set(VpcId ?? "", {
          support: EnableDnsSupport?.Value ?? before.support,
          hostnames: EnableDnsHostnames?.Value ?? before.hostnames,
        });
        return {};
      },
    ),
    DescribeVpcAttribute: handle(DescribeVpcAttributeCommand, ({ VpcId, Attribute }) => {
      state.vpcs.get(VpcId);
      const names = state.vpcNames.get(VpcId ?? "") ?? { support: true, hostnames: false };
      return {
        VpcId,
        ...(Attribute === "enableDnsSupport" ? { EnableDnsSupport: { Value: names.support } } : {}),
        ...(Attribute === "enableDnsHostnames"
          ? { EnableDnsHostnames: { Value: names.hostnames } }
          : {}),
      };
    }),
    DescribeVpcs: handle(DescribeVpcsCommand, (input) => {
      const { rows, NextToken } = described(state.vpcs, input.VpcIds, input, VPC_FILTERS);
      return { Vpcs: rows, NextToken };
    }),
    CreateSubnet: handle(CreateSubnetCommand, (input) => {
      const vpc = state.vpcs.get(input.VpcId);
      const cidr = input.CidrBlock ?? "";
      const block = blockOf(cidr);
      if (!isWithin(block, blockOf(vpc.CidrBlock ?? ""))) {
        throw new ServiceError("InvalidSubnet.Range", `The CIDR '${cidr}' is invalid.`);
      }
      const others = state.subnets.values().filter(({ VpcId }) => VpcId === vpc.VpcId);
      if (others.some(({ CidrBlock = "" }) => overlaps(blockOf(CidrBlock), block))) {
        throw new ServiceError(
          "InvalidSubnet.Conflict",
          `The CIDR '${cidr}' conflicts with another subnet`,
        );
      }
      const zone = input.AvailabilityZone ?? zoneNamed(state, input.AvailabilityZoneId);
      if (!state.zones.includes(zone)) {
        throw new ServiceError(
          "InvalidParameterValue",
          `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${state.zones.join(", ")}.`,
        );
      }
      const SubnetId = state.subnets.newId();
      const Subnet: Subnet = {
        SubnetId,
        SubnetArn: state.arn("subnet", SubnetId),
        VpcId: vpc.VpcId,
        CidrBlock: cidr,
        AvailabilityZone: zone,
        AvailabilityZoneId: zoneId(state, zone),
        AvailableIpAddressCount: block.size - RESERVED,
        DefaultForAz: false,
        MapPublicIpOnLaunch: false,
        OwnerId: state.region.account,
        State: "available",
        Tags: tagsFor(input.TagSpecifications, "subnet"),
      };
      state.subnets.add(Subnet);
      return { Subnet };
    }),
    DeleteSubnet: handle(DeleteSubnetCommand, ({ SubnetId }) => {
      const subnet = state.subnets.get(SubnetId);
      if (state.interfaces.values().some((row) => row.SubnetId === subnet.SubnetId)) {
        throw dependency(`The subnet '${SubnetId}' has dependencies and cannot be deleted.`);
      }
      for (const table of state.routeTables.values()) {
        table.Associations = table.Associations?.filter((one) => one.SubnetId !== SubnetId);
      }
      state.subnets.delete(SubnetId ?? "");
      return {};
    }),
    ModifySubnetAttribute: handle(
      ModifySubnetAttributeCommand,
      ({ SubnetId, MapPublicIpOnLaunch }) => {
        const subnet = state.subnets.get(SubnetId);
        if (MapPublicIpOnLaunch !== undefined) {
          subnet.MapPublicIpOnLaunch = MapPublicIpOnLaunch.Value ?? false;
        }
        return {};
      },
    ),
    DescribeSubnets: handle(DescribeSubnetsCommand, (input) => {
      const { rows, NextToken } = described(state.subnets, input.SubnetIds, input, SUBNET_FILTERS);
      return { Subnets: rows, NextToken };
    }),
  };
}

/** With the main route table and the default security group that each VPC is born with. */
export function addVpc(state: Ec2State, vpc: Vpc): void {
  state.vpcs.add(vpc);
  const RouteTableId = state.routeTables.newId();
  state.routeTables.add({
    RouteTableId,
    VpcId: vpc.VpcId,
    OwnerId: state.region.account,
    Associations: [
      {
        Main: true,
        RouteTableAssociationId: newId("rtbassoc"),
        RouteTableId,
        AssociationState: { State: "associated" },
      },
    ],
    Routes: [localRoute(vpc)],
    Tags: [],
  });
  newDefaultGroup(state, vpc.VpcId ?? "");
}

export function localRoute(vpc: Vpc) {
  return {
    DestinationCidrBlock: vpc.CidrBlock,
    GatewayId: "local",
    Origin: "CreateRouteTable",
    State: "active",
  } as const;
}

export function zoneId(state: Ec2State, zone: string): string {
  return `euc1-az${state.zones.indexOf(zone) + 1}`;
}

function zoneNamed(state: Ec2State, id: string | undefined): string {
  return state.zones.find((zone) => zoneId(state, zone) === id) ?? state.zones[0] ?? "";
}

export function dependency(message: string): ServiceError {
  return new ServiceError("DependencyViolation", message);
}
