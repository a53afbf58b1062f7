import type { Progress } from "@sluice/cloud";
import { describe, expect, it } from "vitest";
import { type CreateCluster, createCluster, planCluster } from "./create-cluster.ts";
import { describeCluster } from "./describe-cluster.ts";
import { demoClusterFile, FAKE_STEPS, FakeCloud, parsed, SteppingClock } from "./testing/index.ts";

function setUp({ staticNodes = 0, name = "demo" } = {}) {
  const clock = new SteppingClock();
  const cloud = new FakeCloud(clock);
  cloud.prepareHead = (head) => {
    head.staticNodes = staticNodes;
  };
  const configText = demoClusterFile({ staticNodes });
  const seen: Progress[] = [];
  const abort = new AbortController();
  const request: CreateCluster = {
    cloud,
    name,
    clock,
    config: parsed(configText),
    configText,
    onProgress: (progress) => seen.push(progress),
    signal: abort.signal,
  };
  return { cloud, clock, request, seen, abort };
}

const left = (cloud: FakeCloud) => cloud.infrastructure.list();

describe("createCluster", () => {
  it("makes everything and answers in ParallelCluster's words", async () => {
    const { cloud, request, seen } = setUp();
    expect(await createCluster(request)).toMatchObject({
      clusterName: "demo",
      clusterStatus: "CREATE_COMPLETE",
      creationTime: "2026-01-05T08:00:00.000Z",
    });
    expect(cloud.made("demo")).toEqual([...FAKE_STEPS]);
    expect(seen.filter(({ status }) => status === "done").map((p) => p.resource)).toEqual([
      ...FAKE_STEPS,
    ]);
  });

  it("waits for static nodes, and only for those", async () => {
    const { cloud, request, seen } = setUp({ staticNodes: 2 });
    await createCluster(request);
    expect(seen.at(-1)).toMatchObject({
      resource: "compute fleet",
      status: "done",
      message: "RUNNING, 2 up",
    });
    expect((await describeCluster({ cloud, name: "demo" })).computeFleetStatus).toBe("RUNNING");
  });

  it("stops waiting for a fleet that protects itself, and keeps the cluster", async () => {
    const { cloud, request } = setUp({ staticNodes: 2 });
    cloud.prepareHead = (head) => {
      head.startsInto = "PROTECTED";
    };
    await expect(createCluster(request)).rejects.toMatchObject({ code: "FLEET_PROTECTED" });
    expect(await left(cloud)).toHaveLength(1);
  });

  it("gives up on static nodes that never come", async () => {
    const { cloud, request } = setUp({ staticNodes: 2 });
    cloud.prepareHead = (head) => {
      head.staticNodes = 1;
    };
    await expect(createCluster(request)).rejects.toMatchObject({ code: "FLEET_TIMEOUT" });
  });

  it.each(FAKE_STEPS)("leaves nothing when the %s fails", async (failAt) => {
    const { cloud, request } = setUp();
    cloud.failAt = failAt;
    await expect(createCluster(request)).rejects.toMatchObject({
      code: "CLOUD_NOT_READY",
      message: `the ${failAt} can't be made`,
    });
    expect(await left(cloud)).toEqual([]);
  });

  it("leaves nothing when it is aborted midway", async () => {
    const { cloud, request, abort } = setUp();
    cloud.hangAt = "image";
    const onProgress = ({ resource }: Progress) => {
      if (resource === "image") abort.abort();
    };
    await expect(createCluster({ ...request, onProgress })).rejects.toMatchObject({
      code: "INTERRUPTED",
      hint: "what was made is taken down again",
    });
    expect(await left(cloud)).toEqual([]);
  });

  it("keeps what was made when it fails, if that is wanted", async () => {
    const { cloud, request } = setUp();
    cloud.failAt = "head";
    const creation = createCluster({ ...request, keepOnFailure: true });
    await expect(creation).rejects.toMatchObject({ message: "the head can't be made" });
    expect(cloud.made("demo")).toEqual([...FAKE_STEPS]);
    expect((await describeCluster({ cloud, name: "demo" })).clusterStatus).toBe("CREATE_FAILED");
  });

  it("says how to remove what could not be taken down", async () => {
    const { cloud, request, abort } = setUp();
    cloud.hangAt = "image";
    cloud.failTeardown = true;
    const onProgress = ({ resource }: Progress) => {
      if (resource === "image") abort.abort();
    };
    await expect(createCluster({ ...request, onProgress })).rejects.toMatchObject({
      code: "INTERRUPTED",
      hint: expect.stringContaining("sluice delete-cluster -n demo"),
    });
    expect((await describeCluster({ cloud, name: "demo" })).clusterStatus).toBe("CREATE_FAILED");
  });

  it("can be interrupted while it waits for static nodes; the cluster stays", async () => {
    const { cloud, clock, request, abort } = setUp({ staticNodes: 1 });
    clock.beforeSleep = () => abort.abort();
    await expect(createCluster(request)).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(await left(cloud)).toHaveLength(1);
  });

  it("refuses a name that is taken, and leaves its owner alone", async () => {
    const { cloud, request } = setUp();
    await createCluster(request);
    await expect(createCluster(request)).rejects.toMatchObject({ code: "CLUSTER_EXISTS" });
    expect(cloud.made("demo")).toEqual([...FAKE_STEPS]);
  });

  it("refuses a name that can't be one before it asks the cloud", async () => {
    const { cloud, request } = setUp({ name: "1st_cluster" });
    await expect(createCluster(request)).rejects.toMatchObject({ code: "CLUSTER_NAME_INVALID" });
    expect(await left(cloud)).toEqual([]);
  });
});

describe("planCluster", () => {
  it("lists the steps and makes nothing", async () => {
    const { cloud, request } = setUp();
    expect((await planCluster(request)).steps).toHaveLength(FAKE_STEPS.length);
    expect(await left(cloud)).toEqual([]);
  });
});
