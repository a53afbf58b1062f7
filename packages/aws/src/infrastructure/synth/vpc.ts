import {
  CfnEIP,
  CfnInternetGateway,
  CfnNatGateway,
  CfnRoute,
  CfnRouteTable,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPC,
  CfnVPCEndpoint,
  CfnVPCGatewayAttachment,
} from "aws-cdk-lib/aws-ec2";
import { Aws, Fn, Tags } from "aws-cdk-lib/core";
import { overlayAddress } from "../overlay-address.ts";
import { subnetRanges } from "./addresses.ts";
import type { Network } from "./network.ts";
import { type Awaited, arnOf, type Scope } from "./scope.ts";
import { interfaceEndpoints } from "./vpc-endpoints.ts";

/** A network that is made: ids are tokens. */
export interface LaidVpc {
  readonly vpcId: string;
  readonly cidr: string;
  readonly defaultSecurityGroup: string;
  /** In the order of the zones. */
  readonly privates: readonly CfnSubnet[];
  readonly publics: readonly CfnSubnet[];
  readonly routeTables: readonly CfnRouteTable[];
  readonly endpoints: readonly CfnVPCEndpoint[];
  /** Ways out, which machines that boot have to find. */
  readonly routes: readonly Awaited[];
}

/** In each zone a public subnet and a private one, with ways out as they are asked for. */
export function layVpc(
  stack: Scope["stack"],
  wanted: {
    /** In names that people see. */
    readonly title: string;
    readonly cidr: string;
    readonly zones: readonly string[];
    readonly gateways: "none" | "one" | "zone";
    /** Of AWS's services, in the private subnets. */
    readonly endpoints: boolean;
  },
): LaidVpc {
  const { title, cidr, zones, gateways } = wanted;
  const ranges = subnetRanges(cidr, zones.length);
  const vpc = new CfnVPC(stack, "Vpc", {
    cidrBlock: cidr,
    enableDnsHostnames: true,
    enableDnsSupport: true,
  });
  Tags.of(vpc).add("Name", title);
  const vpcId = vpc.ref;

  const subnet = (id: string, index: number, range: string | undefined): CfnSubnet => {
    const made = new CfnSubnet(stack, `${id}Subnet${index + 1}`, {
      vpcId,
      availabilityZone: zones[index] ?? "",
      cidrBlock: range ?? "",
    });
    Tags.of(made).add("Name", `${title} ${id.toLowerCase()} ${index + 1}`);
    return made;
  };
  const privates = ranges.privates.map((range, index) => subnet("Private", index, range));
  const publics = ranges.publics.map((range, index) => subnet("Public", index, range));

  const internet = publicRoutes(stack, vpcId, publics);
  const ways = privateRoutes(stack, vpcId, privates, publics, gateways, internet.route);
  const routeTables = [internet.table, ...ways.tables];
  const s3 = new CfnVPCEndpoint(stack, "S3Endpoint", {
    vpcId,
    serviceName: `com.amazonaws.${Aws.REGION}.s3`,
    vpcEndpointType: "Gateway",
    routeTableIds: routeTables.map(({ ref }) => ref),
  });
  const computeSubnets = privates.map(({ ref }) => ref);
  const endpoints = wanted.endpoints
    ? interfaceEndpoints({ stack }, { vpcId, cidr, computeSubnets })
    : [];
  return {
    ...{ vpcId, cidr, privates, publics, routeTables, endpoints },
    defaultSecurityGroup: vpc.attrDefaultSecurityGroup,
    routes: [internet.route, ...internet.associations, ...ways.routes, s3, ...endpoints],
  };
}

/**
 * A network of the cluster's own: in each zone a public subnet (head, login nodes, NAT gateways) and
 * a private one (compute machines).
 */
export function makeVpc(scope: Scope): Network {
  const { stack, config, request } = scope;
  const { Cidr: cidr, AvailabilityZones, NatGateways, Endpoints } = vpcSettings(config.Vpc);
  const zones = AvailabilityZones ?? [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  const { vpcId, privates, publics, routeTables, defaultSecurityGroup, routes } = layVpc(stack, {
    ...{ title: `sluice ${request.name}`, cidr, zones },
    ...{ gateways: NatGateways, endpoints: Endpoints },
  });
  const computeSubnets = privates.map(({ ref }) => ref);

  // Without a public address a machine in a public subnet reaches nothing.
  const isPublic = config.HeadNode.Networking?.ElasticIp !== false;
  const places = isPublic ? publics : privates;
  return {
    vpcId,
    headSubnet: places[0]?.ref ?? "",
    headZone: zones[0] ?? "",
    ...(config.HeadNode.Standby === undefined
      ? {}
      : {
          standby: {
            subnet: places[1]?.ref ?? "",
            zone: zones[1] ?? "",
            address: overlayAddress(request.unique, [cidr]),
            routeTables: routeTables.map(({ ref }) => arnOf("ec2", `route-table/${ref}`)),
          },
        }),
    headNeedsAddress: isPublic,
    computeSubnets,
    machineSubnets: computeSubnets,
    // Login nodes have private addresses; people come by the load balancer, which is in public.
    loginSubnet: () => ({
      subnetId: privates[0]?.ref ?? "",
      balancerSubnetId: publics[0]?.ref ?? "",
      scheme: "internet-facing",
    }),
    mountSubnets: computeSubnets.map((subnetId) => ({ subnetId })),
    defaultSecurityGroup,
    routes,
  };
}

function vpcSettings(section: Scope["config"]["Vpc"]) {
  return {
    Cidr: section?.Cidr ?? "10.0.0.0/16",
    AvailabilityZones: section?.AvailabilityZones,
    NatGateways: section?.NatGateways ?? "one",
    Endpoints: section?.Endpoints ?? false,
  };
}

function publicRoutes(stack: Scope["stack"], vpcId: string, publics: readonly CfnSubnet[]) {
  const gateway = new CfnInternetGateway(stack, "InternetGateway");
  const attachment = new CfnVPCGatewayAttachment(stack, "InternetGatewayAttachment", {
    vpcId,
    internetGatewayId: gateway.ref,
  });
  const table = new CfnRouteTable(stack, "PublicRoutes", { vpcId });
  const route = new CfnRoute(stack, "PublicRoute", {
    routeTableId: table.ref,
    destinationCidrBlock: "0.0.0.0/0",
    gatewayId: gateway.ref,
  });
  route.node.addDependency(attachment);
  const associations = publics.map((subnet, index) =>
    associated(stack, `PublicRoutes${index + 1}`, subnet, table),
  );
  return { table, route, associations };
}

function privateRoutes(
  stack: Scope["stack"],
  vpcId: string,
  privates: readonly CfnSubnet[],
  publics: readonly CfnSubnet[],
  gateways: "none" | "one" | "zone",
  internet: CfnRoute,
) {
  const tables: CfnRouteTable[] = [];
  const routes: Awaited[] = [];
  const nats: CfnNatGateway[] = [];
  privates.forEach((subnet, index) => {
    const number = index + 1;
    if (index === 0 || gateways === "zone") {
      const table = new CfnRouteTable(stack, `PrivateRoutes${number}`, { vpcId });
      tables.push(table);
      if (gateways !== "none") {
        const address = new CfnEIP(stack, `NatAddress${number}`, { domain: "vpc" });
        address.node.addDependency(internet);
        const nat = new CfnNatGateway(stack, `NatGateway${number}`, {
          allocationId: address.attrAllocationId,
          subnetId: publics[index]?.ref ?? "",
        });
        nat.node.addDependency(internet);
        nats.push(nat);
        routes.push(
          new CfnRoute(stack, `PrivateRoute${number}`, {
            routeTableId: table.ref,
            destinationCidrBlock: "0.0.0.0/0",
            natGatewayId: nat.ref,
          }),
        );
      }
    }
    const table = tables.at(-1);
    if (table !== undefined) {
      routes.push(associated(stack, `PrivateRouteTable${number}`, subnet, table));
    }
  });
  return { tables, routes };
}

function associated(
  stack: Scope["stack"],
  id: string,
  subnet: CfnSubnet,
  table: CfnRouteTable,
): CfnSubnetRouteTableAssociation {
  return new CfnSubnetRouteTableAssociation(stack, `${id}Association`, {
    subnetId: subnet.ref,
    routeTableId: table.ref,
  });
}
