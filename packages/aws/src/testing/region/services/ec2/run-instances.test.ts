import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  GetConsoleOutputCommand,
  paginateDescribeInstances,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../eventually.ts";
import { type Ground, imageOf, layGround } from "../../ground.ts";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

/** What the region's clock shows. */
let time: number;
let hypervisor: IdleHypervisor;
let region: Region;
let ground: Ground;
let ec2: EC2Client;

beforeEach(async () => {
  hypervisor = new IdleHypervisor();
  time = Date.now();
  region = await Region.start({ hypervisor, now: () => new Date(time) });
  ground = await layGround(region);
  const { name, endpoint, credentials } = region;
  ec2 = new EC2Client({ region: name, endpoint, credentials, maxAttempts: 1 });
});

afterEach(async () => {
  ec2.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

function run(more: Partial<RunInstancesCommandInput> = {}) {
  const { imageId: ImageId, subnetIds, securityGroupId } = ground;
  const place = more.NetworkInterfaces
    ? {}
    : { SubnetId: subnetIds[0], SecurityGroupIds: [securityGroupId] };
  const input = { ImageId, InstanceType: "c5.large" as const, MinCount: 1, MaxCount: 1, ...place };
  return ec2.send(new RunInstancesCommand({ ...input, ...more }));
}

async function ids(more: Partial<RunInstancesCommandInput> = {}): Promise<string[]> {
  const { Instances = [] } = await run(more);
  return Instances.map(({ InstanceId = "" }) => InstanceId);
}

async function states(): Promise<Record<string, string>> {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
  return Object.fromEntries(
    Reservations.flatMap(({ Instances = [] }) => Instances).map(({ InstanceId = "", State }) => [
      InstanceId,
      State?.Name ?? "",
    ]),
  );
}

async function until(id: string | undefined, state: string): Promise<void> {
  await eventually(async () => expect((await states())[id ?? ""]).toBe(state));
}

describe("a launch", () => {
  test("gives machines what was asked for, and the hypervisor what it needs", async () => {
    const UserData = Buffer.from("#!/bin/sh\necho hello").toString("base64");
    const { Instances = [], ReservationId } = await run({
      MinCount: 2,
      MaxCount: 2,
      UserData,
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "team", Value: "a" }] }],
    });
    expect(ReservationId).toMatch(/^r-0/);
    expect(Instances.map((one) => [one.AmiLaunchIndex, one.PrivateIpAddress])).toEqual([
      [0, "10.0.0.4"],
      [1, "10.0.0.5"],
    ]);
    expect(Instances[0]).toMatchObject({
      State: { Name: "pending", Code: 0 },
      PrivateDnsName: "ip-10-0-0-4.eu-central-1.compute.internal",
      Placement: { AvailabilityZone: "eu-central-1a" },
      Tags: [{ Key: "team", Value: "a" }],
      SecurityGroups: [{ GroupId: ground.securityGroupId, GroupName: "machines" }],
    });
    await until(Instances[1]?.InstanceId, "running");
    expect(hypervisor.running).toMatchObject([
      { address: "10.0.0.4", userData: "#!/bin/sh\necho hello", arch: "x86_64" },
      { address: "10.0.0.5" },
    ]);
  });

  test("is made once for a token, and refused for another with that token", async () => {
    const [first] = await ids({ ClientToken: "one" });
    const again = await Promise.all([ids({ ClientToken: "one" }), ids({ ClientToken: "one" })]);
    expect(again).toEqual([[first], [first]]);
    await expect(run({ ClientToken: "one", MaxCount: 2 })).rejects.toMatchObject({
      name: "IdempotentParameterMismatch",
    });
    expect(Object.keys(await states())).toHaveLength(1);
  });

  test("that failed leaves its token free", async () => {
    region.faults.capacity.set("c5.large/eu-central-1a", 0);
    const launch = () => run({ ClientToken: "two" });
    await expect(launch()).rejects.toMatchObject({ name: "InsufficientInstanceCapacity" });
    region.faults.capacity.clear();
    expect((await launch()).Instances).toHaveLength(1);
  });

  test("gives what there is when that is enough, and nothing when it is not", async () => {
    region.faults.capacity.set("c5.large/eu-central-1a", 3);
    await expect(run({ MinCount: 4, MaxCount: 4 })).rejects.toMatchObject({
      name: "InsufficientInstanceCapacity",
      $metadata: { httpStatusCode: 500 },
    });
    expect(await states()).toEqual({});
    expect(await ids({ MinCount: 1, MaxCount: 4 })).toHaveLength(3);
    await expect(run()).rejects.toMatchObject({ name: "InsufficientInstanceCapacity" });
    const other = await run({ SubnetId: ground.subnetIds[1] });
    expect(other.Instances).toHaveLength(1);
  });

  test("keeps to the account's limits, for each market", async () => {
    region.ec2.capacity.quotas.set("Standard", 4).set("Standard/spot", 0);
    await ids({ MinCount: 2, MaxCount: 2 });
    await expect(run()).rejects.toMatchObject({ name: "VcpuLimitExceeded" });
    await expect(run({ InstanceMarketOptions: { MarketType: "spot" } })).rejects.toMatchObject({
      name: "MaxSpotInstanceCountExceeded",
    });
  });

  test.each([
    ["InvalidSubnetID.NotFound", { SubnetId: "subnet-0123456789abcdef0" }],
    ["InvalidAMIID.NotFound", { ImageId: "ami-0123456789abcdef0" }],
    ["InvalidParameterValue", { ImageId: imageOf("debian13", "arm64") }],
    ["InvalidParameterValue", { InstanceType: "c5.huge" as "c5.large" }],
    ["InvalidParameterValue", { UserData: Buffer.alloc(16_385).toString("base64") }],
    ["InvalidParameterValue", { IamInstanceProfile: { Name: "nobody" } }],
    ["InvalidGroup.NotFound", { SecurityGroupIds: ["sg-0123456789abcdef0"] }],
    ["InvalidKeyPair.NotFound", { KeyName: "nobody" }],
    ["InvalidPlacementGroup.Unknown", { Placement: { GroupName: "none" } }],
    [
      "InvalidLaunchTemplateName.NotFoundException",
      { LaunchTemplate: { LaunchTemplateName: "none" } },
    ],
    [
      "InvalidParameterCombination",
      { NetworkInterfaces: [{ DeviceIndex: 0 }], SubnetId: "subnet-1" },
    ],
    [
      "SpotMaxPriceTooLow",
      {
        InstanceMarketOptions: { MarketType: "spot" as const, SpotOptions: { MaxPrice: "0.001" } },
      },
    ],
    ["DryRunOperation", { DryRun: true }],
  ])("is refused with %s", async (name, more) => {
    await expect(run(more)).rejects.toMatchObject({ name });
    expect(await states()).toEqual({});
  });

  test("is refused in a zone that has none of the type", async () => {
    region.ec2.state.notOffered.add("c5.large/eu-central-1a");
    await expect(run()).rejects.toMatchObject({ name: "Unsupported" });
  });
});

describe("lists", () => {
  test("come in pages, with each machine once, by tag", async () => {
    const Tags = [{ Key: "batch", Value: "b" }];
    const tagged = await ids({
      MinCount: 12,
      MaxCount: 12,
      TagSpecifications: [{ ResourceType: "instance", Tags }],
    });
    await ids();
    const pages: string[][] = [];
    const input = { MaxResults: 5, Filters: [{ Name: "tag:batch", Values: ["b"] }] };
    for await (const { Reservations = [] } of paginateDescribeInstances({ client: ec2 }, input)) {
      pages.push(
        Reservations.flatMap(({ Instances = [] }) => Instances).map(
          ({ InstanceId = "" }) => InstanceId,
        ),
      );
    }
    expect(pages.map((page) => page.length)).toEqual([5, 5, 2]);
    expect(pages.flat()).toEqual(tagged);
  });

  test("lag behind when told to: no young machine, and then no address", async () => {
    region.faults.lag = 1000;
    const [id = ""] = await ids();
    const byId = async () => {
      const command = new DescribeInstancesCommand({ InstanceIds: [id] });
      return (await ec2.send(command)).Reservations?.[0]?.Instances?.[0];
    };
    time += 999;
    await expect(byId()).rejects.toMatchObject({ name: "InvalidInstanceID.NotFound" });
    expect(await states()).toEqual({});
    time += 1;
    const early = await byId();
    expect(early).toMatchObject({ InstanceId: id });
    expect(early).not.toHaveProperty("PrivateIpAddress");
    time += 1000;
    expect(await byId()).toMatchObject({ InstanceId: id, PrivateIpAddress: "10.0.0.4" });
  });

  test.each([
    ["a filter that EC2 does not know", { Filters: [{ Name: "colour", Values: ["red"] }] }],
    ["a page that is too small", { MaxResults: 4 }],
  ])("are refused for %s", async (_, input) => {
    await expect(ec2.send(new DescribeInstancesCommand(input))).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  test("show what was for as long as they lag, also of the end", async () => {
    const [id = ""] = await ids();
    await until(id, "running");
    time += 5000;
    region.faults.lag = 1000;
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await eventually(() => expect(region.ec2.instance(id)?.state).toBe("terminated"));
    expect(await states()).toEqual({ [id]: "running" });
    time += 1000;
    expect(await states()).toEqual({ [id]: "terminated" });
  });

  test("take tags that were put on later", async () => {
    const [id = ""] = await ids();
    const Tags = [{ Key: "Name", Value: "q-dy-c-1" }];
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
    const Filters = [{ Name: "tag:Name", Values: ["q-dy-*"] }];
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters }));
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({ InstanceId: id, Tags });
  });
});

describe("the end of a machine", () => {
  test("comes to all that are named or to none", async () => {
    const machines = await ids({ MinCount: 2, MaxCount: 2 });
    const nobody = "i-0123456789abcdef0";
    const terminate = (InstanceIds: string[]) =>
      ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await expect(terminate([...machines, nobody])).rejects.toMatchObject({
      name: "InvalidInstanceID.NotFound",
      message: `The instance ID '${nobody}' does not exist`,
    });
    const { TerminatingInstances = [] } = await terminate(machines);
    expect(TerminatingInstances[0]?.CurrentState?.Name).toBe("shutting-down");
    for (const id of machines) await until(id, "terminated");
    expect(hypervisor.running).toEqual([]);
    const { Subnets } = await ec2.send(
      new DescribeSubnetsCommand({ SubnetIds: [ground.subnetIds[0] ?? ""] }),
    );
    expect(Subnets?.[0]?.AvailableIpAddressCount).toBe(4096 - 5);
  });

  test("is told of for a while, and then forgotten", async () => {
    const [id = ""] = await ids();
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await until(id, "terminated");
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(Reservations?.[0]?.Instances?.[0]).toMatchObject({
      StateReason: { Code: "Client.UserInitiatedShutdown" },
      State: { Code: 48 },
    });
    region.ec2.instances.remembered = -1;
    expect(await states()).toEqual({});
  });

  test.each([
    ["stopped", "stop"],
    ["terminated", "terminate"],
  ] as const)("that it brings about itself leaves it %s", async (state, behavior) => {
    const [id = ""] = await ids({ InstanceInitiatedShutdownBehavior: behavior });
    await until(id, "running");
    hypervisor.kill(id);
    await until(id, state);
    expect(region.ec2.instance(id)?.row.StateReason?.Code).toBe("Client.InstanceInitiatedShutdown");
  });

  test("of one that has too little capacity comes before it runs", async () => {
    region.ec2.instances.stillborn.set("c5.large/eu-central-1a", 1);
    const [id = ""] = await ids();
    await until(id, "terminated");
    expect(region.ec2.instance(id)?.row.StateReason?.Code).toBe(
      "Server.InsufficientInstanceCapacity",
    );
  });
});

describe("a stopped machine", () => {
  test("keeps its address, gives its place away, and starts when there is place", async () => {
    region.faults.capacity.set("c5.large/eu-central-1a", 1);
    const [id = ""] = await ids();
    await until(id, "running");
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    await until(id, "stopped");
    const [other = ""] = await ids();
    const start = () => ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    await expect(start()).rejects.toMatchObject({ name: "InsufficientInstanceCapacity" });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [other] }));
    await until(other, "terminated");
    await start();
    await until(id, "running");
    expect(region.ec2.instance(id)?.row.PrivateIpAddress).toBe("10.0.0.4");
  });

  test("is none of spot", async () => {
    const [id = ""] = await ids({ InstanceMarketOptions: { MarketType: "spot" } });
    await until(id, "running");
    await expect(ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: "UnsupportedOperation",
    });
  });
});

test("consoles come as they are, in base64", async () => {
  const [id = ""] = await ids();
  await until(id, "running");
  const { Output = "" } = await ec2.send(
    new GetConsoleOutputCommand({ InstanceId: id, Latest: true }),
  );
  expect(Buffer.from(Output, "base64").toString()).toBe(`idle machine ${id} at 10.0.0.4\n`);
});
