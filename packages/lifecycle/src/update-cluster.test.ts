import type { Progress } from "@sluice/cloud";
import { describe, expect, it } from "vitest";
import { describeCluster } from "./describe-cluster.ts";
import { stopCluster } from "./stop-start.ts";
import { createdCluster, demoClusterFile, parsed } from "./testing/index.ts";
import { planUpdate, updateCluster } from "./update-cluster.ts";

const BIGGER = demoClusterFile().replace("MaxCount: 4", "MaxCount: 8");
const OTHER_TYPE = demoClusterFile().replace(
  "InstanceType: local.small",
  "InstanceType: local.medium",
);
const IMPOSSIBLE = demoClusterFile().replace("debian13", "debian12");

async function setUp() {
  const cluster = await createdCluster();
  const seen: Progress[] = [];
  const abort = new AbortController();
  const request = (configText: string) => ({
    ...cluster,
    config: parsed(configText),
    configText,
    onProgress: (progress: Progress) => seen.push(progress),
    signal: abort.signal,
  });
  return { ...cluster, request, seen, abort };
}

describe("updateCluster", () => {
  it("waits until the file is in force, and says what changed", async () => {
    const { request, seen, cloud, name } = await setUp();
    expect(await updateCluster(request(BIGGER))).toMatchObject({
      cluster: { clusterStatus: "UPDATE_COMPLETE" },
      fileVersion: 2,
      changeSet: [
        {
          parameter: "Scheduling.SlurmQueues[main].ComputeResources[small].MaxCount",
          currentValue: 4,
          requestedValue: 8,
        },
      ],
    });
    expect(seen.map(({ status }) => status)).toEqual(["started", "done"]);
    const files = await cloud.infrastructure.files(name);
    expect(files.map(({ version, state, text }) => [version, state, text])).toEqual([
      [1, "former", demoClusterFile()],
      [2, "in-force", BIGGER],
    ]);
  });

  it("does nothing for the file that is in force", async () => {
    const { request, cloud, name } = await setUp();
    const updated = await updateCluster(request(demoClusterFile()));
    expect(updated).toMatchObject({ fileVersion: 1, changeSet: [] });
    expect(await cloud.infrastructure.files(name)).toHaveLength(1);
  });

  it("refuses what the cluster can't have, and changes nothing", async () => {
    const { request, cloud, name } = await setUp();
    await expect(updateCluster(request(IMPOSSIBLE))).rejects.toMatchObject({
      code: "UPDATE_CONFLICT",
      message: expect.stringContaining("Image.Os"),
      updateValidationErrors: [{ parameter: "Image.Os", requestedValue: "debian12" }],
    });
    expect(await cloud.infrastructure.files(name)).toHaveLength(1);
    expect((await describeCluster({ cloud, name })).clusterStatus).toBe("CREATE_COMPLETE");
  });

  it("says why it failed, and the former file is in force", async () => {
    const { request, cloud, name } = await setUp();
    cloud.failUpdate = "slurmctld refuses it: no such plugin";
    await expect(updateCluster(request(BIGGER))).rejects.toMatchObject({
      code: "UPDATE_FAILED",
      message: expect.stringContaining("no such plugin"),
      hint: expect.stringContaining("version 1"),
    });
    expect(await describeCluster({ cloud, name })).toMatchObject({
      clusterStatus: "UPDATE_FAILED",
      fileVersion: 1,
      failures: [{ failureReason: "slurmctld refuses it: no such plugin" }],
    });
    cloud.failUpdate = undefined;
    // Given again, so that the cloud takes back what it made for the other.
    expect(await updateCluster(request(demoClusterFile()))).toMatchObject({ fileVersion: 3 });
    expect(await updateCluster(request(OTHER_TYPE))).toMatchObject({ fileVersion: 4 });
  });

  it("goes on without whoever waited for it", async () => {
    const { request, cloud, name, clock, abort } = await setUp();
    cloud.looksUntilUpdated = 3;
    clock.beforeSleep = () => abort.abort();
    await expect(updateCluster(request(BIGGER))).rejects.toMatchObject({
      code: "INTERRUPTED",
      hint: expect.stringContaining("--call-off"),
    });
    expect((await describeCluster({ cloud, name })).clusterStatus).toBe("UPDATE_IN_PROGRESS");
    expect((await describeCluster({ cloud, name })).clusterStatus).toBe("UPDATE_COMPLETE");
  });

  it("takes no second one but the file in force, which calls the first off", async () => {
    const { request, cloud, clock, abort } = await setUp();
    cloud.looksUntilUpdated = 100;
    const first = request(BIGGER);
    clock.beforeSleep = () => abort.abort();
    await expect(updateCluster(first)).rejects.toMatchObject({ code: "INTERRUPTED" });
    clock.beforeSleep = () => {};
    const next = { signal: new AbortController().signal };
    await expect(updateCluster({ ...request(OTHER_TYPE), ...next })).rejects.toMatchObject({
      code: "CLUSTER_BUSY",
    });
    const back = await updateCluster({ ...request(demoClusterFile()), ...next });
    expect(back).toMatchObject({ fileVersion: 3, cluster: { clusterStatus: "UPDATE_COMPLETE" } });
  });

  it("is not for a cluster whose head is off, and its head does not stop meanwhile", async () => {
    const { request, cloud, name, clock, abort } = await setUp();
    cloud.looksUntilUpdated = 100;
    clock.beforeSleep = () => abort.abort();
    await expect(updateCluster(request(BIGGER))).rejects.toMatchObject({ code: "INTERRUPTED" });
    clock.beforeSleep = () => {};
    await expect(stopCluster({ cloud, name, clock })).rejects.toMatchObject({
      code: "CLUSTER_WRONG_STATE",
      message: "cluster demo is UPDATE_IN_PROGRESS",
    });
    const other = await setUp();
    await stopCluster(other);
    await expect(updateCluster(other.request(BIGGER))).rejects.toMatchObject({
      code: "CLUSTER_WRONG_STATE",
    });
  });
});

describe("planUpdate", () => {
  it("says what would be done, and does not", async () => {
    const { request, cloud, name } = await setUp();
    expect(await planUpdate(request(BIGGER))).toMatchObject({ effect: "live" });
    expect(await cloud.infrastructure.files(name)).toHaveLength(1);
  });
});
