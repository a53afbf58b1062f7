import type { Volume } from "@aws-sdk/client-ec2";
import type { CostItem } from "@sluice/cloud";
import { onDemandPrice } from "@sluice/model";
import { TAGS } from "../../names.ts";
import { ec2 } from "../../sdk.ts";
import type { DeployContext } from "./context.ts";
import { clusterMachines } from "./machines.ts";
import { type ClusterStack, stackResources } from "./stack.ts";

/** USD for a GiB and month in us-east-1, by https://aws.amazon.com/ebs/pricing/; others differ a little. */
const VOLUME_USD: Readonly<Record<string, number>> = {
  gp2: 0.1,
  gp3: 0.08,
  io1: 0.125,
  io2: 0.125,
  sc1: 0.015,
  st1: 0.045,
  standard: 0.05,
};

const HOURS_IN_A_MONTH = 730;

/** What costs by use or by a price that is not known here, by the type of its resource. */
const UNPRICED: Readonly<Record<string, string>> = {
  "AWS::EFS::FileSystem": "EFS file system",
  "AWS::FSx::FileSystem": "FSx file system",
  "AWS::RDS::DBCluster": "accounting database",
  "AWS::EC2::NatGateway": "NAT gateway",
  "AWS::ElasticLoadBalancingV2::LoadBalancer": "load balancer of login nodes",
  "AWS::EC2::VPCEndpoint": "endpoint",
};

/** What the cluster costs as it is now, by the price list for machines on demand. */
export async function clusterCost(
  context: DeployContext,
  stack: ClusterStack,
): Promise<readonly CostItem[]> {
  const { region } = await context.place();
  const [machines, volumes, resources] = await Promise.all([
    clusterMachines(context.clients, stack.unique),
    clusterVolumes(context, stack.unique),
    stackResources(context.clients, stack.id),
  ]);
  const on = machines.filter(({ state }) => state === "running" || state === "pending");
  const kinds = Map.groupBy(
    on,
    ({ role, offering }) =>
      `${role === "compute" ? "compute nodes" : `${role} node`} ${offering.instanceType}${offering.market === "spot" ? " spot" : ""}`,
  );
  return [
    ...[...kinds].map(([what, some]): CostItem => {
      const [first] = some;
      const type = first?.offering.instanceType ?? "";
      // The price of a spot machine is that of the market at the moment.
      const isSpot = first?.offering.market === "spot";
      const price = isSpot ? undefined : onDemandPrice("aws", type, region)?.usdPerHour;
      return {
        what: some.length === 1 ? what : `${some.length} ${what}`,
        usdPerHour: price === undefined ? undefined : price * some.length,
      };
    }),
    ...volumeItems(volumes),
    ...resources.flatMap(({ type, logicalId }): CostItem[] => {
      // The way to S3 costs nothing, unlike other endpoints.
      const what = logicalId === "S3Endpoint" ? undefined : UNPRICED[type];
      return what === undefined ? [] : [{ what: `${what} ${logicalId}`, usdPerHour: undefined }];
    }),
  ];
}

async function clusterVolumes(
  { clients }: DeployContext,
  unique: string,
): Promise<readonly Volume[]> {
  const { sdk, client } = await ec2(clients);
  const found: Volume[] = [];
  const Filters = [{ Name: `tag:${TAGS.clusterId}`, Values: [unique] }];
  for await (const { Volumes = [] } of sdk.paginateDescribeVolumes({ client }, { Filters })) {
    found.push(...Volumes);
  }
  return found;
}

/** Those of one name, as machines of a compute resource have them, are one item. */
function volumeItems(volumes: readonly Volume[]): readonly CostItem[] {
  const kinds = Map.groupBy(volumes.map(volumeItem), ({ what }) => what);
  return [...kinds].map(([what, some]): CostItem => {
    const price = some[0]?.usdPerHour;
    return {
      what: some.length === 1 ? what : `${some.length} x ${what}`,
      usdPerHour: price === undefined ? undefined : price * some.length,
    };
  });
}

function volumeItem({ Size = 0, VolumeType = "gp3", VolumeId = "", Tags = [] }: Volume): CostItem {
  const name = Tags.find(({ Key }) => Key === "Name")?.Value ?? VolumeId;
  const price = VOLUME_USD[VolumeType];
  return {
    what: `volume ${name} ${Size} GB ${VolumeType}`,
    usdPerHour: price === undefined ? undefined : (price * Size) / HOURS_IN_A_MONTH,
  };
}
