import { DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { Images } from "@sluice/cloud";
import { parseImageBuildFile } from "@sluice/model";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAwsCloud } from "../cloud.ts";
import { imagePolicy } from "../image-policy.ts";
import { watching } from "../infrastructure/deploy/testing/trial.ts";
import { IdleHypervisor } from "../testing/region/idle-hypervisor.ts";
import { Region } from "../testing/region/region.ts";

const FILE = `Region: eu-central-1
Image: { Tags: [{ Key: team, Value: red }], RootVolume: { Encrypted: true } }
Build:
  InstanceType: c7i.large
  ParentImage: debian13
  Components: [{ Type: script, Value: s3://scripts/one.sh }]
`;

let region: Region;
let images: Images;
beforeEach(async () => {
  region = await Region.start({ hypervisor: new IdleHypervisor() });
  images = await imagesAs(region.credentials);
});
afterEach(() => region.close());

async function imagesAs(credentials: {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}): Promise<Images> {
  const { name, endpoint } = region;
  const cloud = await createAwsCloud({ region: name, endpoint, credentials, lookEvery: 10 });
  if (cloud.images === undefined) throw new Error("no images");
  return cloud.images;
}

function requestFor(id: string, configText = FILE) {
  const parsed = parseImageBuildFile(configText, { fileName: "image.yaml" });
  if (!parsed.ok) throw new Error(parsed.findings.map(({ message }) => message).join("\n"));
  return { id, config: parsed.config, configText };
}

async function amis() {
  const { Images: found = [] } = await region.call(DescribeImagesCommand, { Owners: ["self"] });
  return found;
}

/** All that could be left of builds. */
async function left() {
  const { Stacks = [] } = await region.call(DescribeStacksCommand, {});
  const { logGroups = [] } = await region.call(DescribeLogGroupsCommand, {});
  const { Snapshots = [] } = await region.call(DescribeSnapshotsCommand, { OwnerIds: ["self"] });
  const Bucket = `sluice-${region.account}-${region.name}`;
  const { Contents = [] } = await region
    .call(ListObjectsV2Command, { Bucket, Prefix: "images/" })
    .catch(() => ({ Contents: [] }));
  return {
    objects: Contents.length,
    stacks: Stacks.length,
    amis: (await amis()).length,
    logs: logGroups.length,
    snapshots: Snapshots.length,
    kept: region.imageBuilds.kept.size,
    roles: region.iam.roles.size,
  };
}

const NOTHING = { objects: 0, stacks: 0, amis: 0, logs: 0, snapshots: 0, kept: 0, roles: 0 };
const force = (isForced: boolean) => ({ ...watching(), force: isForced });

describe("an image", () => {
  it("is built out of its system's own, told of while it is, and stays when the stack goes", async () => {
    const told = watching();
    const built = await images.build(requestFor("Lab-1"), told);
    expect(built).toMatchObject({
      id: "Lab-1",
      status: "BUILD_COMPLETE",
      os: "debian13",
      arch: "x86_64",
      reference: expect.stringMatching(/^ami-/),
      slurmVersion: "24.11.5",
      configText: FILE,
    });
    expect(told.lines()).toEqual([
      expect.stringMatching(/^image started Lab-1, debian13 for x86_64 out of ami-/),
      "image info Image Builder builds it, which takes a good while",
      "image done it is built",
      "image info what built it is removed",
      "image done Lab-1",
    ]);
    const [ami] = await amis();
    expect(ami?.Name).toMatch(/^Lab-1 2/);
    expect(
      Object.fromEntries((ami?.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    ).toMatchObject({
      team: "red",
      "sluice:image-id": "Lab-1",
      "sluice:os": "debian13",
      "sluice:slurm-version": "24.11.5",
      "sluice:version": "0.1.0",
    });
    expect(await left()).toEqual({ ...NOTHING, objects: 2, amis: 1, logs: 1, snapshots: 1 });
    expect(await images.list()).toMatchObject([{ id: "Lab-1", reference: built.reference }]);
    expect(await images.describe("Lab-1")).toEqual(built);
    expect(await images.log("Lab-1", 1)).toBe("sluice: the image has slurm 24.11.5\n");
    await expect(images.build(requestFor("Lab-1"), watching())).rejects.toMatchObject({
      code: "IMAGE_EXISTS",
    });
    await images.remove("Lab-1", force(false));
    expect(await left()).toEqual(NOTHING);
    expect(await images.describe("Lab-1")).toBeUndefined();
  });

  it("begins as another of ours, whose system and processors it knows", async () => {
    const { reference } = await images.build(requestFor("base"), watching());
    const file = (type: string) =>
      `Build: { InstanceType: ${type}, ParentImage: ${reference} }\nDevSettings: { DisablePclusterComponent: true }\n`;
    region.imageBuilds.next = { log: ["sluice: clean took 3 ms"] };
    const second = await images.build(requestFor("second", file("m7i.large")), watching());
    expect(second).toMatchObject({ os: "debian13", slurmVersion: "24.11.5" });
    await expect(
      images.build(requestFor("third", file("c7g.large")), watching()),
    ).rejects.toMatchObject({ code: "IMAGE_UNUSABLE" });
  });

  it("is not built of what is not there, or of a system that nobody names", async () => {
    const build = (parent: string) =>
      images.build(
        requestFor("x", `Build: { InstanceType: c7i.large, ParentImage: "${parent}" }\n`),
        watching(),
      );
    await expect(build("ami-0123456789abcdef0")).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    await expect(build("ssm:/nowhere")).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    await expect(
      build("arn:aws:imagebuilder:eu-central-1:aws:image/x/1.0.0"),
    ).rejects.toMatchObject({ code: "IMAGE_UNKNOWN_OS" });
    expect(await left()).toEqual(NOTHING);
  });
});

describe("the least policy of who builds images", () => {
  it("suffices to build, look at and delete one, and no action of it is all of a service", async () => {
    await region.call(CreateUserCommand, { UserName: "ada" });
    const policy = imagePolicy({ account: region.account, region: region.name });
    const actions = policy.Statement.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => /^[^:]*:?\*$/.test(action))).toEqual([]);
    await region.call(PutUserPolicyCommand, {
      UserName: "ada",
      PolicyName: "images",
      PolicyDocument: JSON.stringify(policy),
    });
    const { AccessKey } = await region.call(CreateAccessKeyCommand, { UserName: "ada" });
    const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = {
      ...AccessKey,
    };
    const ada = await imagesAs({ accessKeyId, secretAccessKey });
    await ada.build(requestFor("lab"), watching());
    expect(await ada.describe("lab")).toMatchObject({ slurmVersion: "24.11.5", configText: FILE });
    expect(await ada.log("lab", 5)).toContain("slurm");
    await ada.remove("lab", force(false));
    expect(await left()).toEqual(NOTHING);
  });
});

describe("a build that fails", () => {
  it("says why in the script's words, stays to be looked at, and makes room for another", async () => {
    region.imageBuilds.next = {
      log: [
        "sluice: packages begins",
        "E: Unable to locate package slurmd",
        "sluice: packages failed after 80 ms with status 100",
      ],
      failure: "AMI build failed",
    };
    const why = "packages: E: Unable to locate package slurmd";
    await expect(images.build(requestFor("lab"), watching())).rejects.toMatchObject({
      code: "IMAGE_BUILD_FAILED",
      message: `building lab failed: ${why}`,
    });
    expect(await images.describe("lab")).toMatchObject({
      status: "BUILD_FAILED",
      statusReason: why,
      os: "debian13",
      configText: FILE,
    });
    expect(await images.log("lab", 2)).toContain("sluice: packages failed");
    expect(await images.build(requestFor("lab"), watching())).toMatchObject({
      status: "BUILD_COMPLETE",
    });
    await images.remove("lab", force(false));
    expect(await left()).toEqual(NOTHING);
  });

  it("without a word of the script says what CloudFormation heard", async () => {
    region.faults.failResources.set("Recipe", "The maximum number of recipes is reached");
    await expect(images.build(requestFor("lab"), watching())).rejects.toMatchObject({
      code: "IMAGE_BUILD_FAILED",
      message: "building lab failed: The maximum number of recipes is reached",
    });
    await images.remove("lab", force(false));
    expect(await left()).toEqual(NOTHING);
  });
});

describe("a build that is called off", () => {
  it("leaves nothing, and can't be deleted meanwhile without force", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    region.imageBuilds.pause = promise;
    const told = watching();
    const built = images.build(requestFor("lab"), told);
    const ended = expect(built).rejects.toThrow();
    await expect.poll(async () => (await images.describe("lab"))?.status).toBe("BUILD_IN_PROGRESS");
    await expect(images.remove("lab", force(false))).rejects.toMatchObject({
      code: "IMAGE_IN_USE",
      message: "the image lab is being built",
    });
    told.abort.abort();
    await ended;
    resolve();
    expect(await left()).toEqual(NOTHING);
    expect(await images.describe("lab")).toBeUndefined();
  });

  it("leaves nothing when CloudFormation had not begun either", async () => {
    const told = watching();
    const onProgress = (): void => told.abort.abort();
    await expect(images.build(requestFor("lab"), { ...told, onProgress })).rejects.toThrow();
    expect(await left()).toEqual(NOTHING);
  });
});

describe("an image that is used", () => {
  it("goes only by force", async () => {
    const { reference: ImageId = "" } = await images.build(requestFor("lab"), watching());
    await region.call(ModifyImageAttributeCommand, {
      ImageId,
      LaunchPermission: { Add: [{ UserId: "210987654321" }] },
    });
    await expect(images.remove("lab", force(false))).rejects.toMatchObject({
      code: "IMAGE_IN_USE",
      message: "the image lab is shared with 210987654321",
    });
    const { Vpc } = await region.call(CreateVpcCommand, { CidrBlock: "10.0.0.0/24" });
    const subnet = { VpcId: Vpc?.VpcId, CidrBlock: "10.0.0.0/25" };
    const { Subnet } = await region.call(CreateSubnetCommand, subnet);
    await region.call(RunInstancesCommand, {
      ImageId,
      SubnetId: Subnet?.SubnetId,
      InstanceType: "c7i.large",
      MinCount: 1,
      MaxCount: 1,
    });
    await expect(images.remove("lab", force(false))).rejects.toMatchObject({
      message: expect.stringMatching(/^the image lab runs on i-[0-9a-f]+$/),
    });
    await images.remove("lab", force(true));
    expect(await amis()).toEqual([]);
  });
});
