import {
  AttachVolumeCommand,
  CreateFleetCommand,
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../eventually.ts";
import { type Ground, layGround } from "../../ground.ts";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

const TAG = "sluice:cluster-id";

/** What a head may do, in the manner of a stack of ours. */
const policy = (vpcId: string) => ({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "ec2:Describe*", Resource: "*" },
    {
      Effect: "Allow",
      Action: "ec2:RunInstances",
      Resource: arn("image/*"),
    },
    {
      Effect: "Allow",
      Action: "ec2:RunInstances",
      Resource: ["subnet/*", "security-group/*", "network-interface/*"].map(arn),
      Condition: { ArnEquals: { "ec2:Vpc": arn(`vpc/${vpcId}`) } },
    },
    {
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: ["instance/*", "volume/*", "fleet/*"].map(arn),
      Condition: { StringEquals: { [`aws:RequestTag/${TAG}`]: "mine" } },
    },
    {
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: arn("launch-template/*"),
      Condition: { StringEquals: { [`aws:ResourceTag/${TAG}`]: "mine" } },
    },
    {
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: arn("*"),
      Condition: { StringEquals: { "ec2:CreateAction": ["RunInstances", "CreateFleet"] } },
    },
    {
      Effect: "Allow",
      Action: ["ec2:TerminateInstances", "ec2:AttachVolume"],
      Resource: arn("*"),
      Condition: { StringEquals: { [`aws:ResourceTag/${TAG}`]: "mine" } },
    },
    {
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: "arn:aws:iam::123456789012:role/compute",
      Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    },
  ],
});

function arn(resource: string): string {
  return `arn:aws:ec2:eu-central-1:*:${resource}`;
}

let region: Region;
let ground: Ground;
let head: EC2Client;

beforeAll(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  ground = await layGround(region);
  for (const name of ["head", "compute", "other"]) {
    const AssumeRolePolicyDocument = JSON.stringify({ Statement: [] });
    await region.call(CreateRoleCommand, { RoleName: name, AssumeRolePolicyDocument });
    await region.call(CreateInstanceProfileCommand, { InstanceProfileName: name });
    const membership = { InstanceProfileName: name, RoleName: name };
    await region.call(AddRoleToInstanceProfileCommand, membership);
  }
  await region.call(PutRolePolicyCommand, {
    RoleName: "head",
    PolicyName: "head",
    PolicyDocument: JSON.stringify(policy(ground.vpcId)),
  });
  const credentials = region.keys.issue(region.machineCaller("head", "i-0123456789abcdef0"), 600);
  const { name, endpoint } = region;
  head = new EC2Client({ region: name, endpoint, credentials, maxAttempts: 1 });
});

afterEach(() => {
  expect(region.defects).toEqual([]);
});

afterAll(async () => {
  head.destroy();
  await region.close();
});

const tagged = (value: string) =>
  (["instance", "volume"] as const).map((ResourceType) => ({
    ResourceType,
    Tags: [{ Key: TAG, Value: value }],
  }));

const launch = (more: Partial<RunInstancesCommandInput>): RunInstancesCommandInput => ({
  ImageId: ground.imageId,
  InstanceType: "c5.large",
  MinCount: 1,
  MaxCount: 1,
  SubnetId: ground.subnetIds[0],
  SecurityGroupIds: [ground.securityGroupId],
  ...more,
});

const denied = { name: "UnauthorizedOperation", $metadata: { httpStatusCode: 403 } };

describe("a role that may launch for one cluster", () => {
  test("launches what carries its tag, with the role it may pass on", async () => {
    const IamInstanceProfile = { Name: "compute" };
    const run = (more: Partial<RunInstancesCommandInput>) =>
      head.send(new RunInstancesCommand(launch(more)));
    await run({ TagSpecifications: tagged("mine"), IamInstanceProfile });
    await expect(run({})).rejects.toMatchObject(denied);
    const elsewhere = await region.call(CreateVpcCommand, { CidrBlock: "10.1.0.0/16" });
    const { Subnet } = await region.call(CreateSubnetCommand, {
      VpcId: elsewhere.Vpc?.VpcId,
      CidrBlock: "10.1.0.0/24",
    });
    const there = { SubnetId: Subnet?.SubnetId, SecurityGroupIds: undefined };
    await expect(
      run({ ...there, TagSpecifications: tagged("mine"), IamInstanceProfile }),
    ).rejects.toMatchObject(denied);
    await expect(run({ TagSpecifications: tagged("another's") })).rejects.toMatchObject(denied);
    const other = { TagSpecifications: tagged("mine"), IamInstanceProfile: { Name: "other" } };
    await expect(run(other)).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining(
        "iam:PassRole on resource: arn:aws:iam::123456789012:role/other",
      ),
    });
  });

  test("makes fleets out of its own launch templates", async () => {
    const { ImageId, SecurityGroupIds } = launch({});
    for (const name of ["mine", "another's"].map((owner) => owner)) {
      await region.call(CreateLaunchTemplateCommand, {
        LaunchTemplateName: name.slice(0, 4),
        LaunchTemplateData: { ImageId, SecurityGroupIds },
        TagSpecifications: [{ ResourceType: "launch-template", Tags: [{ Key: TAG, Value: name }] }],
      });
    }
    const fleet = (LaunchTemplateName: string) =>
      head.send(
        new CreateFleetCommand({
          Type: "instant",
          LaunchTemplateConfigs: [
            {
              LaunchTemplateSpecification: { LaunchTemplateName, Version: "$Latest" },
              Overrides: [{ InstanceType: "c5.large", SubnetId: ground.subnetIds[0] }],
            },
          ],
          TargetCapacitySpecification: {
            TotalTargetCapacity: 1,
            DefaultTargetCapacityType: "on-demand",
          },
          TagSpecifications: [
            { ResourceType: "fleet", Tags: [{ Key: TAG, Value: "mine" }] },
            ...tagged("mine"),
          ],
        }),
      );
    expect((await fleet("mine")).Instances).toHaveLength(1);
    await expect(fleet("anot")).rejects.toMatchObject(denied);
  });

  test("ends its machines and nobody else's, and tags none afterwards", async () => {
    const { Instances: [mine] = [] } = await region.call(
      RunInstancesCommand,
      launch({ TagSpecifications: tagged("mine") }),
    );
    const { Instances: [other] = [] } = await region.call(RunInstancesCommand, launch({}));
    const ids = [mine?.InstanceId ?? "", other?.InstanceId ?? ""];
    const terminate = (InstanceIds: string[]) =>
      head.send(new TerminateInstancesCommand({ InstanceIds }));
    await expect(terminate(ids)).rejects.toMatchObject(denied);
    await expect(
      head.send(new CreateTagsCommand({ Resources: ids, Tags: [{ Key: TAG, Value: "mine" }] })),
    ).rejects.toMatchObject(denied);
    await terminate(ids.slice(0, 1));
    expect((await head.send(new DescribeInstancesCommand({}))).Reservations).toBeDefined();
  });

  test("attaches its volumes to its machines", async () => {
    const { Instances: [machine] = [] } = await region.call(
      RunInstancesCommand,
      launch({ TagSpecifications: tagged("mine") }),
    );
    const InstanceId = machine?.InstanceId ?? "";
    await eventually(() => expect(region.ec2.instance(InstanceId)?.state).toBe("running"));
    const volume = (value: string) =>
      region.call(CreateVolumeCommand, {
        AvailabilityZone: "eu-central-1a",
        Size: 1,
        TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: TAG, Value: value }] }],
      });
    const attach = (VolumeId: string | undefined) =>
      head.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" }));
    await expect(attach((await volume("another's")).VolumeId)).rejects.toMatchObject(denied);
    await attach((await volume("mine")).VolumeId);
  });
});
