import { parseImageBuildFile } from "@sluice/model";
import { describe, expect, it } from "vitest";
import { clusterCost } from "./cluster-cost.ts";
import { exportLogs } from "./export-logs.ts";
import { buildImage, deleteImage, describeImage, imageLog, listImages } from "./images.ts";
import { listLogStreams, logEvents } from "./log-streams.ts";
import { stackEvents } from "./stack-events.ts";
import { synthesiseCluster } from "./synthesise-cluster.ts";
import {
  createdCluster,
  demoClusterFile,
  FakeCloud,
  parsed,
  SteppingClock,
} from "./testing/index.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 5, 8, 0, seconds));
const lines = (...texts: readonly string[]) =>
  texts.map((text, index) => ({ time: at(index), text }));

async function gathered<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const IMAGE_FILE = "Build: { InstanceType: c5.large, ParentImage: ami-0123456789abcdef0 }\n";

function imageRequest(id: string) {
  const clock = new SteppingClock();
  const cloud = new FakeCloud(clock, "cloud");
  const { images } = cloud.openAccount();
  const file = parseImageBuildFile(IMAGE_FILE, { fileName: "image.yaml" });
  if (!file.ok) throw new Error(JSON.stringify(file.findings));
  const abort = new AbortController();
  const { config } = file;
  const request = { cloud, id, config, configText: IMAGE_FILE, clock, signal: abort.signal };
  return { request, images, abort };
}

describe("synthesiseCluster", () => {
  const configText = demoClusterFile();
  const request = { name: "demo", config: parsed(configText), configText };

  it("gives the documents, and refuses a name that can't be one", async () => {
    const cloud = new FakeCloud(new SteppingClock(), "cloud");
    cloud.openAccount();
    const [first] = await synthesiseCluster({ cloud, ...request });
    expect(first?.path).toBe("cluster.template.json");
    const misnamed = synthesiseCluster({ cloud, ...request, name: "1st" });
    await expect(misnamed).rejects.toMatchObject({ code: "CLUSTER_NAME_INVALID" });
  });

  it("says when the cloud has none", async () => {
    const cloud = new FakeCloud(new SteppingClock());
    await expect(synthesiseCluster({ cloud, ...request })).rejects.toMatchObject({
      code: "UNSUPPORTED_BY_PROVIDER",
    });
  });
});

describe("clusterCost", () => {
  it("adds up what has a price, dearest first", async () => {
    const { cloud, name } = await createdCluster();
    cloud.openAccount();
    cloud.addMachine(name, "main-dy-small-1", "main");
    const { items, usdPerHour, unpriced } = await clusterCost({ cloud, name });
    expect(items.map(({ what }) => what)).toEqual(["main-dy-small-1", "head node", "volume state"]);
    expect(usdPerHour).toBeCloseTo(0.5);
    expect(unpriced).toBe(1);
  });

  it("is nothing in a cloud that costs nothing", async () => {
    expect(await clusterCost(await createdCluster())).toMatchObject({ items: [], usdPerHour: 0 });
  });
});

describe("the logs that a cloud keeps", () => {
  async function withLogs() {
    const cluster = await createdCluster();
    const { logs } = cluster.cloud.openAccount();
    logs.append("demo", "head/slurmctld", lines("one", "two", "three"));
    logs.append("demo", "../../etc/passwd", lines("x"));
    logs.append("gone", "head/slurmctld", lines("last words"));
    return cluster;
  }

  it("are listed by name, also of a cluster that is gone, and not of one that never was", async () => {
    const { cloud } = await withLogs();
    expect(await listLogStreams({ cloud, name: "demo" })).toMatchObject([
      { logStreamName: "../../etc/passwd" },
      { logStreamName: "head/slurmctld", lastEventTimestamp: "2026-01-05T08:00:02.000Z" },
    ]);
    expect(await listLogStreams({ cloud, name: "gone" })).toHaveLength(1);
    await expect(listLogStreams({ cloud, name: "never" })).rejects.toMatchObject({
      code: "CLUSTER_NOT_FOUND",
    });
  });

  it("are read page by page", async () => {
    const { cloud } = await withLogs();
    const read = (query: Parameters<typeof logEvents>[0]["query"]) =>
      logEvents({ cloud, name: "demo", stream: "head/slurmctld", query });
    expect((await read({ limit: 1 })).events).toEqual([
      { timestamp: "2026-01-05T08:00:02.000Z", message: "three" },
    ]);
    const { nextToken = "" } = await read({ end: "oldest" });
    expect(await read({ end: "oldest", next: nextToken })).toEqual({
      events: [{ timestamp: "2026-01-05T08:00:02.000Z", message: "three" }],
    });
  });

  it("are exported whole, into files that stay where they belong, with the consoles", async () => {
    const { cloud, clock, name } = await withLogs();
    const files = await gathered(exportLogs({ cloud, clock, name }));
    expect(files).toEqual([
      {
        path: "head/slurmctld.log",
        text: "2026-01-05T08:00:00.000Z one\n2026-01-05T08:00:01.000Z two\n2026-01-05T08:00:02.000Z three\n",
      },
      { path: "etc/passwd.log", text: "2026-01-05T08:00:00.000Z x\n" },
      { path: "consoles/head-i-head.log", text: "i-head booting\ni-head login:\n" },
    ]);
  });

  it("are those on the head where the cloud keeps none", async () => {
    const { cloud, clock, name } = await createdCluster();
    const said: string[] = [];
    cloud.consoleOutput = async () => {
      throw new Error("no console");
    };
    const onProgress = ({ message }: { message: string }) => said.push(message);
    const files = await gathered(exportLogs({ cloud, clock, name, onProgress }));
    expect(files.map(({ path }) => path)).toContain("head/slurmctld.log");
    expect(said).toContain("console of head is left out: no console");
    await expect(listLogStreams({ cloud, name })).rejects.toMatchObject({
      code: "UNSUPPORTED_BY_PROVIDER",
      hint: expect.stringContaining("sluice logs"),
    });
  });
});

describe("stackEvents", () => {
  it("are the cloud's own steps in ParallelCluster's words", async () => {
    const [first] = await stackEvents(await createdCluster());
    expect(first).toEqual({
      timestamp: "2026-01-05T08:00:00.000Z",
      logicalResourceId: "network",
      resourceStatus: "started",
    });
  });
});

describe("images", () => {
  it("are built, listed, described and deleted", async () => {
    const { request, images } = imageRequest("lab-1");
    const { cloud, id } = request;
    expect(await buildImage(request)).toMatchObject({
      imageId: "lab-1",
      imageBuildStatus: "BUILD_COMPLETE",
      ec2AmiInfo: { amiId: "ami-of-lab-1-on-c5.large" },
    });
    await expect(buildImage(request)).rejects.toMatchObject({ code: "IMAGE_EXISTS" });
    expect(await listImages({ cloud })).toEqual([await describeImage({ cloud, id })]);
    expect(await imageLog({ cloud, id, lines: 1 })).toBe("done\n");
    images.inUse.add(id);
    await expect(deleteImage({ ...request, force: false })).rejects.toMatchObject({
      code: "IMAGE_IN_USE",
    });
    await deleteImage({ ...request, force: true });
    await expect(describeImage({ cloud, id })).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
  });

  it("are called off with Ctrl-C", async () => {
    const { request, images, abort } = imageRequest("lab-1");
    images.hangs = true;
    const onProgress = () => abort.abort();
    await expect(buildImage({ ...request, onProgress })).rejects.toMatchObject({
      code: "INTERRUPTED",
    });
    expect(await images.list()).toEqual([]);
  });

  it.each(["", "1st", "a b", "x".repeat(129)])("can't have the id %j", async (id) => {
    const { request } = imageRequest(id);
    await expect(buildImage(request)).rejects.toMatchObject({ code: "IMAGE_ID_INVALID" });
  });

  it("are none where the cloud builds none", async () => {
    const { request } = imageRequest("lab-1");
    const cloud = new FakeCloud(request.clock);
    expect(await listImages({ cloud })).toEqual([]);
    await expect(buildImage({ ...request, cloud })).rejects.toMatchObject({
      code: "UNSUPPORTED_BY_PROVIDER",
    });
  });
});
