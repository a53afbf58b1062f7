import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
} from "@aws-sdk/client-ec2";
import { GetParametersByPathCommand } from "@aws-sdk/client-ssm";
import type { Cloud } from "@sluice/cloud";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ClusterFacts, mergeFacts } from "../../facts.ts";
import { clusterText } from "../synth/testing/requests.ts";
import { atHome } from "./testing/at-home.ts";
import { requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
let infrastructure: Cloud["infrastructure"];
beforeAll(async () => {
  trial = await startTrial();
  infrastructure = trial.cloud.infrastructure;
});
afterAll(() => trial[Symbol.asyncDispose]());

/** What the stack says to its heads. */
async function facts(): Promise<ClusterFacts> {
  const { Parameters = [] } = await trial.region.call(GetParametersByPathCommand, {
    Path: "/sluice/",
    Recursive: true,
  });
  return mergeFacts(Parameters.map(({ Value = "{}" }) => JSON.parse(Value) as unknown));
}

it("two heads are made, told apart, stopped, started and taken away", async () => {
  const watch = watching();
  const record = await infrastructure.apply(requestFor("two", clusterText("two-heads")), watch);
  expect(record.status).toBe("CREATE_COMPLETE");
  const { heads = [], head } = record;
  expect(heads.map(({ role }) => role).toSorted()).toEqual(["leading", "standing-by"]);
  expect(new Set(heads.map(({ zone }) => zone))).toEqual(
    new Set(["eu-central-1a", "eu-central-1b"]),
  );
  expect(heads.find(({ role }) => role === "leading")?.machine).toEqual(head);
  await infrastructure.stopHead("two", watching());
  expect(trial.heads.running).toEqual([]);
  expect(await infrastructure.describe("two")).toMatchObject({ status: "STOPPED", heads: [] });
  await infrastructure.startHead("two", watching());
  const again = await infrastructure.describe("two");
  expect(again).toMatchObject({ status: "CREATE_COMPLETE" });
  expect(again?.heads).toHaveLength(2);
  await infrastructure.destroy("two", { ...watching(), retainAccounting: false });
  expect(await infrastructure.list()).toEqual([]);
  expect(trial.heads.running).toEqual([]);
  expect(trial.region.defects).toEqual([]);
}, 60_000);

it("a given network has routes to the head in every table of its, and none when it is gone", async () => {
  const { region } = trial;
  const text = (await atHome(region, clusterText("two-heads-network-given"))).replace(
    ", ElasticIp: eipalloc-0123456789abcdef0",
    "",
  );
  const subnets = [...new Set(text.match(/subnet-[0-9a-f]+/g))];
  const tables = await region.call(DescribeRouteTablesCommand, {});
  const main = tables.RouteTables?.findLast(({ Associations = [] }) =>
    Associations.some(({ Main }) => Main),
  );
  const own = await region.call(CreateRouteTableCommand, { VpcId: main?.VpcId });
  const RouteTableId = own.RouteTable?.RouteTableId ?? "";
  await region.call(AssociateRouteTableCommand, { RouteTableId, SubnetId: subnets[2] });
  await infrastructure.apply(requestFor("given", text), watching());
  const { leadership, network } = await facts();
  expect(leadership?.routeTables.split(",").map((arn) => arn.split("/")[1])).toEqual(
    [main?.RouteTableId, RouteTableId].toSorted(),
  );
  expect(network.headAddress).toMatch(/^100\.\d+\.\d+\.\d+$/);
  const route = { RouteTableId, DestinationCidrBlock: `${network.headAddress}/32` };
  const record = await infrastructure.describe("given");
  const machine = region.ec2.instances.get(record?.head?.id ?? "");
  const NetworkInterfaceId = machine.row.NetworkInterfaces?.[0]?.NetworkInterfaceId;
  await region.call(CreateRouteCommand, { ...route, NetworkInterfaceId });
  // As a file that brings in a subnet with a table of its own.
  const later = await region.call(CreateRouteTableCommand, { VpcId: main?.VpcId });
  const laterId = later.RouteTable?.RouteTableId ?? "";
  await region.call(AssociateRouteTableCommand, { RouteTableId: laterId, SubnetId: subnets[1] });
  await infrastructure.update(
    { ...requestFor("given", text.replace("MaxCount: 4", "MaxCount: 5")), replaces: 1 },
    watching(),
  );
  expect((await facts()).leadership?.routeTables).toContain(laterId);
  const wayIn = async (id: string) => {
    const tables = await region.call(DescribeRouteTablesCommand, { RouteTableIds: [id] });
    return tables.RouteTables?.[0]?.Routes?.find(
      ({ DestinationCidrBlock }) => DestinationCidrBlock === route.DestinationCidrBlock,
    )?.NetworkInterfaceId;
  };
  expect(await wayIn(laterId)).toBe(NetworkInterfaceId);
  await infrastructure.destroy("given", { ...watching(), retainAccounting: false });
  const { RouteTables = [] } = await region.call(DescribeRouteTablesCommand, {
    RouteTableIds: [RouteTableId],
  });
  expect(RouteTables[0]?.Routes?.map(({ DestinationCidrBlock }) => DestinationCidrBlock)).toEqual([
    "10.9.0.0/16",
  ]);
}, 60_000);

it("two heads in one zone are refused before anything is made", async () => {
  const text = await atHome(trial.region, clusterText("two-heads-network-given"));
  const [first = "", second = ""] = [...new Set(text.match(/subnet-[0-9a-f]+/g))];
  const { Subnets = [] } = await trial.region.call(DescribeSubnetsCommand, { SubnetIds: [first] });
  const { Subnet } = await trial.region.call(CreateSubnetCommand, {
    VpcId: Subnets[0]?.VpcId,
    CidrBlock: "10.9.9.0/24",
    AvailabilityZone: Subnets[0]?.AvailabilityZone,
  });
  const together = text.replaceAll(second, Subnet?.SubnetId ?? "");
  await expect(
    infrastructure.apply(requestFor("together", together), watching()),
  ).rejects.toMatchObject({ code: "HEADS_IN_ONE_ZONE", source: "user" });
  expect(await infrastructure.list()).toEqual([]);
}, 60_000);
