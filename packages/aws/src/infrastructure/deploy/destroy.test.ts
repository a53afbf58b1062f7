import { DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import {
  CreateLaunchTemplateCommand,
  CreatePlacementGroupCommand,
  DescribeLaunchTemplatesCommand,
  DescribePlacementGroupsCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { launchTemplateName, placementGroupName, TAGS } from "../../names.ts";
import { PLAIN, requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

const SHARED = `${PLAIN}SharedStorage:
  - {Name: data, MountDir: /data, StorageType: Ebs, EbsSettings: {Size: 50}}
  - {Name: home, MountDir: /scratch, StorageType: Efs}
`;

async function create(text = PLAIN): Promise<string> {
  const { id } = await trial.cloud.infrastructure.apply(requestFor("demo", text), watching());
  return id;
}

/** What a head makes for its compute nodes. */
async function playComputing(unique: string): Promise<void> {
  const { region } = trial;
  const own = [
    { Key: TAGS.clusterId, Value: unique },
    { Key: TAGS.cluster, Value: "demo" },
  ];
  await region.call(CreateLaunchTemplateCommand, {
    LaunchTemplateName: launchTemplateName("demo", unique, "abc"),
    LaunchTemplateData: { InstanceType: "c7i.xlarge" },
    TagSpecifications: [{ ResourceType: "launch-template", Tags: own }],
  });
  await region.call(CreatePlacementGroupCommand, {
    GroupName: placementGroupName("demo", unique, "q", "c", region.zones[0] ?? ""),
    Strategy: "cluster",
    TagSpecifications: [{ ResourceType: "placement-group", Tags: own }],
  });
  const [head] = trial.heads.running;
  await region.call(RunInstancesCommand, {
    MinCount: 3,
    MaxCount: 3,
    InstanceType: "c7i.xlarge",
    ImageId: head?.imageId,
    SubnetId: head?.subnetId,
    TagSpecifications: [
      { ResourceType: "instance", Tags: [...own, { Key: TAGS.role, Value: "compute" }] },
    ],
  });
}

describe("deleting a cluster", () => {
  it("takes away what the head made, too", async () => {
    const { region, cloud, heads } = trial;
    const unique = await create();
    await playComputing(unique);
    expect(await cloud.infrastructure.machines("demo")).toHaveLength(4);
    const watch = watching();
    await cloud.infrastructure.destroy("demo", { ...watch, retainAccounting: false });
    expect(watch.lines()).toContain("machines info 3 to go");
    expect(heads.running).toEqual([]);
    const { LaunchTemplates } = await region.call(DescribeLaunchTemplatesCommand, {});
    const { PlacementGroups } = await region.call(DescribePlacementGroupsCommand, {});
    expect([LaunchTemplates, PlacementGroups]).toEqual([[], []]);
    expect(await cloud.infrastructure.describe("demo")).toBeUndefined();
  });

  it("by hand, in CloudFormation, leaves no machines either", async () => {
    const { region, cloud, heads } = trial;
    const unique = await create();
    await playComputing(unique);
    await region.call(DeleteStackCommand, { StackName: "sluice-demo" });
    await vi.waitFor(async () => expect(await cloud.infrastructure.list()).toEqual([]), {
      timeout: 5000,
      interval: 20,
    });
    expect(heads.running).toEqual([]);
  });

  it("that was never there is fine", async () => {
    const options = { ...watching(), retainAccounting: true };
    expect(await trial.cloud.infrastructure.destroy("nothing", options)).toEqual({ kept: [] });
  });

  it("keeps the volume with the accounting when that is asked for", async () => {
    const { region, cloud } = trial;
    await create(SHARED);
    const options = { ...watching(), retainAccounting: true };
    const { kept } = await cloud.infrastructure.destroy("demo", options);
    expect(kept).toEqual([
      expect.stringMatching(/^EC2 Volume vol-/),
      expect.stringContaining("LogGroup"),
    ]);
    const { Volumes = [] } = await region.call(DescribeVolumesCommand, {});
    expect(Volumes.map(({ VolumeId }) => `EC2 Volume ${VolumeId}`)).toEqual([kept[0]]);
  });

  it("keeps storage when that is asked for", async () => {
    await create(SHARED);
    const options = { ...watching(), retainAccounting: false, retainStorage: true };
    const { kept } = await trial.cloud.infrastructure.destroy("demo", options);
    expect(kept.map((what) => what.replace(/[^ ]*$/, "").trim()).toSorted()).toEqual([
      "EC2 Volume",
      "EC2 Volume",
      "EFS FileSystem",
      "Logs LogGroup",
    ]);
  });

  it("says what is in the way, and goes on when it is asked again", async () => {
    const { region, cloud } = trial;
    await create();
    region.faults.failResources.set("delete:HeadInterface", "still in use by somebody");
    const options = { ...watching(), retainAccounting: false };
    await expect(cloud.infrastructure.destroy("demo", options)).rejects.toMatchObject({
      code: "STACK_DELETE_FAILED",
      message: expect.stringContaining("HeadInterface: still in use by somebody"),
    });
    expect(await cloud.infrastructure.describe("demo")).toMatchObject({ status: "DELETE_FAILED" });
    region.faults.failResources.clear();
    await cloud.infrastructure.destroy("demo", options);
    expect(await cloud.infrastructure.list()).toEqual([]);
  });
});
