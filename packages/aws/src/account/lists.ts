import {
  DescribeInternetGatewaysCommand,
  DescribeKeyPairsCommand,
  DescribeRegionsCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  paginateDescribeInstanceTypes,
  type Tag,
} from "@aws-sdk/client-ec2";
import type { AccountLists } from "@sluice/model";
import type { Clients } from "../clients.ts";

type Lister<K extends keyof AccountLists> = (
  clients: Clients,
  signal: AbortSignal,
) => Promise<readonly AccountLists[K][]>;

const byName =
  <T>(name: (item: T) => string) =>
  (a: T, b: T) =>
    name(a) < name(b) ? -1 : Number(name(a) > name(b));

export const LISTERS: { readonly [K in keyof AccountLists]: Lister<K> } = {
  region: async (clients, abortSignal) => {
    const ec2 = await clients.ec2();
    const { Regions = [] } = await ec2.send(new DescribeRegionsCommand({}), { abortSignal });
    return Regions.map(({ RegionName = "" }) => ({ name: RegionName })).sort(byName((r) => r.name));
  },
  keyPair: async (clients, abortSignal) => {
    const ec2 = await clients.ec2();
    const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({}), { abortSignal });
    return KeyPairs.map(({ KeyName = "" }) => ({ name: KeyName })).sort(byName((k) => k.name));
  },
  vpc: async (clients, abortSignal) => {
    const ec2 = await clients.ec2();
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}), { abortSignal });
    return Vpcs.map(({ VpcId = "", Tags, CidrBlock = "" }) => ({
      id: VpcId,
      name: nameIn(Tags),
      cidr: CidrBlock,
    })).sort(byName((vpc) => vpc.name ?? vpc.id));
  },
  subnet: async (clients, abortSignal) => {
    const ec2 = await clients.ec2();
    const [{ Subnets = [] }, { RouteTables = [] }, { InternetGateways = [] }] = await Promise.all([
      ec2.send(new DescribeSubnetsCommand({}), { abortSignal }),
      ec2.send(new DescribeRouteTablesCommand({}), { abortSignal }),
      ec2.send(new DescribeInternetGatewaysCommand({}), { abortSignal }),
    ]);
    const gateways = new Set(InternetGateways.map(({ InternetGatewayId }) => InternetGatewayId));
    const tableOf = (subnetId: string, vpcId: string) =>
      RouteTables.find(({ Associations = [] }) =>
        Associations.some(({ SubnetId }) => SubnetId === subnetId),
      ) ??
      RouteTables.find(
        ({ VpcId, Associations = [] }) => VpcId === vpcId && Associations.some(({ Main }) => Main),
      );
    return Subnets.map(
      ({ SubnetId = "", VpcId = "", AvailabilityZone = "", CidrBlock = "", Tags }) => ({
        id: SubnetId,
        name: nameIn(Tags),
        vpcId: VpcId,
        zone: AvailabilityZone,
        cidr: CidrBlock,
        // Public is what has a way to an internet gateway.
        public: (tableOf(SubnetId, VpcId)?.Routes ?? []).some(({ GatewayId }) =>
          gateways.has(GatewayId),
        ),
      }),
    ).sort(byName((subnet) => `${subnet.vpcId} ${subnet.zone} ${subnet.id}`));
  },
  instanceType: async (clients, abortSignal) => {
    const client = await clients.ec2();
    const names: { name: string }[] = [];
    for await (const page of paginateDescribeInstanceTypes({ client }, {}, { abortSignal })) {
      for (const { InstanceType = "" } of page.InstanceTypes ?? [])
        names.push({ name: InstanceType });
    }
    return names.sort(byName((type) => type.name));
  },
};

function nameIn(tags: readonly Tag[] | undefined): string | undefined {
  return tags?.find(({ Key }) => Key === "Name")?.Value;
}
