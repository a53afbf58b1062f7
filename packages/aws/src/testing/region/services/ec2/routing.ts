import {
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateVpcEndpointCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteVpcEndpointsCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeVpcEndpointsCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  type InternetGateway,
  ModifyVpcEndpointCommand,
  type NatGateway,
  ReplaceRouteCommand,
  type Route,
  type RouteTable,
  type VpcEndpoint,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import { described, type Filters, fields } from "./describe.ts";
import { newId } from "./ids.ts";
import { associate, newInterface, removeInterface } from "./interfaces.ts";
import type { Ec2State, Operations } from "./state.ts";
import { tagsFor } from "./tags.ts";
import { dependency, localRoute } from "./vpcs.ts";

const TABLE_FILTERS: Filters<RouteTable> = {
  ...fields<RouteTable>("RouteTableId", "VpcId", "OwnerId"),
  "association.main": ({ Associations = [] }) => Associations.map(({ Main }) => Main),
  "association.subnet-id": ({ Associations = [] }) => Associations.map(({ SubnetId }) => SubnetId),
  "association.route-table-association-id": ({ Associations = [] }) =>
    Associations.map(({ RouteTableAssociationId }) => RouteTableAssociationId),
};

const INTERNET_FILTERS: Filters<InternetGateway> = {
  ...fields<InternetGateway>("InternetGatewayId", "OwnerId"),
  "attachment.vpc-id": ({ Attachments = [] }) => Attachments.map(({ VpcId }) => VpcId),
};

const NAT_FILTERS = fields<NatGateway>("NatGatewayId", "VpcId", "SubnetId", "State");

const ENDPOINT_FILTERS: Filters<VpcEndpoint> = {
  ...fields<VpcEndpoint>("VpcEndpointId", "VpcId", "ServiceName", "VpcEndpointType"),
  "vpc-endpoint-state": ({ State }) => State,
};

export function routingOperations(state: Ec2State): Operations {
  return { ...routeTables(state), ...internetGateways(state), ...natAndEndpoints(state) };
}

function routeTables(state: Ec2State): Operations {
  return {
    CreateRouteTable: handle(CreateRouteTableCommand, ({ VpcId, TagSpecifications }) => {
      const vpc = state.vpcs.get(VpcId);
      const RouteTable: RouteTable = {
        RouteTableId: state.routeTables.newId(),
        VpcId,
        OwnerId: state.region.account,
        Associations: [],
        Routes: [localRoute(vpc)],
        Tags: tagsFor(TagSpecifications, "route-table"),
      };
      state.routeTables.add(RouteTable);
      return { RouteTable };
    }),
    DeleteRouteTable: handle(DeleteRouteTableCommand, ({ RouteTableId }) => {
      const table = state.routeTables.get(RouteTableId);
      if ((table.Associations ?? []).length > 0) {
        throw dependency(
          `The routeTable '${RouteTableId}' has dependencies and cannot be deleted.`,
        );
      }
      state.routeTables.delete(RouteTableId ?? "");
      return {};
    }),
    DescribeRouteTables: handle(DescribeRouteTablesCommand, (input) => {
      const found = described(state.routeTables, input.RouteTableIds, input, TABLE_FILTERS);
      return { RouteTables: found.rows, NextToken: found.NextToken };
    }),
    CreateRoute: handle(CreateRouteCommand, (input) => {
      const table = state.routeTables.get(input.RouteTableId);
      if (input.NatGatewayId !== undefined) state.natGateways.get(input.NatGatewayId);
      if (input.NetworkInterfaceId !== undefined) state.interfaces.get(input.NetworkInterfaceId);
      if (input.GatewayId?.startsWith("igw-")) checkInternetGateway(state, input.GatewayId, table);
      const route: Route = {
        DestinationCidrBlock: input.DestinationCidrBlock,
        GatewayId: input.GatewayId,
        NatGatewayId: input.NatGatewayId,
        NetworkInterfaceId: input.NetworkInterfaceId,
        Origin: "CreateRoute",
        State: "active",
      };
      const routes = table.Routes ?? [];
      if (routes.some((one) => one.DestinationCidrBlock === route.DestinationCidrBlock)) {
        throw new ServiceError(
          "RouteAlreadyExists",
          `The route identified by ${route.DestinationCidrBlock} already exists.`,
        );
      }
      table.Routes = [...routes, route];
      return { Return: true };
    }),
    ReplaceRoute: handle(ReplaceRouteCommand, (input) => {
      const table = state.routeTables.get(input.RouteTableId);
      if (input.NetworkInterfaceId !== undefined) state.interfaces.get(input.NetworkInterfaceId);
      const { DestinationCidrBlock, GatewayId, NatGatewayId, NetworkInterfaceId } = input;
      const isIt = (one: Route) => one.DestinationCidrBlock === DestinationCidrBlock;
      if (table.Routes?.some(isIt) !== true) {
        throw new ServiceError(
          "InvalidParameterValue",
          `There is no route defined for '${DestinationCidrBlock}' in the route table. Use CreateRoute instead.`,
        );
      }
      const next: Route = {
        DestinationCidrBlock,
        GatewayId,
        NatGatewayId,
        NetworkInterfaceId,
        Origin: "CreateRoute",
        State: "active",
      };
      table.Routes = table.Routes.map((one) => (isIt(one) ? next : one));
      return {};
    }),
    DeleteRoute: handle(DeleteRouteCommand, ({ RouteTableId, DestinationCidrBlock }) => {
      const table = state.routeTables.get(RouteTableId);
      const kept = table.Routes?.filter((one) => one.DestinationCidrBlock !== DestinationCidrBlock);
      if (kept?.length === table.Routes?.length) {
        throw new ServiceError(
          "InvalidRoute.NotFound",
          `no route with destination-cidr-block ${DestinationCidrBlock} in route table ${RouteTableId}`,
        );
      }
      table.Routes = kept;
      return {};
    }),
    AssociateRouteTable: handle(AssociateRouteTableCommand, ({ RouteTableId, SubnetId }) => {
      const table = state.routeTables.get(RouteTableId);
      state.subnets.get(SubnetId);
      const isAssociated = state.routeTables
        .values()
        .some(({ Associations = [] }) => Associations.some((one) => one.SubnetId === SubnetId));
      if (isAssociated) {
        throw new ServiceError(
          "Resource.AlreadyAssociated",
          `the specified association for route table ${RouteTableId} conflicts with an existing association`,
        );
      }
      const AssociationId = newId("rtbassoc");
      const AssociationState = { State: "associated" } as const;
      table.Associations = [
        ...(table.Associations ?? []),
        {
          RouteTableAssociationId: AssociationId,
          RouteTableId,
          SubnetId,
          Main: false,
          AssociationState,
        },
      ];
      return { AssociationId, AssociationState };
    }),
    DisassociateRouteTable: handle(DisassociateRouteTableCommand, ({ AssociationId }) => {
      const isIt = (one: { RouteTableAssociationId?: string | undefined }) =>
        one.RouteTableAssociationId === AssociationId;
      const table = state.routeTables
        .values()
        .find(({ Associations = [] }) => Associations.some(isIt));
      if (table === undefined) {
        throw new ServiceError(
          "InvalidAssociationID.NotFound",
          `The association ID '${AssociationId}' does not exist`,
        );
      }
      table.Associations = table.Associations?.filter((one) => !isIt(one));
      return {};
    }),
  };
}

function checkInternetGateway(state: Ec2State, id: string, table: RouteTable): void {
  const gateway = state.internetGateways.get(id);
  if (gateway.Attachments?.some(({ VpcId }) => VpcId === table.VpcId)) return;
  throw new ServiceError(
    "InvalidParameterValue",
    `route table ${table.RouteTableId} and network gateway ${id} belong to different networks`,
  );
}

function internetGateways(state: Ec2State): Operations {
  return {
    CreateInternetGateway: handle(CreateInternetGatewayCommand, ({ TagSpecifications }) => {
      const InternetGateway: InternetGateway = {
        InternetGatewayId: state.internetGateways.newId(),
        OwnerId: state.region.account,
        Attachments: [],
        Tags: tagsFor(TagSpecifications, "internet-gateway"),
      };
      state.internetGateways.add(InternetGateway);
      return { InternetGateway };
    }),
    DeleteInternetGateway: handle(DeleteInternetGatewayCommand, ({ InternetGatewayId }) => {
      const gateway = state.internetGateways.get(InternetGatewayId);
      if ((gateway.Attachments ?? []).length > 0) {
        throw dependency(
          `The internetGateway '${InternetGatewayId}' has dependencies and cannot be deleted.`,
        );
      }
      state.internetGateways.delete(InternetGatewayId ?? "");
      return {};
    }),
    AttachInternetGateway: handle(AttachInternetGatewayCommand, ({ InternetGatewayId, VpcId }) => {
      const gateway = state.internetGateways.get(InternetGatewayId);
      state.vpcs.get(VpcId);
      if ((gateway.Attachments ?? []).length > 0) {
        throw new ServiceError(
          "Resource.AlreadyAssociated",
          `resource ${InternetGatewayId} is already attached to network ${gateway.Attachments?.[0]?.VpcId}`,
        );
      }
      gateway.Attachments = [{ VpcId, State: "available" as "attached" }];
      return {};
    }),
    DetachInternetGateway: handle(DetachInternetGatewayCommand, ({ InternetGatewayId, VpcId }) => {
      const gateway = state.internetGateways.get(InternetGatewayId);
      if (!gateway.Attachments?.some((one) => one.VpcId === VpcId)) {
        throw new ServiceError(
          "Gateway.NotAttached",
          `resource ${InternetGatewayId} is not attached to network ${VpcId}`,
        );
      }
      const hasAddresses = state.addresses
        .values()
        .some(
          ({ NetworkInterfaceId }) => state.interfaces.find(NetworkInterfaceId)?.VpcId === VpcId,
        );
      if (hasAddresses) {
        throw dependency(
          `Network ${VpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
        );
      }
      gateway.Attachments = [];
      return {};
    }),
    DescribeInternetGateways: handle(DescribeInternetGatewaysCommand, (input) => {
      const ids = input.InternetGatewayIds;
      const found = described(state.internetGateways, ids, input, INTERNET_FILTERS);
      return { InternetGateways: found.rows, NextToken: found.NextToken };
    }),
  };
}

function natAndEndpoints(state: Ec2State): Operations {
  return {
    CreateNatGateway: handle(CreateNatGatewayCommand, (input) => {
      const subnet = state.subnets.get(input.SubnetId);
      const address = state.addresses.find(input.AllocationId);
      if (input.ConnectivityType !== "private" && address === undefined) {
        throw state.addresses.notFound([input.AllocationId ?? ""]);
      }
      const network = newInterface(state, {
        subnet,
        groups: [],
        description: "Interface for NAT Gateway",
        type: "natGateway",
      });
      if (address !== undefined) associate(state, address, network);
      const NatGateway: NatGateway = {
        NatGatewayId: state.natGateways.newId(),
        SubnetId: subnet.SubnetId,
        VpcId: subnet.VpcId,
        State: "available",
        ConnectivityType: input.ConnectivityType ?? "public",
        CreateTime: new Date(),
        NatGatewayAddresses: [
          {
            AllocationId: input.AllocationId,
            NetworkInterfaceId: network.NetworkInterfaceId,
            PrivateIp: network.PrivateIpAddress,
            PublicIp: address?.PublicIp,
          },
        ],
        Tags: tagsFor(input.TagSpecifications, "natgateway"),
      };
      state.natGateways.add(NatGateway);
      return { NatGateway };
    }),
    DeleteNatGateway: handle(DeleteNatGatewayCommand, ({ NatGatewayId }) => {
      const gateway = state.natGateways.get(NatGatewayId);
      for (const { NetworkInterfaceId } of gateway.NatGatewayAddresses ?? []) {
        const network = state.interfaces.find(NetworkInterfaceId);
        if (network !== undefined) removeInterface(state, network);
      }
      gateway.State = "deleted";
      gateway.DeleteTime = new Date();
      return { NatGatewayId };
    }),
    DescribeNatGateways: handle(DescribeNatGatewaysCommand, (input) => {
      const asked = { ...input, Filters: input.Filter };
      const found = described(state.natGateways, input.NatGatewayIds, asked, NAT_FILTERS);
      return { NatGateways: found.rows, NextToken: found.NextToken };
    }),
    CreateVpcEndpoint: handle(CreateVpcEndpointCommand, (input) => {
      const vpc = state.vpcs.get(input.VpcId);
      const networks = (input.SubnetIds ?? []).map((id) =>
        newInterface(state, {
          subnet: state.subnets.get(id),
          groups: input.SecurityGroupIds ?? [],
          description: `VPC Endpoint Interface`,
          type: "vpc_endpoint",
        }),
      );
      const VpcEndpoint: VpcEndpoint = {
        VpcEndpointId: state.endpoints.newId(),
        VpcId: vpc.VpcId,
        VpcEndpointType: input.VpcEndpointType ?? "Gateway",
        ServiceName: input.ServiceName,
        State: "available" as "Available",
        PolicyDocument: input.PolicyDocument,
        RouteTableIds: input.RouteTableIds ?? [],
        SubnetIds: input.SubnetIds ?? [],
        Groups: groupsOf(state, input.SecurityGroupIds),
        PrivateDnsEnabled: input.PrivateDnsEnabled ?? false,
        NetworkInterfaceIds: networks.map(({ NetworkInterfaceId = "" }) => NetworkInterfaceId),
        OwnerId: state.region.account,
        CreationTimestamp: new Date(),
        Tags: tagsFor(input.TagSpecifications, "vpc-endpoint"),
      };
      for (const id of VpcEndpoint.RouteTableIds ?? []) state.routeTables.get(id);
      state.endpoints.add(VpcEndpoint);
      return { VpcEndpoint };
    }),
    ModifyVpcEndpoint: handle(ModifyVpcEndpointCommand, (input) => {
      const endpoint = state.endpoints.get(input.VpcEndpointId);
      const removed = new Set(input.RemoveRouteTableIds);
      endpoint.RouteTableIds = [
        ...(endpoint.RouteTableIds ?? []).filter((id) => !removed.has(id)),
        ...(input.AddRouteTableIds ?? []),
      ];
      if (input.PolicyDocument !== undefined) endpoint.PolicyDocument = input.PolicyDocument;
      return { Return: true };
    }),
    DeleteVpcEndpoints: handle(DeleteVpcEndpointsCommand, ({ VpcEndpointIds = [] }) => {
      const Unsuccessful = VpcEndpointIds.flatMap((id) => {
        const endpoint = state.endpoints.find(id);
        if (endpoint === undefined) {
          const { code, message } = state.endpoints.notFound([id]);
          return [{ ResourceId: id, Error: { Code: code, Message: message } }];
        }
        for (const networkId of endpoint.NetworkInterfaceIds ?? []) {
          removeInterface(state, state.interfaces.get(networkId));
        }
        state.endpoints.delete(id);
        return [];
      });
      return { Unsuccessful };
    }),
    DescribeVpcEndpoints: handle(DescribeVpcEndpointsCommand, (input) => {
      const found = described(state.endpoints, input.VpcEndpointIds, input, ENDPOINT_FILTERS);
      return { VpcEndpoints: found.rows, NextToken: found.NextToken };
    }),
  };
}

function groupsOf(state: Ec2State, ids: readonly string[] = []) {
  return ids.map((id) => {
    const { GroupId, GroupName } = state.securityGroups.get(id);
    return { GroupId, GroupName };
  });
}
