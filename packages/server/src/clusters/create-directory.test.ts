import { randomUUID } from "node:crypto";
import type { GatewayAccess } from "@sluice/cloud";
import type { Gateway } from "@sluice/gateway";
import { createCluster } from "@sluice/lifecycle";
import { demoClusterFile, FakeCloud, parsed } from "@sluice/lifecycle/testing";
import { expect, test } from "vitest";
import { createEventHub } from "../events/event-hub.ts";
import type { PublishedEvent } from "../events/hub.ts";
import { createClusterDirectory, type DirectoryOptions } from "./create-directory.ts";
import { QuickClock } from "./testing/quick-clock.ts";

const FILE = demoClusterFile();
const ACCESS: GatewayAccess = {
  host: "10.0.0.2",
  port: 8471,
  certificate: "",
  key: "",
  jwtKey: new Uint8Array(),
};

function world(options: Partial<DirectoryOptions> = {}) {
  const clock = new QuickClock();
  const near = new FakeCloud(clock);
  const far = new FakeCloud(clock, "aws");
  const events = createEventHub({ clock, process: randomUUID(), remembered: 100 });
  const told: PublishedEvent[] = [];
  events.subscribe({
    wants: () => true,
    listener: (event) => told.push(event),
    signal: new AbortController().signal,
  });
  const opened: { readonly cluster: string; isClosed: boolean }[] = [];
  const directory = createClusterDirectory({
    providers: [{ provider: "local" }, { provider: "aws", region: "eu-west-1" }],
    openCloud: async ({ provider }) => (provider === "local" ? near : far),
    openGateway: ({ cluster }) => {
      const one = { cluster, isClosed: false };
      opened.push(one);
      return {
        cluster,
        [Symbol.asyncDispose]: async () => {
          one.isClosed = true;
        },
      } as unknown as Gateway;
    },
    clock,
    events,
    ...options,
  });
  const make = (cloud: FakeCloud, name: string) =>
    createCluster({ cloud, name, clock, config: parsed(FILE), configText: FILE });
  return { clock, near, far, events, told, opened, directory, make };
}

test("clusters of all clouds are listed by name, and found when they are a moment old", async () => {
  const { directory, near, far, make, clock } = world();
  await using _ = directory;
  await make(far, "zeta");
  await make(near, "alpha");
  await directory.refresh();
  const list = await directory.list();
  expect(list.map(({ name, provider, region }) => [name, provider, region])).toEqual([
    ["alpha", "local", "local"],
    ["zeta", "aws", "eu-west-1"],
  ]);
  await make(near, "new");
  await clock.sleep(1100);
  expect(await directory.get("new")).toMatchObject({ name: "new", provider: "local" });
  await expect(directory.get("none")).rejects.toMatchObject({ code: "CLUSTER_NOT_FOUND" });
});

test("a cloud that does not answer keeps what it had, and keeps nobody waiting", async () => {
  const { directory, near, far, make } = world({ patienceSeconds: 1 });
  await using _ = directory;
  await make(far, "zeta");
  await make(near, "alpha");
  await directory.refresh();
  far.infrastructure.list = () => new Promise(() => {});
  await make(near, "beta");
  await directory.refresh();
  const names = (await directory.list()).map(({ name }) => name);
  expect(names).toEqual(["alpha", "beta", "zeta"]);
  expect(directory.unanswered()).toEqual([
    { provider: "aws", region: "eu-west-1", message: "no answer in 1 s" },
  ]);
  far.infrastructure.list = async () => [];
  await directory.refresh();
  expect(directory.unanswered()).toEqual([]);
  expect((await directory.list()).map(({ name }) => name)).toEqual(["alpha", "beta"]);
});

test("a cloud that can't be opened is tried again", async () => {
  let isBroken = true;
  const clock = new QuickClock();
  const cloud = new FakeCloud(clock);
  const { directory, make } = world({
    providers: [{ provider: "local" }],
    openCloud: async () => {
      if (isBroken) throw new Error("no rights");
      return cloud;
    },
  });
  await using _ = directory;
  expect(await directory.list()).toEqual([]);
  expect(directory.unanswered()).toMatchObject([{ message: "no rights" }]);
  await expect(directory.cloudFor({ provider: "local" })).rejects.toThrow("no rights");
  isBroken = false;
  await make(cloud, "alpha");
  await directory.refresh();
  expect(await directory.list()).toMatchObject([{ name: "alpha" }]);
});

test("a request that names no cluster means the only one, or the configured one", async () => {
  const { directory, near, make } = world();
  await using _ = directory;
  const named = { code: "CLUSTER_NOT_NAMED" };
  await expect(directory.defaultCluster()).rejects.toMatchObject(named);
  await make(near, "alpha");
  await directory.refresh();
  expect(await directory.defaultCluster()).toMatchObject({ name: "alpha" });
  await make(near, "beta");
  await directory.refresh();
  await expect(directory.defaultCluster()).rejects.toMatchObject(named);
});

test("where a file's cluster goes follows from its provider and region", async () => {
  const { directory, far } = world();
  await using _ = directory;
  expect(await directory.cloudFor({ provider: "aws" })).toMatchObject({ region: "eu-west-1" });
  const { cloud } = await directory.cloudFor({ provider: "aws", region: "eu-west-1" });
  expect(cloud).toBe(far);
  for (const place of [{ provider: "azure" }, { provider: "aws", region: "us-east-1" }]) {
    const asked = directory.cloudFor(place);
    await expect(asked).rejects.toMatchObject({ code: "PROVIDER_NOT_SERVED" });
  }
});

test("a gateway is opened once, and closed when its cluster goes or is another", async () => {
  const { directory, near, make, opened } = world();
  await using _ = directory;
  Object.assign(near, { gateway: async () => ACCESS });
  await make(near, "alpha");
  await directory.refresh();
  const alpha = async () => (await directory.get("alpha")).gateway();
  const [first, again] = await Promise.all([alpha(), alpha()]);
  expect(again).toBe(first);
  expect(opened).toEqual([{ cluster: "alpha", isClosed: false }]);
  const options = { onProgress: () => {}, signal: new AbortController().signal };
  await near.infrastructure.destroy("alpha", { ...options, retainAccounting: false });
  await make(near, "alpha");
  await directory.refresh();
  expect(opened).toEqual([{ cluster: "alpha", isClosed: true }]);
  expect(await alpha()).not.toBe(first);
  await near.infrastructure.stopHead("alpha", options);
  await directory.refresh();
  expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  await expect(alpha()).rejects.toMatchObject({ code: "CLUSTER_NOT_IN_SERVICE" });
});

test("a cluster that was out of service when it was last seen is looked at again, once", async () => {
  const { directory, near, make, clock } = world({ refreshSeconds: 3600 });
  await using _ = directory;
  Object.assign(near, { gateway: async () => ACCESS });
  await make(near, "alpha");
  const options = { onProgress: () => {}, signal: new AbortController().signal };
  await near.infrastructure.stopHead("alpha", options);
  await directory.refresh();
  const describe = near.infrastructure.describe.bind(near.infrastructure);
  let looks = 0;
  near.infrastructure.describe = (name) => {
    looks += 1;
    return describe(name);
  };
  const stopped = { code: "CLUSTER_NOT_IN_SERVICE", message: expect.stringMatching(/STOPPED/) };
  const asked = Array.from({ length: 20 }, async () => (await directory.get("alpha")).gateway());
  for (const one of asked) await expect(one).rejects.toMatchObject(stopped);
  expect(looks).toBe(1);
  await near.infrastructure.startHead("alpha", options);
  await clock.sleep(1100);
  expect((await (await directory.get("alpha")).gateway()).cluster).toBe("alpha");

  near.infrastructure.describe = () => new Promise(() => {});
  await near.infrastructure.stopHead("alpha", options);
  await directory.refresh();
  await clock.sleep(1100);
  await expect((await directory.get("alpha")).gateway()).rejects.toMatchObject(stopped);
});

test("a cluster without a gateway says so, and is asked again", async () => {
  const { directory, near, make, opened } = world();
  await using _ = directory;
  await make(near, "alpha");
  await directory.refresh();
  const alpha = await directory.get("alpha");
  await expect(alpha.gateway()).rejects.toMatchObject({ code: "GATEWAY_UNREACHABLE" });
  Object.assign(near, { gateway: async () => ACCESS });
  await alpha.gateway();
  expect(opened).toHaveLength(1);
});

test("who listens is told of what came, changed and went", async () => {
  const { directory, near, make, told } = world();
  await using _ = directory;
  await directory.refresh();
  await make(near, "alpha");
  await directory.refresh();
  await directory.refresh();
  const options = { onProgress: () => {}, signal: new AbortController().signal };
  await near.infrastructure.stopHead("alpha", options);
  await directory.refresh();
  await near.infrastructure.destroy("alpha", { ...options, retainAccounting: false });
  await directory.refresh();
  expect(told.map(({ topic, kind, cluster }) => [topic, kind, cluster])).toEqual([
    ["cluster", "created", "alpha"],
    ["cluster", "changed", "alpha"],
    ["cluster", "deleted", "alpha"],
  ]);
});
