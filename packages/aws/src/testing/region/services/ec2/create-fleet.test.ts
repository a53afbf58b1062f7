import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  CreateLaunchTemplateCommand,
  EC2Client,
  type FleetLaunchTemplateOverridesRequest,
} from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Ground, layGround } from "../../ground.ts";
import { IdleHypervisor } from "../../idle-hypervisor.ts";
import { Region } from "../../region.ts";

let region: Region;
let ground: Ground;
let ec2: EC2Client;

beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  ground = await layGround(region);
  const { name, endpoint, credentials } = region;
  ec2 = new EC2Client({ region: name, endpoint, credentials, maxAttempts: 1 });
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: "compute",
      LaunchTemplateData: {
        ImageId: ground.imageId,
        SecurityGroupIds: [ground.securityGroupId],
        TagSpecifications: [
          { ResourceType: "instance", Tags: [{ Key: "from", Value: "template" }] },
        ],
      },
    }),
  );
});

afterEach(async () => {
  ec2.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

type Types = readonly ("c5.large" | "c6i.large" | "m5.large")[];

function fleet(types: Types, wanted: number, more: Partial<CreateFleetCommandInput> = {}) {
  const Overrides = types.map(
    (InstanceType, Priority): FleetLaunchTemplateOverridesRequest => ({
      InstanceType,
      SubnetId: ground.subnetIds[0],
      Priority,
    }),
  );
  return ec2.send(
    new CreateFleetCommand({
      Type: "instant",
      LaunchTemplateConfigs: [
        {
          LaunchTemplateSpecification: { LaunchTemplateName: "compute", Version: "$Latest" },
          Overrides,
        },
      ],
      TargetCapacitySpecification: {
        TotalTargetCapacity: wanted,
        DefaultTargetCapacityType: "on-demand",
      },
      OnDemandOptions: { AllocationStrategy: "prioritized" },
      ...more,
    }),
  );
}

async function taken(answer: ReturnType<typeof fleet>) {
  const { Instances = [], Errors = [] } = await answer;
  return {
    got: Instances.map((one) => [one.InstanceType, one.InstanceIds?.length]),
    refused: Errors.map((one) => [
      one.LaunchTemplateAndOverrides?.Overrides?.InstanceType,
      one.ErrorCode,
    ]),
  };
}

const lacks = (type: string, left = 0) => region.faults.capacity.set(`${type}/eu-central-1a`, left);

test("a fleet goes on to what comes next, and says what there was too little of", async () => {
  lacks("c5.large");
  lacks("c6i.large", 2);
  expect(await taken(fleet(["c5.large", "c6i.large", "m5.large"], 5))).toEqual({
    got: [
      ["c6i.large", 2],
      ["m5.large", 3],
    ],
    refused: [
      ["c5.large", "InsufficientInstanceCapacity"],
      ["c6i.large", "InsufficientInstanceCapacity"],
    ],
  });
});

test("a fleet may come out smaller, or empty", async () => {
  lacks("c5.large", 1);
  const few = await taken(fleet(["c5.large"], 3));
  expect(few.got).toEqual([["c5.large", 1]]);
  const none = await taken(fleet(["c5.large"], 3));
  expect(none).toEqual({ got: [], refused: [["c5.large", "InsufficientInstanceCapacity"]] });
});

test("all of one type, or nothing", async () => {
  lacks("c5.large", 3);
  const OnDemandOptions = {
    AllocationStrategy: "prioritized" as const,
    MinTargetCapacity: 4,
    SingleInstanceType: true,
  };
  expect((await taken(fleet(["c5.large", "m5.large"], 4, { OnDemandOptions }))).got).toEqual([
    ["m5.large", 4],
  ]);
  lacks("m5.large", 3);
  expect(await taken(fleet(["c5.large", "m5.large"], 4, { OnDemandOptions }))).toEqual({
    got: [],
    refused: [
      ["c5.large", "InsufficientInstanceCapacity"],
      ["m5.large", "InsufficientInstanceCapacity"],
    ],
  });
});

test("spot goes where there is most, and then where it is cheapest", async () => {
  region.faults.capacity.set("c5.large/eu-central-1a/spot", 3);
  const spot = {
    TargetCapacitySpecification: {
      TotalTargetCapacity: 2,
      DefaultTargetCapacityType: "spot" as const,
    },
    SpotOptions: { AllocationStrategy: "price-capacity-optimized" as const },
  };
  expect((await taken(fleet(["c5.large", "m5.large"], 2, spot))).got).toEqual([["m5.large", 2]]);
});

test("a token stands for one fleet; its machines carry the tags of all", async () => {
  const more = {
    ClientToken: "a",
    TagSpecifications: [
      { ResourceType: "instance" as const, Tags: [{ Key: "batch", Value: "b" }] },
    ],
  };
  const one = await fleet(["c5.large"], 2, more);
  expect((await fleet(["c5.large"], 2, more)).FleetId).toBe(one.FleetId);
  await expect(fleet(["c5.large"], 3, more)).rejects.toMatchObject({
    name: "IdempotentParameterMismatch",
  });
  const machine = region.ec2.instance(one.Instances?.[0]?.InstanceIds?.[0] ?? "");
  expect(machine?.row.Tags).toEqual([
    { Key: "from", Value: "template" },
    { Key: "batch", Value: "b" },
    { Key: "aws:ec2:fleet-id", Value: one.FleetId },
  ]);
  expect(region.ec2.instances.values()).toHaveLength(2);
});
