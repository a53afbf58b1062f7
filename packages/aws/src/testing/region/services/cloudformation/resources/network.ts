import * as ec2 from "@aws-sdk/client-ec2";
import {
  bool,
  given,
  type Made,
  type ResourceHandler,
  tagSpecification,
  text,
  unlessGone,
  whenFree,
} from "../handler.ts";
import type { JsonObject } from "../template.ts";

const VPC: ResourceHandler = {
  replacedBy: ["CidrBlock", "InstanceTenancy"],
  async create(properties, context) {
    const { Vpc } = await context.call(ec2.CreateVpcCommand, {
      CidrBlock: text(properties.CidrBlock),
      TagSpecifications: tagSpecification("vpc", properties, context),
    });
    const VpcId = Vpc?.VpcId ?? "";
    for (const name of ["EnableDnsSupport", "EnableDnsHostnames"] as const) {
      const Value = bool(properties[name]);
      if (Value === undefined) continue;
      await context.call(ec2.ModifyVpcAttributeCommand, { VpcId, [name]: { Value } });
    }
    const { SecurityGroups = [] } = await context.call(ec2.DescribeSecurityGroupsCommand, {
      Filters: [
        { Name: "vpc-id", Values: [VpcId] },
        { Name: "group-name", Values: ["default"] },
      ],
    });
    return {
      id: VpcId,
      attributes: {
        VpcId,
        CidrBlock: Vpc?.CidrBlock ?? "",
        DefaultSecurityGroup: SecurityGroups[0]?.GroupId ?? "",
      },
    };
  },
  update: async (made) => made,
  delete: ({ id }, _, context) => whenFree(() => context.call(ec2.DeleteVpcCommand, { VpcId: id })),
};

const SUBNET: ResourceHandler = {
  replacedBy: ["CidrBlock", "VpcId", "AvailabilityZone"],
  async create(properties, context) {
    const { Subnet } = await context.call(ec2.CreateSubnetCommand, {
      ...given({
        CidrBlock: text(properties.CidrBlock),
        AvailabilityZone: text(properties.AvailabilityZone),
      }),
      VpcId: text(properties.VpcId),
      TagSpecifications: tagSpecification("subnet", properties, context),
    });
    const id = Subnet?.SubnetId ?? "";
    const assigns = bool(properties.MapPublicIpOnLaunch);
    if (assigns !== undefined) {
      await context.call(ec2.ModifySubnetAttributeCommand, {
        SubnetId: id,
        MapPublicIpOnLaunch: { Value: assigns },
      });
    }
    return {
      id,
      attributes: {
        SubnetId: id,
        VpcId: Subnet?.VpcId ?? "",
        AvailabilityZone: Subnet?.AvailabilityZone ?? "",
        CidrBlock: Subnet?.CidrBlock ?? "",
      },
    };
  },
  update: async (made) => made,
  delete: ({ id }, _, context) =>
    whenFree(() => context.call(ec2.DeleteSubnetCommand, { SubnetId: id })),
};

const INTERNET_GATEWAY: ResourceHandler = {
  async create(properties, context) {
    const { InternetGateway } = await context.call(ec2.CreateInternetGatewayCommand, {
      TagSpecifications: tagSpecification("internet-gateway", properties, context),
    });
    const InternetGatewayId = InternetGateway?.InternetGatewayId ?? "";
    return { id: InternetGatewayId, attributes: { InternetGatewayId } };
  },
  update: async (made) => made,
  delete: ({ id }, _, context) =>
    whenFree(() => context.call(ec2.DeleteInternetGatewayCommand, { InternetGatewayId: id })),
};

const GATEWAY_ATTACHMENT: ResourceHandler = {
  async create(properties, context) {
    const input = gatewayOf(properties);
    await context.call(ec2.AttachInternetGatewayCommand, input);
    return { id: `IGW|${input.VpcId}`, attributes: { AttachmentType: "IGW" } };
  },
  delete: (_, properties, context) =>
    whenFree(() => context.call(ec2.DetachInternetGatewayCommand, gatewayOf(properties))),
};

function gatewayOf(properties: JsonObject) {
  return {
    InternetGatewayId: text(properties.InternetGatewayId),
    VpcId: text(properties.VpcId),
  };
}

const ROUTE_TABLE: ResourceHandler = {
  replacedBy: ["VpcId"],
  async create(properties, context) {
    const { RouteTable } = await context.call(ec2.CreateRouteTableCommand, {
      VpcId: text(properties.VpcId),
      TagSpecifications: tagSpecification("route-table", properties, context),
    });
    const RouteTableId = RouteTable?.RouteTableId ?? "";
    return { id: RouteTableId, attributes: { RouteTableId } };
  },
  update: async (made) => made,
  delete: ({ id }, _, context) =>
    whenFree(() => context.call(ec2.DeleteRouteTableCommand, { RouteTableId: id })),
};

const ROUTE: ResourceHandler = {
  async create(properties, context) {
    await context.call(
      ec2.CreateRouteCommand,
      given({
        RouteTableId: text(properties.RouteTableId),
        DestinationCidrBlock: text(properties.DestinationCidrBlock),
        GatewayId: text(properties.GatewayId),
        NatGatewayId: text(properties.NatGatewayId),
      }),
    );
    return { id: `${text(properties.RouteTableId)}|${text(properties.DestinationCidrBlock)}` };
  },
  delete: (_, properties, context) =>
    unlessGone(() =>
      context.call(ec2.DeleteRouteCommand, {
        RouteTableId: text(properties.RouteTableId),
        DestinationCidrBlock: text(properties.DestinationCidrBlock),
      }),
    ),
};

const ROUTE_TABLE_ASSOCIATION: ResourceHandler = {
  async create(properties, context) {
    const { AssociationId = "" } = await context.call(ec2.AssociateRouteTableCommand, {
      RouteTableId: text(properties.RouteTableId),
      SubnetId: text(properties.SubnetId),
    });
    return { id: AssociationId, attributes: { Id: AssociationId } };
  },
  delete: ({ id }, _, context) =>
    unlessGone(() => context.call(ec2.DisassociateRouteTableCommand, { AssociationId: id })),
};

const NAT_GATEWAY: ResourceHandler = {
  replacedBy: ["SubnetId", "AllocationId", "ConnectivityType"],
  async create(properties, context) {
    const { NatGateway } = await context.call(ec2.CreateNatGatewayCommand, {
      ...given({ AllocationId: text(properties.AllocationId) }),
      SubnetId: text(properties.SubnetId),
      TagSpecifications: tagSpecification("natgateway", properties, context),
    });
    const NatGatewayId = NatGateway?.NatGatewayId ?? "";
    return { id: NatGatewayId, attributes: { NatGatewayId } };
  },
  update: async (made) => made,
  delete: ({ id }, _, context) =>
    whenFree(() => context.call(ec2.DeleteNatGatewayCommand, { NatGatewayId: id })),
};

const EIP: ResourceHandler = {
  async create(properties, context) {
    const { AllocationId = "", PublicIp = "" } = await context.call(ec2.AllocateAddressCommand, {
      Domain: "vpc",
      TagSpecifications: tagSpecification("elastic-ip", properties, context),
    });
    return { id: PublicIp, attributes: { AllocationId, PublicIp } };
  },
  update: async (made) => made,
  delete: (made, _, context) =>
    whenFree(() => context.call(ec2.ReleaseAddressCommand, allocation(made))),
};

function allocation({ attributes }: Made) {
  return { AllocationId: text(attributes?.AllocationId) };
}

const EIP_ASSOCIATION: ResourceHandler = {
  async create(properties, context) {
    const { AssociationId = "" } = await context.call(
      ec2.AssociateAddressCommand,
      given({
        AllocationId: text(properties.AllocationId),
        NetworkInterfaceId: text(properties.NetworkInterfaceId),
        InstanceId: text(properties.InstanceId),
      }),
    );
    return { id: AssociationId, attributes: { Id: AssociationId } };
  },
  delete: ({ id }, _, context) =>
    unlessGone(() => context.call(ec2.DisassociateAddressCommand, { AssociationId: id })),
};

const VPC_ENDPOINT: ResourceHandler = {
  replacedBy: ["VpcId", "ServiceName", "VpcEndpointType"],
  async create(properties, context) {
    const { Tags: _, PolicyDocument, ...rest } = properties;
    const { VpcEndpoint } = await context.call(ec2.CreateVpcEndpointCommand, {
      ...(rest as object),
      ...(PolicyDocument === undefined ? {} : { PolicyDocument: JSON.stringify(PolicyDocument) }),
      VpcId: text(properties.VpcId),
      TagSpecifications: tagSpecification("vpc-endpoint", properties, context),
    });
    const id = VpcEndpoint?.VpcEndpointId ?? "";
    return { id, attributes: { Id: id } };
  },
  update: async (made) => made,
  delete: ({ id }, _, context) =>
    whenFree(() => context.call(ec2.DeleteVpcEndpointsCommand, { VpcEndpointIds: [id] })),
};

export const NETWORK: Readonly<Record<string, ResourceHandler>> = {
  "AWS::EC2::VPC": VPC,
  "AWS::EC2::Subnet": SUBNET,
  "AWS::EC2::InternetGateway": INTERNET_GATEWAY,
  "AWS::EC2::VPCGatewayAttachment": GATEWAY_ATTACHMENT,
  "AWS::EC2::RouteTable": ROUTE_TABLE,
  "AWS::EC2::Route": ROUTE,
  "AWS::EC2::SubnetRouteTableAssociation": ROUTE_TABLE_ASSOCIATION,
  "AWS::EC2::NatGateway": NAT_GATEWAY,
  "AWS::EC2::EIP": EIP,
  "AWS::EC2::EIPAssociation": EIP_ASSOCIATION,
  "AWS::EC2::VPCEndpoint": VPC_ENDPOINT,
};
