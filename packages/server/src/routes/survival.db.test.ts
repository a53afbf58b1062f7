import type { Loss } from "@sluice/jobs";
import { clusterNotFound } from "@sluice/lifecycle";
import { SluiceError } from "@sluice/model";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { ClusterDirectory } from "../clusters/directory.ts";
import { serverConfigSchema } from "../config/schema.ts";
import { clock, person, startFrame } from "../http/testing/frame.ts";
import { survivalImplementations } from "./survival.ts";

const PEOPLE = {
  root: person("root", [{ role: "administrator", cluster: "*", account: "*" }]),
  olga: person("olga", [{ role: "operator", cluster: "*", account: "*" }]),
  ada: person("ada", [{ role: "user", cluster: "demo", account: "*" }]),
  eve: person("eve", [{ role: "administrator", cluster: "elsewhere", account: "*" }]),
};

/** Two heads of which the other one can be asked to lead, or not. */
async function site({ standsBy = true, name = "" } = {}) {
  const losses = new Map<string, Loss>();
  const asked: unknown[] = [];
  const answer = standsBy
    ? { resigned: true, to: "head-2" }
    : { error: { code: "HEAD_NO_STANDBY", source: "user", message: "nobody stands by" } };
  const cloud = {
    infrastructure: {
      describe: async () => ({ name: "demo", head: {}, status: "CREATE_COMPLETE" }),
    },
    shell: {
      exec: async (_: string, { argv }: { argv: readonly string[] }) => {
        asked.push(argv.slice(1));
        return { exitCode: standsBy ? 0 : 1, stdout: JSON.stringify(answer), stderr: "" };
      },
    },
  };
  const clusters = {
    get: async (cluster: string) => {
      if (cluster !== "demo") throw clusterNotFound(cluster);
      return { name: "demo", cloud, record: {} };
    },
    refresh: async () => {},
    clouds: async () => [{ cloud }],
  } as unknown as ClusterDirectory;
  const config = serverConfigSchema.parse({ ...(name === "" ? {} : { Site: { Name: name } }) });
  const frame = await startFrame({
    people: PEOPLE,
    implementations: survivalImplementations(
      {
        ...{ clusters, clock, config, metrics: new Registry() },
        presence: {} as never,
        facts: {} as never,
        failover: {
          declareLost: async (cluster, saidBy) => {
            const since = new Date(0);
            const loss = { cluster, state: "lost", saidBy, since, moved: 0, problem: undefined };
            if (!losses.has(cluster)) losses.set(cluster, loss as Loss);
          },
          letBack: async (cluster) => {
            const loss = losses.get(cluster);
            if (loss === undefined) throw new SluiceError("CLUSTER_NOT_LOST", "user", "it is not");
            losses.set(cluster, { ...loss, state: "returning" });
          },
          losses: async () => [...losses.values()],
          movedJobs: async (filter) => {
            asked.push(filter);
            return [
              {
                from: "a",
                fromJobId: 7,
                cluster: "b",
                jobId: undefined,
                unixUser: "ada",
                movedAt: undefined,
                isRefused: false,
              },
            ];
          },
        },
      },
      { events: {} as never },
    ),
  });
  const call = async (method: string, path: string, who?: string, body?: object) => {
    const headers = { "content-type": "application/json" };
    const init = { method, ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }) };
    const response = await frame.ask(path, who, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { frame, call, asked };
}

const LOST = "/api/v1/clusters/demo/lost";

test("a cluster is lost and comes back when an administrator says so, with its name", async () => {
  const { frame, call } = await site();
  await using _ = frame;
  const body = { clusterName: "demo" };
  expect((await call("POST", LOST, undefined, body)).status).toBe(401);
  expect((await call("POST", LOST, "olga", body)).status).toBe(403);
  expect((await call("POST", LOST, "eve", body)).status).toBe(404);
  expect(await call("POST", LOST, "root", { clusterName: "other" })).toMatchObject({
    ...{ status: 400, body: { code: "REQUEST_INVALID" } },
  });
  expect(await call("DELETE", LOST, "root")).toMatchObject({
    ...{ status: 409, body: { code: "CLUSTER_NOT_LOST" } },
  });
  expect(await call("POST", LOST, "root", body)).toMatchObject({
    status: 202,
    body: { cluster: "demo", state: "lost", saidBy: "root", moved: 0 },
  });
  const seen = async (who: string) => (await call("GET", "/api/v1/losses", who)).body.items;
  expect(await seen("ada")).toHaveLength(1);
  expect(await seen("eve")).toEqual([]);
  expect(await call("DELETE", LOST, "root")).toMatchObject({
    ...{ status: 202, body: { state: "returning" } },
  });
  expect(frame.audited.filter(({ result }) => result === "done")).toMatchObject([
    { action: "declareClusterLost", target: "cluster demo" },
    { action: "letClusterBack", target: "cluster demo" },
  ]);
});

test("jobs that were moved are told to their own user, and all of them to operators", async () => {
  const { frame, call, asked } = await site();
  await using _ = frame;
  const path = "/api/v1/moved-jobs?from=a";
  expect(await call("GET", path, "ada")).toMatchObject({
    body: { items: [{ from: "a", fromJobId: 7, cluster: "b", unixUser: "ada", refused: false }] },
  });
  await call("GET", path, "olga");
  expect(asked).toEqual([
    { from: "a", limit: 100, unixUser: "ada" },
    { from: "a", limit: 100 },
  ]);
});

test("operators have the other head lead, and hear why it does not", async () => {
  const path = "/api/v1/clusters/demo/fail-over";
  const { frame, call, asked } = await site();
  await using _ = frame;
  expect((await call("POST", path, "ada")).status).toBe(403);
  expect(await call("POST", path, "olga")).toMatchObject({
    ...{ status: 200, body: { moved: ["demo: head-2 leads"] } },
  });
  expect(asked).toEqual([["ctl", "resign"]]);
  const alone = await site({ standsBy: false });
  await using __ = alone.frame;
  expect(await alone.call("POST", path, "root")).toMatchObject({
    ...{ status: 409, body: { code: "HEAD_NO_STANDBY" } },
  });
});

test("a server of no site shows none", async () => {
  const { frame, call } = await site();
  await using _ = frame;
  expect((await call("GET", "/api/v1/site", "ada")).status).toBe(403);
  expect(await call("GET", "/api/v1/site", "root")).toMatchObject({
    ...{ status: 404, body: { code: "SITE_NOT_FOUND" } },
  });
});

/** A site whose database has no copy, with one cluster of two heads. */
function campus() {
  const now = new Date(0);
  const machine = (node: string, zone: string) => ({ node, offering: { zone }, state: "running" });
  const heads = [
    { machine: machine("head-1", "a"), zone: "a", role: "leading" },
    { machine: machine("head-2", "b"), zone: "b", role: "standing-by" },
  ];
  const file = `
Provider: local
Image: { Os: debian13 }
HeadNode: { InstanceType: local.head, Zone: a, Standby: {} }
Local: { Zones: [a, b] }
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - Name: cpu
      Networking: { Zones: [b] }
      ComputeResources: [{ Name: light, InstanceType: light.small, MaxCount: 2 }]
`;
  const text = "Provider: local\nZones: [a, b]\nClusters: [{ Name: demo, File: demo.yaml }]\n";
  const cluster = { name: "demo", status: "CREATE_COMPLETE", configText: file, head: {}, heads };
  const record = {
    ...{ name: "campus", status: "CREATE_COMPLETE", provider: "local", text, resources: {} },
    ...{ createdAt: now, updatedAt: now, url: "https://campus.example", clusters: {} },
    zones: ["a", "b"].map((name) => ({ name, state: "up" })),
    machines: ["a", "b"].map((zone) => ({ ...machine(`site-${zone}`, zone), isReady: true })),
  };
  const status = { role: "primary", primary: "site-a", inStep: [], trouble: null };
  const events = [
    { time: now, resource: "machine", status: "started", message: "site-b in zone b" },
  ];
  return {
    sites: {
      describe: async () => record,
      events: async () => events,
      exec: async () => ({ exitCode: 0, stdout: JSON.stringify(status), stderr: "" }),
    },
    infrastructure: { describe: async () => cluster },
    shell: { exec: async () => ({ exitCode: 0, stdout: '{"fleet":{}}', stderr: "" }) },
  };
}

test("a server of a site shows what could be lost now, what is wrong, and what happened", async () => {
  const cloud = campus();
  const server = { id: "1", host: "site-a", address: "x", version: "1", since: new Date(0) };
  const frame = await startFrame({
    people: PEOPLE,
    implementations: survivalImplementations(
      {
        clusters: {
          clouds: async () => [{ cloud }],
          get: async () => ({ name: "demo", cloud }),
        } as never,
        clock,
        metrics: new Registry(),
        config: serverConfigSchema.parse({ Site: { Name: "campus" } }),
        presence: {
          servers: async () => [{ ...server, isLeaving: false, silentSeconds: 1 }],
        } as never,
        facts: { serverId: "1" } as never,
        failover: { losses: async () => [] } as never,
      },
      {
        events: {
          of: async () => ({
            events: [
              {
                time: "2026-01-01T00:00:00Z",
                source: "fleet",
                kind: "head-took-over",
                message: "x",
              },
            ],
          }),
        } as never,
      },
    ),
  });
  await using _ = frame;
  expect((await frame.ask("/api/v1/site", "ada")).status).toBe(403);
  const seen = await (await frame.ask("/api/v1/site", "olga")).json();
  expect(seen).toMatchObject({
    zones: [
      // The only server that is known, and the only copy of the database.
      { name: "a", isLosable: false, ifLost: [{ kind: "database" }, { kind: "servers" }] },
      {
        ...{ name: "b", isLosable: true },
        ifLost: [{ kind: "queues", cluster: "demo", queues: ["cpu"] }],
      },
    ],
    clusters: [{ name: "demo", answers: true, standingBy: ["head-2"] }],
    servers: [{ host: "site-a", state: "alive", isThis: true }],
    issues: [{ kind: "database-alone", severity: "warning", machine: "site-a" }],
  });
  const told = await (await frame.ask("/api/v1/site/events?limit=5", "olga")).json();
  expect(told).toMatchObject({
    items: [{ kind: "head-took-over", cluster: "demo" }, { kind: "machine" }],
    incomplete: [],
  });
});
