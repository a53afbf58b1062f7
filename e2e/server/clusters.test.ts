import { clustersRoutes, type OperationView } from "@sluice/api";
import { afterAll, expect, test } from "vitest";
import { ask, clientOf, SMALL_CLUSTER, siteOfServer } from "./site.ts";

const BIGGER = SMALL_CLUSTER.replace("MaxCount: 2", "MaxCount: 4");
const IMPOSSIBLE = SMALL_CLUSTER.replace("debian13", "debian12");

const { createCluster, followOperation, getOperation, listNodes, listQueues, updateNodes } =
  clustersRoutes;

/** What it said until it ended, and how it ended. */
async function ended({ id }: Pick<OperationView, "id">): Promise<{
  readonly lines: readonly string[];
  readonly operation: OperationView;
}> {
  const lines: string[] = [];
  const params = { operation: id };
  for await (const { data } of clientOf("admin").events(followOperation, { params })) {
    if (data.line !== undefined) lines.push(`${data.line.resource} ${data.line.status}`);
    if (data.operation !== undefined) return { lines, operation: data.operation };
  }
  throw new Error(`the stream of operation ${id} ended before the operation`);
}

/** What a test that failed left would be in the way of all that follow. */
afterAll(async () => {
  const { site } = siteOfServer();
  const there = new Set(await site.clusterNames());
  for (const name of ["made", "pcluster"]) {
    if (there.has(name)) await site.sluice(["delete-cluster", "-n", name, "--yes"]);
  }
});

test("a cluster is made, changed, stopped, started and deleted by our own interface", async () => {
  const admin = clientOf("admin");
  const params = { cluster: "made" };
  const body = { clusterName: "made", clusterConfiguration: SMALL_CLUSTER };
  const making = await admin.call(createCluster, { body });
  const made = await ended(making);
  expect(made.operation).toMatchObject({ state: "done", askedBy: "admin" });
  expect(made.lines).toEqual(expect.arrayContaining(["head started", "head done"]));

  const olga = clientOf("olga");
  const queues = await olga.call(listQueues, { params });
  expect(queues.items).toMatchObject([{ name: "cpu", state: "UP", nodes: { total: 2, off: 2 } }]);
  const nodes = ["cpu-dy-light-1"];
  const drain = { nodes, action: "drain", reason: "its fan is loud" } as const;
  await olga.call(updateNodes, { params, body: drain });
  const drained = await olga.call(listNodes, { params, query: { state: "DRAIN" } });
  expect(drained.items).toMatchObject([{ name: nodes[0], reason: "its fan is loud (olga)" }]);
  await olga.call(updateNodes, { params, body: { nodes, action: "resume" } });
  await expect
    .poll(async () => (await olga.call(listNodes, { params, query: { state: "DRAIN" } })).items)
    .toEqual([]);

  const clusterConfiguration = BIGGER;
  const plan = await admin.call(clustersRoutes.planClusterUpdate, {
    params,
    body: { clusterConfiguration },
  });
  expect(plan).toMatchObject({ effect: "live", addedNodes: ["cpu-dy-light-3", "cpu-dy-light-4"] });
  const update = { params, body: { clusterConfiguration } };
  const updated = await ended(await admin.call(clustersRoutes.updateCluster, update));
  expect(updated.operation).toMatchObject({ state: "done", result: { fileVersion: 2 } });
  const file = await admin.call(clustersRoutes.getClusterFile, { params });
  expect(file).toMatchObject({ version: 2, text: BIGGER });

  expect(
    (await ended(await admin.call(clustersRoutes.stopCluster, { params }))).operation.state,
  ).toBe("done");
  const stopped = await admin.call(clustersRoutes.getCluster, { params });
  expect(stopped).toMatchObject({ clusterStatus: "STOPPED" });
  await expect(admin.call(listNodes, { params })).rejects.toMatchObject({
    code: "CLUSTER_WRONG_STATE",
  });
  expect(
    (await ended(await admin.call(clustersRoutes.startCluster, { params }))).operation.state,
  ).toBe("done");
  await expect
    .poll(async () => (await olga.call(listQueues, { params })).items[0]?.nodes.total, {
      timeout: 30_000,
    })
    .toBe(4);

  const deletion = await admin.call(clustersRoutes.deleteCluster, { params });
  expect((await ended(deletion)).operation.state).toBe("done");
  await expect(admin.call(clustersRoutes.getCluster, { params })).rejects.toMatchObject({
    code: "CLUSTER_NOT_FOUND",
  });
  const kept = await admin.call(getOperation, { params: { operation: making.id } });
  expect(kept.progress.length).toBeGreaterThan(2);
});

test("the same by ParallelCluster's", async () => {
  const call = async (method: string, path: string, body?: object) => {
    const answer = await ask(path, "admin", {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    // biome-ignore lint/suspicious/noExplicitAny: each expectation says what it wants of it
    return { status: answer.status, body: (text === "" ? undefined : JSON.parse(text)) as any };
  };
  const until = (status: string) =>
    expect
      .poll(async () => (await call("GET", "/v3/clusters/pcluster")).body.clusterStatus, {
        timeout: 90_000,
        interval: 500,
      })
      .toBe(status);
  const file = { clusterName: "pcluster", clusterConfiguration: SMALL_CLUSTER };
  expect((await call("POST", "/v3/clusters?dryrun=true&region=local", file)).status).toBe(412);
  const making = await call("POST", "/v3/clusters?region=local", file);
  expect(making).toMatchObject({
    status: 202,
    body: { cluster: { clusterStatus: "CREATE_IN_PROGRESS" } },
  });
  await until("CREATE_COMPLETE");
  const listed = await call("GET", "/v3/clusters?region=local");
  expect(listed.body.clusters.map((one: { clusterName: string }) => one.clusterName)).toContain(
    "pcluster",
  );
  const { body: described } = await call("GET", "/v3/clusters/pcluster");
  expect(described).toMatchObject({
    computeFleetStatus: "RUNNING",
    headNode: { state: "running" },
  });
  expect(await (await fetch(described.clusterConfiguration.url)).text()).toBe(SMALL_CLUSTER);

  const refused = await call("PUT", "/v3/clusters/pcluster", { clusterConfiguration: IMPOSSIBLE });
  expect(refused.body.updateValidationErrors).toMatchObject([{ parameter: "Image.Os" }]);
  const update = await call("PUT", "/v3/clusters/pcluster", { clusterConfiguration: BIGGER });
  expect(update).toMatchObject({ status: 202, body: { changeSet: [{ requestedValue: "4" }] } });
  await until("UPDATE_COMPLETE");

  const fleet = "/v3/clusters/pcluster/computefleet";
  expect((await call("PATCH", fleet, { status: "STOP_REQUESTED" })).status).toBe(204);
  await expect
    .poll(async () => (await call("GET", fleet)).body.status, { timeout: 30_000, interval: 500 })
    .toBe("STOPPED");
  const instances = await call("GET", "/v3/clusters/pcluster/instances?nodeType=HeadNode");
  expect(instances.body.instances).toHaveLength(1);
  expect((await call("DELETE", "/v3/clusters/pcluster")).status).toBe(202);
  await expect
    .poll(async () => (await call("GET", "/v3/clusters/pcluster")).status, {
      timeout: 60_000,
      interval: 500,
    })
    .toBe(404);
});
