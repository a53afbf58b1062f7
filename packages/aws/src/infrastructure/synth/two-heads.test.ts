import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateRouteCommand,
  CreateRouteTableCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  EC2Client,
  ReplaceRouteCommand,
} from "@aws-sdk/client-ec2";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { HeadCloud } from "@sluice/cloud";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Deployed } from "./testing/deployed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-two-heads-"));
let deployed: Deployed;
let heads: readonly HeadCloud[];
let ids: readonly string[];

beforeAll(async () => {
  deployed = await Deployed.of("two-heads");
  ids = deployed.headIds;
  heads = await Promise.all(ids.map((id) => deployed.head(folder, id)));
}, 60_000);
afterAll(async () => {
  await deployed[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function of(index: number) {
  const { leadership } = heads[index] ?? {};
  if (leadership === undefined) throw new Error("there is one head only");
  return leadership;
}

/** Whose interface each table of the network leads to. */
async function ways() {
  const { region } = deployed;
  const VpcId = await deployed.idOf("Vpc");
  const Filters = [{ Name: "vpc-id", Values: [VpcId] }];
  const { RouteTables = [] } = await region.call(DescribeRouteTablesCommand, { Filters });
  const made = RouteTables.filter(
    ({ Associations = [] }) => !Associations.some(({ Main }) => Main),
  );
  return made.map(
    ({ Routes = [] }) =>
      Routes.find(({ DestinationCidrBlock }) => DestinationCidrBlock === `${of(0).address}/32`)
        ?.NetworkInterfaceId,
  );
}

test("two heads are in two zones, and take packets that are not for their own addresses", async () => {
  const places = ids.map((id) => deployed.region.ec2.instances.get(id).row);
  const zones = places.map(({ Placement }) => Placement?.AvailabilityZone);
  expect(new Set(zones).size).toBe(2);
  expect(places.map(({ InstanceType }) => InstanceType).toSorted()).toEqual([
    "m7i.large",
    "m7i.xlarge",
  ]);
  const NetworkInterfaceIds = await Promise.all(
    ["HeadInterface", "StandbyInterface"].map((id) => deployed.idOf(id)),
  );
  const { NetworkInterfaces = [] } = await deployed.region.call(DescribeNetworkInterfacesCommand, {
    NetworkInterfaceIds,
  });
  expect(NetworkInterfaces.map(({ SourceDestCheck }) => SourceDestCheck)).toEqual([false, false]);
});

test("by their role's rights one writes what the other reads", async () => {
  expect(await of(0).registers.read("head")).toBeUndefined();
  const tag = await of(0).registers.write("head", "one leads", undefined);
  expect(await of(1).registers.read("head")).toEqual({ text: "one leads", tag });
  expect(await of(1).registers.write("head", "the other leads", undefined)).toBeUndefined();
  expect(await of(1).registers.write("head", "the other leads", tag)).toEqual(expect.any(String));
  const s3 = new S3Client({ ...(await deployed.asHead()), forcePathStyle: true });
  const Bucket = "sluice-123456789012-eu-central-1";
  const removes = (Key: string) =>
    s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: "1" }));
  await removes("clusters/demo-0a1b2c3d/head/registers/head");
  await expect(removes("clusters/demo-0a1b2c3d/files/1.yaml")).rejects.toMatchObject({
    name: "AccessDenied",
  });
  s3.destroy();
});

test("by their role's rights each brings the address to itself, in every table", async () => {
  await of(0).takeAddress();
  const [first] = await ways();
  expect(await ways()).toEqual([first, first]);
  await of(1).takeAddress();
  const [second] = await ways();
  expect(second).toMatch(/^eni-/);
  expect(second).not.toBe(first);
  expect(await ways()).toEqual([second, second]);
  const on = `ip address replace ${of(0).address}/32 dev lo`;
  expect(deployed.ran).toEqual(ids.map((id) => `${id}: ${on}`));
  // What the stack says of the tables was read as well.
  expect(deployed.said).toEqual([]);
});

test("both have the state where both can, and no disk that would be one's alone", async () => {
  deployed.ran.length = 0;
  expect(await Promise.all(heads.map((head) => head.disks?.attach()))).toEqual([[], []]);
  // As if it was mounted already.
  const look = "mountpoint --quiet /var/lib/sluice";
  expect(deployed.ran.toSorted()).toEqual(ids.map((id) => `${id}: ${look}`).toSorted());
});

test("all machines know the head by the address of whichever leads", async () => {
  for (const { guest, leadership } of heads) {
    expect(leadership?.address).toMatch(/^100\./);
    expect(guest.mounts).toEqual([expect.objectContaining({ type: "efs", mountPoint: "/home" })]);
  }
});

test("by their role's rights nobody else's routes and machines are touched", async () => {
  const { region } = deployed;
  const refused = { name: "UnauthorizedOperation" };
  const { RouteTable } = await region.call(CreateRouteTableCommand, {
    VpcId: await deployed.idOf("Vpc"),
  });
  const route = {
    RouteTableId: RouteTable?.RouteTableId,
    DestinationCidrBlock: `${of(0).address}/32`,
    NetworkInterfaceId: await deployed.idOf("HeadInterface"),
  };
  const client = new EC2Client(await deployed.asHead());
  await expect(client.send(new CreateRouteCommand(route))).rejects.toMatchObject(refused);
  await expect(client.send(new ReplaceRouteCommand(route))).rejects.toMatchObject(refused);
  client.destroy();
  const s3 = new S3Client({ ...(await deployed.asHead()), forcePathStyle: true });
  const put = new PutObjectCommand({
    Bucket: "sluice-123456789012-eu-central-1",
    Key: "clusters/other-00000000/head/registers/head",
    Body: "mine",
  });
  await expect(s3.send(put)).rejects.toMatchObject({ name: "AccessDenied" });
  s3.destroy();
});

test("a head that is fenced is off, and its group makes another in its place", async () => {
  const [former = "", taker] = ids;
  expect(await of(1).isGone(former)).toBe(false);
  expect(await of(1).fence(former)).toBe("off");
  expect(await of(1).isGone(former)).toBe(true);
  await vi.waitFor(() => {
    expect(deployed.headIds).toHaveLength(2);
    expect(deployed.headIds).toContain(taker);
    expect(deployed.headIds).not.toContain(former);
  }, 10_000);
});
