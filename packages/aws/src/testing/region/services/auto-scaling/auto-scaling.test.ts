import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  paginateDescribeAutoScalingGroups,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateNetworkInterfaceCommand,
  type RequestLaunchTemplateData,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../eventually.ts";
import { type Ground, layGround } from "../../ground.ts";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let hypervisor: IdleHypervisor;
let region: Region;
let ground: Ground;
let client: AutoScalingClient;

beforeEach(async () => {
  hypervisor = new IdleHypervisor();
  region = await Region.start({ hypervisor });
  ground = await layGround(region);
  const { name, endpoint, credentials } = region;
  client = new AutoScalingClient({ region: name, endpoint, credentials, maxAttempts: 1 });
});

afterEach(async () => {
  client.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

async function template(data: Partial<RequestLaunchTemplateData> = {}): Promise<void> {
  await region.call(CreateLaunchTemplateCommand, {
    LaunchTemplateName: "machine",
    LaunchTemplateData: { ImageId: ground.imageId, InstanceType: "c5.large", ...data },
  });
}

async function group(more: Partial<CreateAutoScalingGroupCommandInput> = {}): Promise<void> {
  await client.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: "g",
      LaunchTemplate: { LaunchTemplateName: "machine", Version: "$Latest" },
      VPCZoneIdentifier: ground.subnetIds.join(","),
      MinSize: 0,
      MaxSize: 3,
      DesiredCapacity: 1,
      ...more,
    }),
  );
}

/** Of the group: ids of its machines by their states. */
async function members(): Promise<readonly (readonly [string, string])[]> {
  const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ["g"] });
  const { AutoScalingGroups = [] } = await client.send(command);
  return (AutoScalingGroups[0]?.Instances ?? []).map(
    ({ InstanceId = "", LifecycleState = "" }) => [InstanceId, LifecycleState] as const,
  );
}

/** Waits until as many machines are there, each in that state. @returns their ids. */
function settled(count: number, state = "InService"): Promise<readonly string[]> {
  return eventually(async () => {
    const now = await members();
    expect(now.map(([, one]) => one)).toEqual(Array.from({ length: count }, () => state));
    return now.map(([id]) => id);
  });
}

describe("a group", () => {
  test("has as many machines as desired, over its zones, with its tags", async () => {
    await template();
    const Tags = [
      { Key: "team", Value: "a", PropagateAtLaunch: true },
      { Key: "own", Value: "b", PropagateAtLaunch: false },
    ];
    await group({ DesiredCapacity: 3, Tags });
    const machines = (await settled(3)).map((id) => region.ec2.instance(id));
    expect(machines.map((machine) => machine?.zone)).toEqual([...region.zones]);
    expect(machines[0]?.row.Tags).toEqual([
      { Key: "team", Value: "a" },
      { Key: "aws:autoscaling:groupName", Value: "g" },
    ]);
    const set = (DesiredCapacity: number) =>
      client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: "g", DesiredCapacity }));
    await set(0);
    await settled(0);
    expect(hypervisor.running).toEqual([]);
    await expect(set(4)).rejects.toMatchObject({ name: "ValidationError" });
    await set(1);
    await settled(1);
  });

  test("replaces a machine that ends, by whatever hand", async () => {
    await template();
    await group();
    const [first = ""] = await settled(1);
    hypervisor.kill(first);
    const [second = ""] = await eventually(async () => {
      const ids = await settled(1);
      expect(ids).not.toContain(first);
      return ids;
    });
    await region.call(TerminateInstancesCommand, { InstanceIds: [second] });
    await eventually(async () => expect(await settled(1)).not.toContain(second));
  });

  test("of one with a fixed interface starts the next when the last has let go of it", async () => {
    const { NetworkInterface } = await region.call(CreateNetworkInterfaceCommand, {
      SubnetId: ground.subnetIds[0],
      PrivateIpAddress: "10.0.0.10",
    });
    const { NetworkInterfaceId } = NetworkInterface ?? {};
    await template({ NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId }] });
    await group({ AvailabilityZones: ["eu-central-1a"], VPCZoneIdentifier: undefined, MaxSize: 1 });
    const [first = ""] = await settled(1);
    hypervisor.switchingTime = 60;
    hypervisor.kill(first);
    const [second = ""] = await eventually(async () => {
      const ids = await settled(1);
      expect(ids).not.toContain(first);
      return ids;
    });
    expect(region.ec2.instance(second)?.row.PrivateIpAddress).toBe("10.0.0.10");
    const { Activities = [] } = await client.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: "g" }),
    );
    expect(
      Activities.map(({ StatusCode, StatusMessage = "" }) => `${StatusCode} ${StatusMessage}`),
    ).toContain(`Failed Interface: [${NetworkInterfaceId}] in use. Launching EC2 instance failed.`);
  });

  test.each([
    ["ValidationError", { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: "eni-1" }] }],
    [
      "InvalidQueryParameter",
      { NetworkInterfaces: [{ DeviceIndex: 0 }], SecurityGroupIds: ["sg-1"] },
    ],
  ])("refuses with %s interfaces that go with no subnet, or with no groups", async (name, data) => {
    await template(data);
    await expect(group()).rejects.toMatchObject({ name });
  });

  test("tries again while there is no capacity", async () => {
    region.faults.capacity.set("c5.large/eu-central-1a", 0);
    await template();
    await group({ VPCZoneIdentifier: ground.subnetIds[0] });
    await eventually(async () => {
      const { Activities = [] } = await client.send(new DescribeScalingActivitiesCommand({}));
      expect(Activities[0]).toMatchObject({ StatusCode: "Failed" });
    });
    region.faults.capacity.clear();
    await settled(1);
  });

  test("goes when it is empty, or with all it has", async () => {
    await template();
    await group();
    await settled(1);
    const remove = (ForceDelete: boolean) =>
      client.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: "g", ForceDelete }));
    await expect(remove(false)).rejects.toMatchObject({ name: "ResourceInUseFault" });
    await remove(true);
    await eventually(async () => {
      const { AutoScalingGroups } = await client.send(new DescribeAutoScalingGroupsCommand({}));
      expect(AutoScalingGroups).toEqual([]);
    });
    expect(hypervisor.running).toEqual([]);
  });

  test("is one of many, page by page", async () => {
    await template();
    for (const name of ["a", "b", "c"]) {
      await group({ AutoScalingGroupName: name, DesiredCapacity: 0 });
    }
    const names: (string | undefined)[] = [];
    for await (const page of paginateDescribeAutoScalingGroups({ client }, { MaxRecords: 2 })) {
      names.push(...(page.AutoScalingGroups ?? []).map((one) => one.AutoScalingGroupName));
    }
    expect(names).toEqual(["a", "b", "c"]);
  });
});

describe("a machine of a group", () => {
  test("waits for whoever has a say in its end", async () => {
    await template();
    await group({
      LifecycleHookSpecificationList: [
        {
          LifecycleHookName: "drain",
          LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
          HeartbeatTimeout: 600,
        },
      ],
    });
    const [id = ""] = await settled(1);
    await client.send(
      new TerminateInstanceInAutoScalingGroupCommand({
        InstanceId: id,
        ShouldDecrementDesiredCapacity: true,
      }),
    );
    await settled(1, "Terminating:Wait");
    expect(region.ec2.instance(id)?.state).toBe("running");
    await client.send(
      new CompleteLifecycleActionCommand({
        AutoScalingGroupName: "g",
        LifecycleHookName: "drain",
        InstanceId: id,
        LifecycleActionResult: "CONTINUE",
      }),
    );
    await settled(0);
    expect(region.ec2.instance(id)?.state).toBe("terminated");
  });
});
