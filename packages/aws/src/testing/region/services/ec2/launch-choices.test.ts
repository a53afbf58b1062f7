import {
  CreateCapacityReservationCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreatePlacementGroupCommand,
  DeleteLaunchTemplateCommand,
  DeletePlacementGroupCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeCapacityReservationsCommand,
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSpotPriceHistoryCommand,
  EC2Client,
  ModifyLaunchTemplateCommand,
  paginateDescribeInstanceTypes,
  RebootInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
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
let ec2: EC2Client;

beforeEach(async () => {
  hypervisor = new IdleHypervisor();
  region = await Region.start({ hypervisor });
  ground = await layGround(region);
  const { name, endpoint, credentials } = region;
  ec2 = new EC2Client({ region: name, endpoint, credentials, maxAttempts: 1 });
});

afterEach(async () => {
  ec2.destroy();
  await region.close();
  expect(region.defects).toEqual([]);
});

async function run(more: Partial<RunInstancesCommandInput> = {}) {
  const { imageId: ImageId, subnetIds } = ground;
  const input = { ImageId, InstanceType: "c5.large", SubnetId: subnetIds[0] } as const;
  const command = new RunInstancesCommand({ ...input, MinCount: 1, MaxCount: 1, ...more });
  const [instance] = (await ec2.send(command)).Instances ?? [];
  return instance ?? {};
}

async function ended(InstanceId = ""): Promise<void> {
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  await eventually(() => expect(region.ec2.instance(InstanceId)?.state).toBe("terminated"));
}

describe("a capacity reservation", () => {
  const reserve = async (InstanceMatchCriteria: "open" | "targeted") => {
    const input = {
      InstanceType: "c5.large",
      InstancePlatform: "Linux/UNIX",
      AvailabilityZone: "eu-central-1a",
      InstanceCount: 1,
      InstanceMatchCriteria,
    } as const;
    const made = await ec2.send(new CreateCapacityReservationCommand(input));
    return made.CapacityReservation?.CapacityReservationId ?? "";
  };
  const left = async (id: string) => {
    const command = new DescribeCapacityReservationsCommand({ CapacityReservationIds: [id] });
    return (await ec2.send(command)).CapacityReservations?.[0]?.AvailableInstanceCount;
  };

  test("is used by who names it, until it is used up, and is there again", async () => {
    region.faults.capacity.set("c5.large/eu-central-1a", 0);
    const id = await reserve("targeted");
    const CapacityReservationSpecification = {
      CapacityReservationTarget: { CapacityReservationId: id },
    };
    const { InstanceId, CapacityReservationId } = await run({ CapacityReservationSpecification });
    expect([CapacityReservationId, await left(id)]).toEqual([id, 0]);
    await expect(run({ CapacityReservationSpecification })).rejects.toMatchObject({
      name: "ReservationCapacityExceeded",
    });
    await ended(InstanceId);
    expect(await left(id)).toBe(1);
    await expect(
      run({ CapacityReservationSpecification, InstanceType: "m5.large" }),
    ).rejects.toMatchObject({ name: "InvalidParameterCombination" });
  });

  test("that is open is used by who fits", async () => {
    const id = await reserve("open");
    expect((await run()).CapacityReservationId).toBe(id);
    expect((await run()).CapacityReservationId).toBeUndefined();
  });
});

test("a group of reservations is used up first, and then there is what there is", async () => {
  const reserved = async (InstanceType: "c5.large" | "m5.large") => {
    const made = await region.call(CreateCapacityReservationCommand, {
      InstanceType,
      InstancePlatform: "Linux/UNIX",
      AvailabilityZone: "eu-central-1a",
      InstanceCount: 1,
      InstanceMatchCriteria: "targeted",
    });
    return made.CapacityReservation;
  };
  const [other, fitting] = [await reserved("m5.large"), await reserved("c5.large")];
  const arn = "arn:aws:resource-groups:eu-central-1:123456789012:group/mine";
  const members = [other, fitting].map((one) => one?.CapacityReservationArn ?? "");
  region.existing.resourceGroups.set(arn, members);
  const target = (CapacityReservationResourceGroupArn: string) => ({
    CapacityReservationSpecification: {
      CapacityReservationTarget: { CapacityReservationResourceGroupArn },
    },
  });
  const id = fitting?.CapacityReservationId;
  expect((await run(target(arn))).CapacityReservationId).toBe(id);
  expect((await run(target(arn))).CapacityReservationId).toBeUndefined();
  await expect(run(target(`${arn}s`))).rejects.toMatchObject({ name: "InvalidParameterValue" });
});

test("a capacity block is used by those alone who buy by it", async () => {
  const { CapacityReservation } = await region.call(CreateCapacityReservationCommand, {
    InstanceType: "p4d.24xlarge",
    InstancePlatform: "Linux/UNIX",
    AvailabilityZone: "eu-central-1a",
    InstanceCount: 1,
    InstanceMatchCriteria: "targeted",
  });
  const CapacityReservationId = CapacityReservation?.CapacityReservationId;
  Object.assign(region.ec2.state.reservations.get(CapacityReservationId), {
    ReservationType: "capacity-block",
  });
  const asked = {
    InstanceType: "p4d.24xlarge" as const,
    CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId } },
  };
  await expect(run(asked)).rejects.toMatchObject({ name: "InvalidParameterCombination" });
  const InstanceMarketOptions = { MarketType: "capacity-block" as const };
  const machine = await run({ ...asked, InstanceMarketOptions });
  expect(machine.InstanceLifecycle).toBe("capacity-block");
  await expect(run({ InstanceType: "p4d.24xlarge", InstanceMarketOptions })).rejects.toMatchObject({
    name: "InvalidParameterCombination",
  });
});

test("a placement group is kept while machines are in it, and takes types that fit", async () => {
  const GroupName = "mpi";
  await ec2.send(new CreatePlacementGroupCommand({ GroupName, Strategy: "cluster" }));
  const Placement = { GroupName };
  const { InstanceId } = await run({ Placement });
  const remove = () => ec2.send(new DeletePlacementGroupCommand({ GroupName }));
  await expect(remove()).rejects.toMatchObject({ name: "InvalidPlacementGroup.InUse" });
  await expect(run({ Placement, InstanceType: "t3.micro" })).rejects.toMatchObject({
    name: "InvalidParameterCombination",
    message: expect.stringContaining(
      "Cluster placement groups are not supported by the 't3.micro'",
    ),
  });
  const elsewhere = { SubnetId: ground.subnetIds[1] ?? "", Placement };
  await expect(run(elsewhere)).rejects.toMatchObject({
    name: "InvalidPlacementGroup.InUse",
    message: expect.stringContaining("in use in another availability zone: eu-central-1a"),
  });
  await ended(InstanceId);
  await run(elsewhere);
  await expect(remove()).rejects.toMatchObject({ name: "InvalidPlacementGroup.InUse" });
});

test("a launch template has versions, one of which is the default", async () => {
  const LaunchTemplateName = "compute";
  const make = () =>
    ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName,
        LaunchTemplateData: {
          ImageId: ground.imageId,
          InstanceType: "c5.large",
          InstanceInitiatedShutdownBehavior: "terminate",
          BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 40 } }],
        },
      }),
    );
  await make();
  await expect(make()).rejects.toMatchObject({
    name: "InvalidLaunchTemplateName.AlreadyExistsException",
  });
  await ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateName,
      SourceVersion: "1",
      LaunchTemplateData: { InstanceType: "m5.large" },
    }),
  );
  const launched = (Version?: string) =>
    run({
      LaunchTemplate: { LaunchTemplateName, Version },
      ImageId: undefined,
      InstanceType: undefined,
    });
  const { InstanceId = "" } = await launched();
  const machine = region.ec2.instance(InstanceId);
  expect([machine?.type, machine?.onShutdown]).toEqual(["c5.large", "terminate"]);
  expect([...(machine?.volumes ?? [])].map(({ Size }) => Size)).toEqual([40]);
  expect((await launched("$Latest")).InstanceType).toBe("m5.large");
  await expect(launched("3")).rejects.toMatchObject({
    name: "InvalidLaunchTemplateId.VersionNotFound",
  });
  await ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateName, DefaultVersion: "2" }));
  const { LaunchTemplateVersions: versions = [] } = await ec2.send(
    new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName }),
  );
  expect(versions.map((one) => [one.VersionNumber, one.DefaultVersion])).toEqual([
    [1, false],
    [2, true],
  ]);
  await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName }));
  const gone = new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [LaunchTemplateName] });
  await expect(ec2.send(gone)).rejects.toMatchObject({
    name: "InvalidLaunchTemplateName.NotFoundException",
  });
});

test("an image of one's own goes, and then its snapshot", async () => {
  const { ImageId = "" } = region.ec2.addImage({ arch: "x86_64", name: "built" });
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
  expect(Images.map((image) => image.ImageId)).toEqual([ImageId]);
  const SnapshotId = Images[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? "";
  const removeSnapshot = () => ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
  await expect(removeSnapshot()).rejects.toMatchObject({ name: "InvalidSnapshot.InUse" });
  await ec2.send(new DeregisterImageCommand({ ImageId }));
  await removeSnapshot();
  await expect(
    ec2.send(new DeregisterImageCommand({ ImageId: ground.imageId })),
  ).rejects.toMatchObject({ name: "AuthFailure" });
});

test("a reboot leaves the machine as it is", async () => {
  const { InstanceId = "" } = await run({ InstanceInitiatedShutdownBehavior: "terminate" });
  await eventually(() => expect(hypervisor.running).toHaveLength(1));
  await ec2.send(new RebootInstancesCommand({ InstanceIds: [InstanceId] }));
  await region.ec2.instance(InstanceId)?.work;
  expect(region.ec2.instance(InstanceId)?.state).toBe("running");
  expect(hypervisor.running).toHaveLength(1);
});

describe("what there is to choose from", () => {
  test("is told type by type, in pages", async () => {
    const known = new Map<string | undefined, object>();
    for await (const { InstanceTypes = [] } of paginateDescribeInstanceTypes({ client: ec2 }, {})) {
      expect(InstanceTypes.length).toBeLessThanOrEqual(100);
      for (const type of InstanceTypes) known.set(type.InstanceType, type);
    }
    expect(known.size).toBeGreaterThan(500);
    expect(known.get("p4d.24xlarge")).toMatchObject({
      VCpuInfo: { DefaultVCpus: 96, DefaultCores: 48, DefaultThreadsPerCore: 2 },
      NetworkInfo: { MaximumNetworkCards: 4, EfaSupported: true },
      GpuInfo: { Gpus: [{ Name: "A100", Count: 8 }] },
    });
    const unknown = new DescribeInstanceTypesCommand({ InstanceTypes: ["c5.huge" as "c5.large"] });
    await expect(ec2.send(unknown)).rejects.toMatchObject({ name: "InvalidInstanceType" });
  });

  test("is told zone by zone, with spot prices below those on demand", async () => {
    region.ec2.state.notOffered.add("c5.large/eu-central-1b");
    const { InstanceTypeOfferings = [] } = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: "availability-zone",
        Filters: [{ Name: "instance-type", Values: ["c5.large"] }],
      }),
    );
    expect(InstanceTypeOfferings.map(({ Location }) => Location)).toEqual([
      "eu-central-1a",
      "eu-central-1c",
    ]);
    const { SpotPriceHistory = [] } = await ec2.send(
      new DescribeSpotPriceHistoryCommand({ InstanceTypes: ["c5.large"] }),
    );
    expect(SpotPriceHistory).toHaveLength(2);
    for (const { SpotPrice } of SpotPriceHistory) expect(Number(SpotPrice)).toBeLessThan(0.097);
  });
});
