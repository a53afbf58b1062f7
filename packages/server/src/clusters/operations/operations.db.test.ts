import { parsed } from "@sluice/lifecycle/testing";
import { expect, test } from "vitest";
import { BIGGER, created, FILE } from "../testing/created.ts";
import { random, testSite } from "../testing/site.ts";
import { type NewOperation, OperationStore } from "./store.ts";

test("one operation at a time is at work on a cluster", async () => {
  await using site = await testSite();
  site.cloud.hangAt = "storage";
  const body = { clusterName: "demo", clusterConfiguration: FILE };
  const first = (await site.ask("root", "POST", "/api/v1/clusters", body)).json();
  await site.clusters.refresh();
  const busy = await site.ask("root", "DELETE", "/api/v1/clusters/demo");
  expect(busy.statusCode).toBe(409);
  expect(busy.json()).toMatchObject({
    code: "CLUSTER_BUSY",
    hint: expect.stringContaining(first.id),
  });

  const cancelled = await site.ask("root", "POST", `/api/v1/operations/${first.id}/cancel`);
  expect(cancelled.statusCode, cancelled.body).toBe(202);
  expect(await site.ended(first.id)).toMatchObject({
    state: "cancelled",
    error: { code: "INTERRUPTED" },
  });
  expect(await site.cloud.infrastructure.list()).toEqual([]);
  const again = await site.ask("root", "POST", `/api/v1/operations/${first.id}/cancel`);
  expect(again.json()).toMatchObject({ status: 409, code: "OPERATION_OVER" });
});

test("two servers asked at the same time create a cluster once", async () => {
  await using site = await testSite();
  site.cloud.hangAt = "storage";
  const other = site.beside();
  const place = await site.clusters.cloudFor({ provider: "local" });
  const request = {
    kind: "create-cluster",
    cluster: "demo",
    place,
    config: parsed(FILE),
    configText: FILE,
    keepOnFailure: false,
  } as const;
  const asked = await Promise.allSettled(
    [site.operations, other].map((one) => one.start(request, { id: "root", name: "root" })),
  );
  expect(asked.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  const refused = asked.find(({ status }) => status === "rejected");
  expect(refused).toMatchObject({
    reason: { code: expect.stringMatching(/CLUSTER_(BUSY|EXISTS)/) },
  });
  const [running] = await site.operations.list({ limit: 1 });
  // Either server may be asked to call it off.
  await Promise.allSettled([other, site.operations].map((one) => one.cancel(running?.id ?? "")));
  expect(await site.ended(running?.id ?? "")).toMatchObject({ state: "cancelled" });
});

test("calling an update off gives the former file back", async () => {
  await using site = await testSite();
  await created(site);
  site.cloud.looksUntilUpdated = 1000;
  const put = await site.ask("root", "PUT", "/api/v1/clusters/demo", {
    clusterConfiguration: BIGGER,
  });
  const { id } = put.json();
  await expect
    .poll(async () => (await site.cloud.infrastructure.describe("demo"))?.status)
    .toBe("UPDATE_IN_PROGRESS");
  site.cloud.looksUntilUpdated = 2;
  await site.ask("root", "POST", `/api/v1/operations/${id}/cancel`);
  expect(await site.ended(id)).toMatchObject({
    state: "cancelled",
    error: { code: "UPDATE_FAILED" },
  });
  const record = await site.cloud.infrastructure.describe("demo");
  expect(record?.configText).toBe(FILE);
});

test("work of a server that is gone is settled by what the cloud says", async () => {
  await using site = await testSite();
  await created(site);
  const dead = new OperationStore(site.database, random.id());
  const leave = async (more: Partial<NewOperation>) => {
    const operation: NewOperation = {
      id: random.id(),
      kind: "create-cluster",
      cluster: "demo",
      image: undefined,
      provider: "local",
      region: "local",
      principalId: "root",
      askedBy: "root",
      createdAt: site.clock.now(),
      request: {},
      ...more,
    };
    // Its lease runs out now.
    expect(await dead.begin(operation, site.clock.now())).toBe(true);
    return site.ended(operation.id);
  };
  expect(await leave({})).toMatchObject({ state: "done" });
  expect(await leave({ cluster: "never" })).toMatchObject({
    state: "failed",
    error: { code: "OPERATION_LOST", message: expect.stringContaining("nothing is left") },
  });
  const deletion = { kind: "delete-cluster", request: { clusterId: "demo-1" } } as const;
  expect(await leave(deletion)).toMatchObject({
    state: "failed",
    error: { message: expect.stringContaining("not deleted") },
  });
  expect(await leave({ ...deletion, cluster: "never" })).toMatchObject({ state: "done" });
});

test("a server that was killed finds what it left as soon as it is back", async () => {
  await using site = await testSite();
  await created(site);
  const server = random.id();
  const killed = new OperationStore(site.database, server);
  const id = random.id();
  const leaseUntil = new Date(site.clock.now().getTime() + 86_400_000);
  await killed.begin(
    {
      ...{ id, kind: "create-cluster", cluster: "demo", image: undefined, request: {} },
      ...{ provider: "local", region: "local", principalId: "root", askedBy: "root" },
      createdAt: site.clock.now(),
    },
    leaseUntil,
  );
  const back = site.beside(server);
  expect(await back.ended(id, AbortSignal.timeout(5000))).toMatchObject({ state: "done" });
  expect(site.clock.now() < leaseUntil).toBe(true);
});

test("what is long over is forgotten, with what it said", async () => {
  await using site = await testSite();
  const id = await created(site);
  const { endedAt = new Date(0) } = (await site.operations.get(id)) ?? {};
  const store = new OperationStore(site.database, random.id());
  await store.clear(endedAt);
  expect((await site.operations.progress(id)).length).toBeGreaterThan(0);
  await store.clear(new Date(endedAt.getTime() + 1));
  expect(await site.operations.get(id)).toBeUndefined();
  expect(await site.operations.progress(id)).toEqual([]);
});

test("work that only the cloud goes on with can be let go", async () => {
  await using site = await testSite();
  site.cloud.hangAt = "storage";
  const dead = new OperationStore(site.database, random.id());
  const abort = new AbortController();
  const request = { name: "demo", config: parsed(FILE), configText: FILE };
  const options = { onProgress: () => {}, signal: abort.signal };
  const applying = site.cloud.infrastructure.apply(request, options).catch(() => {});
  const id = random.id();
  await dead.begin(
    {
      ...{ id, kind: "create-cluster", cluster: "demo", image: undefined, request: {} },
      ...{ provider: "local", region: "local", principalId: "root", askedBy: "root" },
      createdAt: site.clock.now(),
    },
    site.clock.now(),
  );
  await site.clusters.refresh();
  const busy = await site.ask("root", "DELETE", "/api/v1/clusters/demo");
  expect(busy.json().code).toBe("CLUSTER_BUSY");
  await site.operations.cancel(id);
  expect(await site.ended(id)).toMatchObject({ state: "cancelled" });
  const gone = await site.ask("root", "DELETE", "/api/v1/clusters/demo");
  expect(gone.statusCode).toBe(202);
  await site.ended(gone.json().id);
  abort.abort();
  await applying;
});

test("a server that stops leaves its work to the next, and undoes nothing", async () => {
  await using site = await testSite();
  site.cloud.hangAt = "storage";
  const other = site.beside();
  const place = await site.clusters.cloudFor({ provider: "local" });
  const begun = await other.start(
    {
      kind: "create-cluster",
      cluster: "demo",
      place,
      config: parsed(FILE),
      configText: FILE,
      keepOnFailure: false,
    },
    { id: "root", name: "root" },
  );
  await expect.poll(() => site.cloud.made("demo")).toEqual(["network"]);
  await other[Symbol.asyncDispose]();
  expect(site.cloud.made("demo")).toEqual(["network"]);
  expect(await site.operations.get(begun.id)).toMatchObject({ state: "running" });
  // The cloud takes down what nobody waits for any more.
  await site.cloud.infrastructure.destroy("demo", {
    onProgress: () => {},
    signal: new AbortController().signal,
    retainAccounting: false,
  });
  expect(await site.ended(begun.id)).toMatchObject({
    state: "failed",
    error: { code: "OPERATION_LOST" },
  });
});
