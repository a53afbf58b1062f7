import { GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateVolumeCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import type { HeadCloud, SecretName } from "@sluice/cloud";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { queueFile, UNIQUE, World } from "../machines/testing/world.ts";
import { logGroupName, OBJECTS } from "../names.ts";
import type { FileIndex } from "../objects.ts";

const FILE = queueFile("ComputeResources: [{Name: c, InstanceType: c5.large}]");
const PREFIX = OBJECTS.prefix("c", UNIQUE);

// The machine that tests run on may be busy.
vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

let world: World;
let bucket: S3Client;
beforeEach(async () => {
  world = await World.open();
  const { name, endpoint, credentials } = world.region;
  bucket = new S3Client({ region: name, endpoint, credentials, forcePathStyle: true });
});
afterEach(async () => {
  bucket.destroy();
  expect(world.region.defects).toEqual([]);
  await world[Symbol.asyncDispose]();
});

async function put(key: string, body: string): Promise<void> {
  await bucket.send(new PutObjectCommand({ Bucket: "bucket", Key: key, Body: body }));
}

async function object(key: string): Promise<string> {
  const { Body } = await bucket.send(new GetObjectCommand({ Bucket: "bucket", Key: key }));
  return (await Body?.transformToString()) ?? "";
}

describe("what the stack says", () => {
  test("is read in parts, and kept for when Systems Manager is away", async () => {
    await world.makeCluster();
    const first = await world.head(FILE);
    expect(first.guest.mounts).toMatchObject([{ source: "10.0.0.250:/home" }]);
    expect(first.guest.networks).toEqual(["10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"]);
    world.region.faults.fail.set("ssm:GetParametersByPath", {
      code: "AccessDeniedException",
      message: "no",
      times: 100,
    });
    const second = await world.head(FILE);
    expect(second.guest.mounts).toEqual(first.guest.mounts);
  });

  test("has to be what it says now, for whoever puts a file in force", async () => {
    await world.makeCluster();
    await world.head(FILE);
    world.region.faults.fail.set("ssm:GetParametersByPath", {
      code: "AccessDeniedException",
      message: "no",
      times: 100,
    });
    await expect(world.head(FILE, { isFresh: true })).rejects.toMatchObject({
      code: "AWS_FACTS_MISSING",
    });
  });

  test("is missed where there is none", async () => {
    await expect(world.head(FILE)).rejects.toMatchObject({ code: "AWS_FACTS_MISSING" });
  });
});

describe("files", () => {
  const versions: FileIndex["versions"] = [
    { version: 1, givenAt: "2026-11-21T10:00:00Z", state: "in-force" },
    { version: 2, givenAt: "2026-11-21T11:00:00Z", state: "wanted" },
  ];

  beforeEach(async () => {
    await world.makeCluster();
    await put(OBJECTS.index(PREFIX), JSON.stringify({ versions }));
    await put(OBJECTS.file(PREFIX, 1), "first");
    await put(OBJECTS.file(PREFIX, 2), "second");
  });

  test("the wanted one is the newest that did not fail", async () => {
    const { files } = await world.head(FILE);
    expect(await files.wanted()).toEqual({ version: 2, text: "second" });
    await files.report({ version: 2, status: "failed", message: "no" });
    expect(await files.wanted()).toEqual({ version: 1, text: "first" });
  });

  test("a report waits for nobody, and loses nobody's change", async () => {
    const { files } = await world.head(FILE);
    const third = { version: 3, givenAt: "2026-11-21T12:00:00Z", state: "wanted" };
    const given = { versions: [versions[0], { ...versions[1], state: "replaced" }, third] };
    await Promise.all([
      put(OBJECTS.index(PREFIX), JSON.stringify(given)),
      files.report({ version: 2, status: "progress", message: "drains" }),
      files.report({ version: 2, status: "done", message: "in force" }),
    ]);
    await files.report({ version: 2, status: "done", message: "in force" });
    const after = JSON.parse(await object(OBJECTS.index(PREFIX))) as FileIndex;
    expect(after.versions.map(({ state }) => state)).toEqual(["former", "in-force", "wanted"]);
  });

  test("machines to come follow the file that is prepared", async () => {
    const { files, catalogue } = await world.head(FILE);
    const pool = {
      queue: "q",
      computeResource: "new",
      instanceTypes: ["m5.large"],
      markets: ["on-demand" as const],
      order: "price" as const,
      placement: false,
    };
    expect(await catalogue.offerings(pool)).toEqual([]);
    await files.prepare(queueFile("ComputeResources: [{Name: new, InstanceType: m5.large}]"));
    expect(await catalogue.offerings(pool)).toHaveLength(3);
  });
});

describe("secrets", () => {
  test("are the text of those that the stack made, and the bytes of one's own munge key", async () => {
    const { region } = world;
    const made = async (Name: string, SecretString: string) =>
      (await region.call(CreateSecretCommand, { Name, SecretString })).ARN ?? "";
    await world.makeCluster(UNIQUE, {
      secrets: {
        munge: await made("m", Buffer.from("key").toString("base64")),
        database: await made("d", JSON.stringify({ username: "slurm", password: "pass" })),
        directory: `arn:aws:ssm:${region.name}:${region.account}:parameter/directory`,
      },
    });
    const parameter = { Name: "/directory", Value: "reader", Type: "SecureString" } as const;
    await region.call(PutParameterCommand, parameter);
    const textOf = async (cloud: HeadCloud, name: SecretName) =>
      Buffer.from((await cloud.secrets?.read(name)) ?? []).toString();
    const plain = await world.head(FILE);
    expect(await textOf(plain, "munge")).toBe(Buffer.from("key").toString("base64"));
    expect(await textOf(plain, "database")).toBe("pass");
    expect(await textOf(plain, "directory")).toBe("reader");
    expect(await plain.secrets?.read("jwt")).toBeUndefined();
    const settings = {
      ...FILE.Scheduling.SlurmSettings,
      MungeKeySecretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:m",
    };
    const own = await world.head({
      ...FILE,
      Scheduling: { ...FILE.Scheduling, SlurmSettings: settings },
    });
    expect(await textOf(own, "munge")).toBe("key");
  });
});

describe("logs", () => {
  test("are there in their order, in streams that are made when they are needed", async () => {
    await world.makeCluster();
    const { logs } = await world.head(FILE);
    const now = Date.now();
    const line = (text: string, ago: number) => ({ time: new Date(now - ago), text });
    await logs?.append("head/slurmctld", [line("second", 10), line("", 5), line("first", 20)]);
    await logs?.append("head/slurmctld", [line("third", 0)]);
    const { events = [] } = await world.region.call(GetLogEventsCommand, {
      logGroupName: logGroupName("c", UNIQUE),
      logStreamName: "head/slurmctld",
      startFromHead: true,
    });
    expect(events.map(({ message }) => message)).toEqual(["first", "second", "third"]);
  });

  test("are not kept where the file does not want them", async () => {
    await world.makeCluster();
    const more = "Monitoring: {Logs: {CloudWatch: {Enabled: false}}}";
    const cloud = await world.head(
      queueFile("ComputeResources: [{Name: c, InstanceType: c5.large}]", more),
    );
    expect(cloud.logs).toBeUndefined();
  });
});

describe("disks", () => {
  async function machine(): Promise<string> {
    const { imageId: ImageId, subnetIds } = world.ground;
    const { Instances } = await world.region.call(RunInstancesCommand, {
      ImageId,
      InstanceType: "m5.large",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnetIds[0],
    });
    const id = Instances?.[0]?.InstanceId ?? "";
    const running = () => world.region.ec2.instance(id)?.state;
    await expect.poll(running, { timeout: 10_000 }).toBe("running");
    return id;
  }

  const quick = {
    now: () => new Date(),
    sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 5)),
  };
  const headOn = (id: string, config = FILE) =>
    world.head(config, {
      instanceId: async () => id,
      clock: quick,
      deviceOf: (volume) =>
        world.hypervisor.volumesOf(id).includes(volume) ? `/dev/of-${volume}` : undefined,
    });

  test("go from a head that is gone to the next one", async () => {
    const { VolumeId: volumeId = "" } = await world.region.call(CreateVolumeCommand, {
      AvailabilityZone: "eu-central-1a",
      Size: 10,
    });
    await world.makeCluster(UNIQUE, { disks: [{ volumeId, mountPoint: "/var/lib/sluice" }] });
    const attachTo = async (id: string) => (await headOn(id)).disks?.attach();
    const wanted = [{ id: volumeId, device: `/dev/of-${volumeId}`, mountPoint: "/var/lib/sluice" }];
    const first = await machine();
    expect(await attachTo(first)).toEqual(wanted);
    expect(await attachTo(first)).toEqual(wanted);
    const second = await machine();
    const waits = attachTo(second);
    await world.region.call(TerminateInstancesCommand, { InstanceIds: [first] });
    expect(await waits).toEqual(wanted);
    expect(world.hypervisor.volumesOf(second)).toEqual([volumeId]);
  });

  test("leave with the file that has them no more", async () => {
    const volume = { AvailabilityZone: "eu-central-1a", Size: 10 };
    const made = [1, 2].map(() => world.region.call(CreateVolumeCommand, volume));
    const [one = "", other = ""] = (await Promise.all(made)).map(({ VolumeId = "" }) => VolumeId);
    const state = { volumeId: one, mountPoint: "/var/lib/sluice" };
    const data = { volumeId: other, name: "data", mountPoint: "/data" };
    await world.makeCluster(UNIQUE, { disks: [state, data] });
    const id = await machine();
    const storage = "SharedStorage: [{Name: data, MountDir: /data, StorageType: Ebs}]";
    const wider = queueFile("ComputeResources: [{Name: c, InstanceType: c5.large}]", storage);
    const before = await headOn(id, wider);
    expect(await before.disks?.attach({ only: state.mountPoint })).toHaveLength(1);
    expect(await before.disks?.attach()).toHaveLength(2);
    expect(await before.disks?.leaving()).toEqual([]);
    const { disks } = await headOn(id);
    const [leaving, ...others] = (await disks?.leaving()) ?? [];
    expect(leaving).toEqual({ id: other, device: `/dev/of-${other}`, mountPoint: "/data" });
    expect(others).toEqual([]);
    await disks?.detach(other);
    await disks?.detach(other);
    expect(await disks?.leaving()).toEqual([]);
    expect(world.hypervisor.volumesOf(id)).toEqual([one]);
  });
});

describe("what a head reports", () => {
  test("is in the bucket, and a stack that waits no more is no error", async () => {
    await world.makeCluster();
    const { signal } = await world.head(FILE);
    for (const status of ["progress", "ready", "failed"] as const) {
      await signal.report(status, `it is ${status}`);
      expect(JSON.parse(await object(OBJECTS.report(PREFIX)))).toMatchObject({
        status,
        message: `it is ${status}`,
        instanceId: "i-00000000000000001",
      });
    }
    expect(world.region.count("cloudformation:SignalResource")).toBe(2);
  });

  test("is missed by a stack that refuses it for another reason", async () => {
    await world.makeCluster();
    const { signal } = await world.head(FILE);
    const code = "AccessDenied";
    world.region.faults.fail.set("cloudformation:SignalResource", {
      code,
      message: "no",
      times: 1,
    });
    await expect(signal.report("ready", "it is ready")).rejects.toMatchObject({ name: code });
  });
});
