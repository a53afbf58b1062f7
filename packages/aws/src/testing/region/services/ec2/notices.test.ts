import { DescribeInstanceStatusCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { CreateQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../eventually.ts";
import { type Ground, layGround } from "../../ground.ts";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let region: Region;
let ground: Ground;
let queue: string;

beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  ground = await layGround(region);
  const { QueueUrl = "" } = await region.call(CreateQueueCommand, { QueueName: "notices" });
  queue = QueueUrl;
  const targets = [`arn:aws:sqs:${region.name}:${region.account}:notices`];
  region.rules.set("all", { pattern: { source: ["aws.ec2", "aws.health"] }, targets });
});

afterEach(async () => {
  await region.close();
  expect(region.defects).toEqual([]);
});

async function machine(MarketType: "spot" | undefined): Promise<string> {
  const { Instances = [] } = await region.call(RunInstancesCommand, {
    ImageId: ground.imageId,
    InstanceType: "c5.large",
    MinCount: 1,
    MaxCount: 1,
    SubnetId: ground.subnetIds[0],
    ...(MarketType && { InstanceMarketOptions: { MarketType } }),
  });
  const id = Instances[0]?.InstanceId ?? "";
  await eventually(() => expect(region.ec2.instance(id)?.state).toBe("running"));
  return id;
}

/** What the queue got so far, as kind and detail. */
async function received(): Promise<readonly (readonly [string, Record<string, unknown>])[]> {
  const { Messages = [] } = await region.call(ReceiveMessageCommand, {
    QueueUrl: queue,
    MaxNumberOfMessages: 10,
  });
  return Messages.map(({ Body = "{}" }) => {
    const event = JSON.parse(Body) as { "detail-type": string; detail: Record<string, unknown> };
    return [event["detail-type"], event.detail] as const;
  });
}

test("a spot machine is warned of, and then taken", async () => {
  const id = await machine("spot");
  await region.ec2.interrupt(id, 0.05);
  expect(region.ec2.instance(id)?.spotNotice?.action).toBe("terminate");
  await eventually(() => expect(region.ec2.instance(id)?.state).toBe("terminated"));
  expect(region.ec2.instance(id)?.row.StateReason?.Code).toBe("Server.SpotInstanceTermination");
  const change = "EC2 Instance State-change Notification";
  expect(await received()).toEqual([
    [change, { "instance-id": id, state: "pending" }],
    [change, { "instance-id": id, state: "running" }],
    [
      "EC2 Spot Instance Interruption Warning",
      { "instance-id": id, "instance-action": "terminate" },
    ],
    [change, { "instance-id": id, state: "shutting-down" }],
    [change, { "instance-id": id, state: "terminated" }],
  ]);
});

test("maintenance is scheduled, where all can read it, and comes", async () => {
  const id = await machine(undefined);
  await received();
  await region.ec2.scheduleMaintenance(id, { inSeconds: 3600 });
  const { name, endpoint, credentials } = region;
  const ec2 = new EC2Client({ region: name, endpoint, credentials });
  const { InstanceStatuses } = await ec2.send(new DescribeInstanceStatusCommand({}));
  ec2.destroy();
  expect(InstanceStatuses).toMatchObject([
    { InstanceId: id, Events: [{ Code: "instance-retirement", NotBefore: expect.any(Date) }] },
  ]);
  expect(await received()).toMatchObject([
    [
      "AWS Health Event",
      {
        service: "EC2",
        eventTypeCode: "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED",
        affectedEntities: [{ entityValue: id }],
      },
    ],
  ]);
  await region.ec2.scheduleMaintenance(id, { inSeconds: 0.01, code: "instance-stop" });
  await eventually(() => expect(region.ec2.instance(id)?.state).toBe("stopped"));
});
