import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { DescribeStacksCommand, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OBJECTS } from "../../names.ts";
import type { FileIndex } from "../../objects.ts";
import { BIGGER, PLAIN, requestFor, startTrial, type Trial, watching } from "./testing/trial.ts";

let trial: Trial;
let index: { readonly Bucket: string; readonly Key: string };
beforeEach(async () => {
  trial = await startTrial();
  const { id } = await trial.cloud.infrastructure.apply(requestFor("demo"), watching());
  const { account, name } = trial.region;
  index = { Bucket: `sluice-${account}-${name}`, Key: OBJECTS.index(OBJECTS.prefix("demo", id)) };
});
afterEach(() => trial[Symbol.asyncDispose]());

const status = async (): Promise<string | undefined> =>
  (await trial.cloud.infrastructure.describe("demo"))?.status;

const updateTo = (text: string, replaces: number, watch = watching()) =>
  trial.cloud.infrastructure.update({ ...requestFor("demo", text), replaces }, watch);

/** Longer by a comment: the stack needs no change for it. */
const REMARKED = `${PLAIN}# remarked\n`;

async function readIndex(): Promise<FileIndex> {
  const { Body } = await trial.region.call(GetObjectCommand, index);
  return JSON.parse(await text(Body as unknown as Readable)) as FileIndex;
}

/** The head puts the wanted version in force, or says why not. */
async function playHead(isDone: boolean): Promise<void> {
  const former = await readIndex();
  const wanted = former.versions.find(({ state }) => state === "wanted")?.version ?? 0;
  const versions = former.versions.map((one) => {
    if (one.version === wanted) return { ...one, state: isDone ? "in-force" : "failed" };
    return isDone && one.state === "in-force" ? { ...one, state: "former" } : one;
  });
  const update = {
    version: wanted,
    status: isDone ? "done" : "failed",
    message: isDone ? `version ${wanted} is in force` : "slurmctld refuses it",
    at: new Date().toISOString(),
  };
  const Body = JSON.stringify({ ...former, versions, update }) as never;
  await trial.region.call(PutObjectCommand, { ...index, Body });
}

describe("updating a cluster", () => {
  it("changes the stack first, then has the head see to it", async () => {
    const { infrastructure } = trial.cloud;
    const watch = watching();
    expect(await updateTo(BIGGER, 1, watch)).toEqual({ version: 2, text: BIGGER });
    const { TemplateBody = "" } = await trial.region.call(GetTemplateCommand, {
      StackName: "sluice-demo",
    });
    expect(JSON.parse(TemplateBody).Resources).not.toHaveProperty("Dashboard");
    expect(await status()).toBe("UPDATE_IN_PROGRESS");
    await playHead(true);
    expect(await infrastructure.describe("demo")).toMatchObject({
      status: "UPDATE_COMPLETE",
      fileVersion: 2,
      configText: BIGGER,
    });
    expect((await infrastructure.files("demo")).map(({ state }) => state)).toEqual([
      "former",
      "in-force",
    ]);
    expect((await infrastructure.events("demo")).slice(-2)).toMatchObject([
      { resource: "update", status: "started", message: "version 2" },
      { resource: "update", status: "done", message: "version 2 is in force" },
    ]);
  });

  it("keeps what nodes may still use until the update after", async () => {
    const wider = `${PLAIN}SharedStorage:\n  - {Name: data, MountDir: /data, StorageType: Ebs}\n`;
    const volumes = async (): Promise<number> =>
      (await trial.region.call(DescribeVolumesCommand, {})).Volumes?.length ?? 0;
    const before = await volumes();
    await updateTo(wider, 1);
    await playHead(true);
    expect(await volumes()).toBe(before + 1);
    await updateTo(PLAIN, 2);
    await playHead(true);
    expect(await volumes()).toBe(before + 1);
    await updateTo(REMARKED, 3);
    expect(await volumes()).toBe(before);
  });

  it("keeps what the file in force has when the head could not have another", async () => {
    const ids = async (): Promise<readonly string[]> => {
      const { Volumes = [] } = await trial.region.call(DescribeVolumesCommand, {});
      return Volumes.map(({ VolumeId = "" }) => VolumeId).toSorted();
    };
    const plain = await ids();
    const wider = `${PLAIN}SharedStorage:\n  - {Name: data, MountDir: /data, StorageType: Ebs}\n`;
    await updateTo(wider, 1);
    await playHead(true);
    const both = await ids();
    await updateTo(BIGGER, 2);
    await playHead(false);
    // Nodes of the file in force still have it while this one is on its way.
    await updateTo(PLAIN, 2);
    expect(await ids()).toEqual(both);
    await playHead(false);
    expect(await updateTo(wider, 2)).toMatchObject({ version: 5 });
    await playHead(true);
    expect(await ids()).toEqual(both);
    await updateTo(PLAIN, 5);
    await playHead(true);
    await updateTo(REMARKED, 6);
    expect(await ids()).toEqual(plain);
  });

  it("takes back what a failed one had made, by an update with the file in force", async () => {
    const volumes = async (): Promise<number> =>
      (await trial.region.call(DescribeVolumesCommand, {})).Volumes?.length ?? 0;
    const before = await volumes();
    await updateTo(
      `${PLAIN}SharedStorage:\n  - {Name: data, MountDir: /data, StorageType: Ebs}\n`,
      1,
    );
    await playHead(false);
    expect(await volumes()).toBe(before + 1);
    await updateTo(PLAIN, 1);
    expect(await volumes()).toBe(before);
  });

  it("leaves a stack alone that needs no change, and its head with it", async () => {
    const before = await trial.cloud.infrastructure.describe("demo");
    await updateTo(REMARKED, 1);
    const { Stacks = [] } = await trial.region.call(DescribeStacksCommand, {
      StackName: "sluice-demo",
    });
    expect(Stacks[0]).toMatchObject({ StackStatus: "CREATE_COMPLETE" });
    expect(Stacks[0]?.LastUpdatedTime).toBeUndefined();
    const after = await trial.cloud.infrastructure.describe("demo");
    expect(after?.head?.id).toBe(before?.head?.id);
  });

  it("is one at a time, but for the file in force, which calls the other off", async () => {
    await updateTo(BIGGER, 1);
    await expect(updateTo(REMARKED, 1)).rejects.toMatchObject({ code: "CLUSTER_BUSY" });
    expect(await updateTo(PLAIN, 1)).toMatchObject({ version: 3 });
    expect((await readIndex()).versions.map(({ state }) => state)).toEqual([
      "in-force",
      "replaced",
      "wanted",
    ]);
    await playHead(true);
    expect(await status()).toBe("UPDATE_COMPLETE");
  });

  it("of two at the same time takes one", async () => {
    const outcomes = await Promise.allSettled([updateTo(BIGGER, 1), updateTo(REMARKED, 1)]);
    expect(outcomes.map((one) => one.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find((one) => one.status === "rejected")?.reason).toMatchObject({
      code: "CLUSTER_BUSY",
    });
    expect((await readIndex()).versions).toHaveLength(2);
  });

  it("is refused when it was planned for another version", async () => {
    await updateTo(BIGGER, 1);
    await playHead(true);
    await expect(updateTo(REMARKED, 1)).rejects.toMatchObject({
      code: "UPDATE_VERSION_CONFLICT",
    });
  });

  it("leaves everything as it was when the stack can't be changed", async () => {
    const wider = `${PLAIN}SharedStorage:\n  - {Name: data, MountDir: /data, StorageType: Ebs}\n`;
    const { TemplateBody: before } = await trial.region.call(GetTemplateCommand, {
      StackName: "sluice-demo",
    });
    const { region } = trial;
    region.faults.failResources.set("VolumeData", "the volume limit is exceeded");
    await expect(updateTo(wider, 1)).rejects.toMatchObject({
      code: "UPDATE_FAILED",
      message: expect.stringContaining("limit"),
    });
    const { TemplateBody: after } = await region.call(GetTemplateCommand, {
      StackName: "sluice-demo",
    });
    expect(after).toBe(before);
    expect(await trial.cloud.infrastructure.describe("demo")).toMatchObject({
      status: "UPDATE_FAILED",
      fileVersion: 1,
      statusReason: expect.stringContaining("limit"),
    });
    region.faults.failResources.clear();
    expect(await updateTo(REMARKED, 1)).toMatchObject({ version: 3 });
  });

  it("can fail on the head, and the former file stays in force", async () => {
    await updateTo(BIGGER, 1);
    await playHead(false);
    expect(await trial.cloud.infrastructure.describe("demo")).toMatchObject({
      status: "UPDATE_FAILED",
      statusReason: "slurmctld refuses it",
      fileVersion: 1,
      configText: PLAIN,
    });
  });
});

describe("a cluster's head", () => {
  it("goes off and comes back as it was", async () => {
    const { infrastructure } = trial.cloud;
    const before = await infrastructure.describe("demo");
    await infrastructure.stopHead("demo", watching());
    expect(await infrastructure.describe("demo")).toMatchObject({
      status: "STOPPED",
      head: undefined,
    });
    await expect(updateTo(BIGGER, 1)).rejects.toMatchObject({ code: "CLUSTER_WRONG_STATE" });
    await expect(
      trial.cloud.shell.exec("demo", { argv: ["true"], user: "root" }),
    ).rejects.toMatchObject({ code: "HEAD_NOT_RUNNING" });
    await infrastructure.startHead("demo", watching());
    const after = await infrastructure.describe("demo");
    expect(after?.status).toBe("CREATE_COMPLETE");
    expect(after?.head?.id).not.toBe(before?.head?.id);
    expect(after?.head?.address).toBe(before?.head?.address);
  });

  it("says why it does not come back", async () => {
    const { infrastructure } = trial.cloud;
    await infrastructure.stopHead("demo", watching());
    trial.heads.says = { status: "failed", message: "the volume is damaged" };
    await expect(infrastructure.startHead("demo", watching())).rejects.toMatchObject({
      code: "HEAD_SETUP_FAILED",
      message: expect.stringContaining("the volume is damaged"),
    });
  });
});
