import { GetBucketPolicyCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DescribeParametersCommand } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bucketName } from "../../names.ts";
import { PLAIN, requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
const s3 = (): S3Client =>
  new S3Client({
    region: trial.region.name,
    endpoint: trial.region.endpoint,
    credentials: trial.region.credentials,
  });
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());
afterEach(() => {
  trial.region.faults.failResources.clear();
  trial.region.faults.capacity.clear();
  trial.heads.says = { status: "ready", message: "the head is ready" };
});

/** Storage that outlives its cluster. */
const KEPT = `
SharedStorage:
  - {Name: work, MountDir: /work, StorageType: Ebs, EbsSettings: {Size: 10, DeletionPolicy: Retain}}
`;

/** Everything that is left of clusters. */
async function left(): Promise<readonly string[]> {
  const { region, cloud, heads } = trial;
  const Bucket = bucketName(region.account, region.name);
  const { Contents = [] } = await s3().send(
    new ListObjectsV2Command({ Bucket, Prefix: "clusters/" }),
  );
  const { Parameters = [] } = await region.call(DescribeParametersCommand, {});
  return [
    ...(await cloud.infrastructure.list()).map(({ name }) => name),
    ...Contents.map(({ Key = "" }) => Key),
    ...Parameters.map(({ Name = "" }) => Name).filter((name) => name.startsWith("/sluice/")),
    ...heads.running.map(({ instanceId }) => instanceId),
  ];
}

describe("creating a cluster", () => {
  it("makes everything up to a head that is ready, and tells of what takes time", async () => {
    const { infrastructure } = trial.cloud;
    const watch = watching();
    const record = await infrastructure.apply(requestFor("demo"), watch);
    expect(record).toMatchObject({
      name: "demo",
      provider: "aws",
      status: "CREATE_COMPLETE",
      configText: PLAIN,
      fileVersion: 1,
      head: { role: "head", state: "running", offering: { instanceType: "m7i.large" } },
      resources: { stack: "sluice-demo", region: "eu-central-1" },
    });
    expect(watch.lines()).toEqual([
      "bucket started bucket sluice-123456789012-eu-central-1",
      "bucket done bucket sluice-123456789012-eu-central-1",
      "program started Sluice's program for the head",
      "program done Sluice's program for the head",
      expect.stringMatching(/^stack started sluice-demo, \d+ resources$/),
      "network started create EC2 VPC Vpc",
      "storage started create EC2 Volume HeadState",
      expect.any(String),
      expect.any(String),
      "network started create EC2 NatGateway NatGateway1",
      "network done create EC2 NatGateway NatGateway1",
      "head started create machine",
      "head done create machine",
      "cluster done demo is ready",
    ]);
    expect(await infrastructure.describe("demo")).toEqual(record);
    expect(await infrastructure.files("demo")).toMatchObject([
      { version: 1, text: PLAIN, state: "in-force" },
    ]);
    const events = await infrastructure.events("demo");
    expect(events.at(-1)).toMatchObject({ resource: "head", status: "done" });
    expect(await infrastructure.cost?.("demo")).toContainEqual({
      what: "head node m7i.large",
      usdPerHour: expect.closeTo(0.1, 1),
    });
  });

  it("refuses a name that is taken", async () => {
    const { infrastructure } = trial.cloud;
    const taken = { code: "CLUSTER_EXISTS" };
    await expect(infrastructure.plan(requestFor("demo"))).rejects.toMatchObject(taken);
    await expect(infrastructure.apply(requestFor("demo"), watching())).rejects.toMatchObject(taken);
  });

  it("is told beforehand, and touches nothing", async () => {
    const { steps } = await trial.cloud.infrastructure.plan(requestFor("planned"));
    expect(steps).toEqual([
      "in account 123456789012, region eu-central-1",
      "the account's bucket for Sluice, if it is not there yet",
      "a network with 4 subnets",
      "1 NAT gateway",
      "1 volume, the head's state among them",
      "a head machine m7i.large",
      expect.stringContaining("a stack sluice-planned of"),
    ]);
    expect(await trial.cloud.infrastructure.describe("planned")).toBeUndefined();
  });

  it("gives templates without an account", async () => {
    const files = await trial.cloud.infrastructure.synthesise?.(requestFor("dry"));
    expect(files?.map(({ path }) => path)).toEqual(["cluster.template.json"]);
    expect(JSON.parse(files?.[0]?.text ?? "")).toHaveProperty("Resources.HeadGroup");
  });

  it("keeps its bucket closed to plain HTTP", async () => {
    const Bucket = bucketName(trial.region.account, trial.region.name);
    const { Policy = "" } = await s3().send(new GetBucketPolicyCommand({ Bucket }));
    expect(Policy).toContain('"aws:SecureTransport":"false"');
  });

  it("is removed for the others' sake", async () => {
    const options = { ...watching(), retainAccounting: false };
    const { kept } = await trial.cloud.infrastructure.destroy("demo", options);
    expect(kept).toEqual([expect.stringMatching(/^Logs LogGroup \/sluice\/demo-[0-9a-f]{8}$/)]);
    expect(await left()).toEqual([]);
  });
});

describe("a cluster that can't be made", () => {
  it("says what failed first, and leaves nothing", async () => {
    trial.region.faults.failResources.set("NatGateway1", "The maximum number of addresses");
    const watch = watching();
    await expect(trial.cloud.infrastructure.apply(requestFor("demo"), watch)).rejects.toMatchObject(
      {
        code: "STACK_FAILED",
        message:
          "the stack of demo could not be made: AWS::EC2::NatGateway NatGateway1: The maximum number of addresses",
      },
    );
    expect(watch.lines()).toContain(
      "network failed EC2 NatGateway NatGateway1: The maximum number of addresses",
    );
    expect(await left()).toEqual([]);
  });

  it("says what its head said", async () => {
    trial.heads.says = { status: "failed", message: "slurmctld does not start: bad conf" };
    await expect(
      trial.cloud.infrastructure.apply(requestFor("demo"), watching()),
    ).rejects.toMatchObject({
      code: "HEAD_SETUP_FAILED",
      message: "the head of demo could not be set up: slurmctld does not start: bad conf",
    });
    expect(await left()).toEqual([]);
  });

  it("says when its head never spoke", async () => {
    trial.heads.says = undefined;
    const text = `${PLAIN}DevSettings: {Timeouts: {HeadNodeBootstrapTimeout: 1}}\n`;
    await expect(
      trial.cloud.infrastructure.apply(requestFor("demo", text), watching()),
    ).rejects.toMatchObject({ code: "HEAD_TIMEOUT", message: expect.stringContaining("never") });
    expect(await left()).toEqual([]);
  });

  it("tells that there is no machine for the head while it waits", async () => {
    trial.region.faults.capacity.set("m7i.large/eu-central-1a", 0);
    const watch = watching();
    const onProgress: typeof watch.onProgress = (progress) => {
      watch.onProgress(progress);
      if (progress.resource === "head" && progress.status === "info") {
        trial.region.faults.capacity.clear();
      }
    };
    await trial.cloud.infrastructure.apply(requestFor("demo"), { ...watch, onProgress });
    expect(watch.lines().join("\n")).toMatch(/head info .*capacity/i);
    const options = { ...watching(), retainAccounting: false };
    await trial.cloud.infrastructure.destroy("demo", options);
  });

  it("is taken down when it is called off in the middle", async () => {
    trial.heads.says = undefined;
    const watch = watching();
    const onProgress: typeof watch.onProgress = (progress) => {
      watch.onProgress(progress);
      if (progress.resource === "head") watch.abort.abort();
    };
    await expect(
      trial.cloud.infrastructure.apply(requestFor("demo", PLAIN + KEPT), { ...watch, onProgress }),
    ).rejects.toMatchObject({ name: "AbortError" });
    expect(await left()).toEqual([]);
    expect(watch.lines()).toContainEqual(
      expect.stringMatching(/^cluster info kept: EC2 Volume vol-/),
    );
  });

  it("goes on through an outage of CloudFormation", async () => {
    trial.region.faults.fail.set("cloudformation:DescribeStackEvents", {
      code: "InternalFailure",
      message: "out of order",
      times: 8,
    });
    const { infrastructure } = trial.cloud;
    await infrastructure.apply(requestFor("demo"), watching());
    await infrastructure.destroy("demo", { ...watching(), retainAccounting: false });
  });

  it("has no stack when the change set is refused or called off", async () => {
    const { infrastructure } = trial.cloud;
    trial.region.faults.fail.set("cloudformation:ExecuteChangeSet", {
      code: "InternalFailure",
      message: "not now",
      times: 9,
    });
    await expect(infrastructure.apply(requestFor("demo"), watching())).rejects.toMatchObject({
      message: expect.stringContaining("not now"),
    });
    trial.region.faults.fail.clear();
    expect(await left()).toEqual([]);
  });

  it("stays where that is asked for, and can be deleted then", async () => {
    const { infrastructure } = trial.cloud;
    trial.heads.says = { status: "failed", message: "no" };
    await expect(
      infrastructure.apply(requestFor("demo"), { ...watching(), keepOnFailure: true }),
    ).rejects.toMatchObject({ code: "HEAD_SETUP_FAILED" });
    expect(await infrastructure.describe("demo")).toMatchObject({
      status: "CREATE_FAILED",
      head: { state: "running" },
    });
    await infrastructure.destroy("demo", { ...watching(), retainAccounting: false });
    expect(await left()).toEqual([]);
  });
});
