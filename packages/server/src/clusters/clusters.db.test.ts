import { expect, test, vi } from "vitest";
import { BIGGER, created, FILE, IMPOSSIBLE } from "./testing/created.ts";
import { type Site, testSite } from "./testing/site.ts";

test("a cluster is created in the background, updated and deleted, and each step is kept", async () => {
  await using site = await testSite();
  const id = await created(site);
  const shown = (await site.ask("root", "GET", `/api/v1/operations/${id}`)).json();
  expect(shown).toMatchObject({ kind: "create-cluster", cluster: "demo", state: "done" });
  const heads = shown.progress.filter(({ resource }: { resource: string }) => resource === "head");
  expect(heads.map(({ status }: { status: string }) => status)).toEqual(["started", "done"]);
  expect(site.published.map(({ topic, kind }) => `${topic} ${kind}`)).toEqual(
    expect.arrayContaining(["operation created", "operation progress", "operation changed"]),
  );
  expect(site.audited[0]).toMatchObject({
    action: "createCluster",
    target: "cluster demo",
    result: "done",
    detail: { operation: id },
  });

  const followed = await site.ask("ada", "GET", `/api/v1/operations/${id}/follow`);
  const told = followed.body.trim().split("\n\n");
  expect(told[0]).toMatch(/^id: 1\ndata: \{"line":\{"number":1,/);
  expect(told.at(-1)).toMatch(/^event: ended\ndata: \{"operation":\{.*"state":"done"/);

  const listed = (await site.ask("ada", "GET", "/api/v1/clusters")).json();
  expect(listed.items).toMatchObject([
    { clusterName: "demo", clusterStatus: "CREATE_COMPLETE", role: "user", region: "local" },
  ]);

  const update = { clusterConfiguration: BIGGER };
  const plan = (await site.ask("root", "POST", "/api/v1/clusters/demo/plan", update)).json();
  expect(plan).toMatchObject({
    effect: "live",
    addedNodes: expect.arrayContaining([expect.any(String)]),
  });
  const put = (await site.ask("root", "PUT", "/api/v1/clusters/demo", update)).json();
  expect(await site.ended(put.id)).toMatchObject({ state: "done", result: { fileVersion: 2 } });
  const file = (await site.ask("root", "GET", "/api/v1/clusters/demo/file")).json();
  expect(file).toMatchObject({ version: 2, text: BIGGER });
  const first = (await site.ask("root", "GET", "/api/v1/clusters/demo/file?version=1")).json();
  expect(first).toMatchObject({ version: 1, text: FILE });

  const gone = (await site.ask("root", "DELETE", "/api/v1/clusters/demo")).json();
  expect(await site.ended(gone.id)).toMatchObject({ state: "done" });
  expect((await site.ask("root", "GET", "/api/v1/clusters/demo")).statusCode).toBe(404);
  expect(site.published.map(({ topic, kind }) => `${topic} ${kind}`)).toContain("cluster deleted");
});

test("a file that is refused comes back with its findings and their places", async () => {
  await using site = await testSite();
  const clusterConfiguration = FILE.replace("MaxCount: 4", "MaxCount: four");
  const body = { clusterName: "demo", clusterConfiguration };
  const answer = await site.ask("root", "POST", "/api/v1/clusters", body);
  expect(answer.statusCode).toBe(400);
  expect(answer.json()).toMatchObject({
    code: "CLUSTER_FILE_INVALID",
    findings: [{ line: 14, path: expect.stringContaining("MaxCount") }],
  });
  const judged = await site.ask("ada", "POST", "/api/v1/cluster-files/validate", {
    clusterConfiguration,
  });
  expect(judged.json()).toMatchObject({ valid: false, findings: [{ line: 14 }] });
  const large = { clusterConfiguration: `${FILE}${"# \n".repeat(30_000)}` };
  const check = "/api/v1/cluster-files/validate";
  expect((await site.ask("ada", "POST", check, large)).statusCode).toBe(413);
  expect((await site.ask("root", "POST", check, large)).json()).toMatchObject({ valid: true });
  expect(await site.operations.list({ limit: 10 })).toEqual([]);
});

test("a plan says what would be made and cost, and makes nothing", async () => {
  await using site = await testSite();
  const body = { clusterName: "demo", clusterConfiguration: FILE };
  const plan = (await site.ask("root", "POST", "/api/v1/cluster-files/plan", body)).json();
  expect(plan.steps).toHaveLength(4);
  expect(plan.cost.most).toBeGreaterThanOrEqual(plan.cost.least);
  expect(await site.cloud.infrastructure.list()).toEqual([]);
});

test("what a cluster can't have is refused at once", async () => {
  await using site = await testSite();
  await created(site);
  const body = { clusterConfiguration: IMPOSSIBLE };
  const answer = await site.ask("root", "PUT", "/api/v1/clusters/demo", body);
  expect(answer.statusCode).toBe(409);
  expect(answer.json()).toMatchObject({
    code: "UPDATE_CONFLICT",
    updateValidationErrors: [{ parameter: "Image.Os" }],
  });
});

test("200 who look at events, each at other ones, weigh like one", async () => {
  await using site = await testSite();
  await created(site);
  const asked = vi.spyOn(site.cloud.infrastructure, "events");
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      site.ask("olga", "GET", `/api/v1/clusters/demo/events?limit=${index + 1}`),
    ),
  );
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(200).fill(200));
  expect(answers[0]?.json().items).toHaveLength(1);
  expect(answers[199]?.json().items.length).toBeGreaterThan(1);
  expect(asked).toHaveBeenCalledTimes(1);
  const none = await site.ask("olga", "GET", "/api/v1/clusters/demo/events?node=nowhere");
  expect(none.json().items).toEqual([]);
});

test("what one may not see is not there, and what one may not do is refused", async () => {
  await using site = await testSite();
  await created(site);
  const status = async (...asked: Parameters<Site["ask"]>) => (await site.ask(...asked)).statusCode;
  expect(await status(undefined, "GET", "/api/v1/clusters")).toBe(401);
  expect((await site.ask("eve", "GET", "/api/v1/clusters")).json().items).toEqual([]);
  for (const path of ["", "/nodes", "/queues", "/top", "/events", "/logs/head", "/file", "/cost"]) {
    expect(await status("eve", "GET", `/api/v1/clusters/demo${path}`), path).toBe(404);
  }
  expect(await status("eve", "DELETE", "/api/v1/clusters/demo")).toBe(404);
  for (const path of ["/events", "/logs", "/logs/head", "/file", "/file/versions"]) {
    expect(await status("ada", "GET", `/api/v1/clusters/demo${path}`), path).toBe(403);
    expect(await status("olga", "GET", `/api/v1/clusters/demo${path}`), path).toBe(200);
  }
  expect(await status("olga", "DELETE", "/api/v1/clusters/demo")).toBe(403);
  expect(await status("olga", "POST", "/api/v1/clusters/demo/stop")).toBe(403);
  expect(await status("reader", "DELETE", "/api/v1/clusters/demo")).toBe(403);
  const [operation] = await site.operations.list({ limit: 1 });
  const at = `/api/v1/operations/${operation?.id}`;
  expect(operation?.kind).toBe("create-cluster");
  expect(await status("eve", "GET", at)).toBe(404);
  expect(await status("ada", "GET", at)).toBe(200);
  expect(await status("ada", "POST", `${at}/cancel`)).toBe(403);
  expect((await site.ask("eve", "GET", "/api/v1/operations")).json().items).toEqual([]);
});

test("nodes and queues say what they do, and others' jobs are numbers", async () => {
  await using site = await testSite();
  await created(site);
  const head = site.cloud.head("demo");
  const node = (number: number, state: string, machineId: string | null) => ({
    name: `main-dy-small-${number}`,
    queue: "main",
    computeResource: "small",
    state,
    reason: null,
    machineId,
    address: null,
  });
  head.nodes = [
    node(1, "MIXED+CLOUD", "i-1"),
    node(2, "IDLE+CLOUD+POWERED_DOWN", null),
    node(10, "ALLOCATED+CLOUD+POWERING_UP", "i-10"),
    node(3, "IDLE+CLOUD+DRAIN", "i-3"),
  ];
  const job = (id: string, user: string, state: string, nodes: string, reason = "None") => ({
    ...{ id, name: "x", user, partition: "main", state, reason, nodes },
    ...{ nodeCount: 1, elapsed: 0 },
  });
  head.jobs = [
    job("1", "ada", "RUNNING", "main-dy-small-[1,3]"),
    job("2", "ben", "RUNNING", "main-dy-small-1"),
    job("3", "ben", "PENDING", "", "Resources"),
  ];
  const { items } = (await site.ask("ada", "GET", "/api/v1/clusters/demo/nodes")).json();
  expect(
    items.map(({ name, does, jobs, jobCount }: Record<string, unknown>) => [
      name,
      does,
      jobs,
      jobCount,
    ]),
  ).toEqual([
    ["main-dy-small-1", "busy", ["1"], 2],
    ["main-dy-small-2", "off", [], 0],
    ["main-dy-small-3", "drained", ["1"], 1],
    ["main-dy-small-10", "starting", [], 0],
  ]);
  const page = (await site.ask("ada", "GET", "/api/v1/clusters/demo/nodes?limit=3")).json();
  expect(page).toMatchObject({ total: 4, next: "main-dy-small-3" });
  const rest = await site.ask("ada", "GET", `/api/v1/clusters/demo/nodes?cursor=${page.next}`);
  expect(rest.json().items).toMatchObject([{ name: "main-dy-small-10" }]);
  const drained = await site.ask("ada", "GET", "/api/v1/clusters/demo/nodes?state=drain");
  expect(drained.json().items).toMatchObject([{ name: "main-dy-small-3" }]);
  const starting = await site.ask("ada", "GET", "/api/v1/clusters/demo/nodes?does=starting");
  expect(starting.json().items).toMatchObject([{ name: "main-dy-small-10" }]);

  const map = (await site.ask("ada", "GET", "/api/v1/clusters/demo/node-map")).json();
  expect(map.groups).toEqual([
    {
      queue: "main",
      computeResource: "small",
      spans: [
        { prefix: "main-dy-small-", first: 1, does: "bod" },
        { prefix: "main-dy-small-", first: 10, does: "s" },
      ],
    },
  ]);
  const shared = "/api/v1/clusters/demo/nodes/main-dy-small-1";
  const work = async (who: "ada" | "olga") => (await site.ask(who, "GET", shared)).json();
  expect(await work("ada")).toMatchObject({ jobCount: 2, work: [{ id: "1", user: "ada" }] });
  expect((await work("olga")).work).toMatchObject([{ id: "1" }, { id: "2", user: "ben" }]);
  expect((await site.ask("ada", "GET", `${shared}0000`)).json().code).toBe("NODE_NOT_FOUND");
  expect((await site.ask("eve", "GET", shared)).statusCode).toBe(404);

  const queues = (await site.ask("ada", "GET", "/api/v1/clusters/demo/queues")).json();
  expect(queues.items).toMatchObject([
    {
      name: "main",
      nodes: { total: 4, busy: 1, off: 1, starting: 1, drained: 1 },
      jobs: { running: 2, waiting: 1 },
      waiting: [{ reason: "Resources", count: 1 }],
    },
  ]);
  const top = async (who: "ada" | "olga") =>
    (await site.ask(who, "GET", "/api/v1/clusters/demo/top")).json().jobs;
  expect(await top("ada")).toMatchObject([{ id: "1" }]);
  expect(await top("olga")).toHaveLength(3);

  head.explanations.set("1", explanation("1")).set("2", explanation("2"));
  const explain = async (who: "ada" | "olga", id: string) =>
    (await site.ask(who, "GET", `/api/v1/clusters/demo/explain?job=${id}`)).statusCode;
  expect(await explain("ada", "1")).toBe(200);
  expect(await explain("ada", "2")).toBe(404);
  expect(await explain("olga", "2")).toBe(200);
  const neither = await site.ask("ada", "GET", "/api/v1/clusters/demo/explain");
  expect(neither.statusCode).toBe(400);
});

function explanation(name: string) {
  return {
    subject: { kind: "job" as const, name, jobId: Number(name) },
    ...{ time: "2026-01-05T08:00:00Z", stale: null, state: "PENDING" },
    ...{ why: ["it waits"], tried: [], left: [], next: [] },
  };
}

test("nodes are changed by operators, with words that stay words", async () => {
  await using site = await testSite();
  await created(site);
  const head = site.cloud.head("demo");
  const base = { queue: "main", computeResource: "small", state: "IDLE", reason: null };
  head.nodes = [1, 2].map((n) => ({ ...base, name: `n${n}`, machineId: null, address: null }));
  const commands: (readonly string[])[] = [];
  const exec = head.exec.bind(head);
  head.exec = (request) => {
    if (request.argv[0] !== "scontrol") return exec(request);
    commands.push(request.argv);
    return { exitCode: 0, stdout: "", stderr: "" };
  };
  const update = (who: "ada" | "olga", body: object) =>
    site.ask(who, "POST", "/api/v1/clusters/demo/nodes/update", body);
  const drain = { nodes: ["n1", "n2"], action: "drain", reason: "bad disk; $(reboot) state=idle" };
  expect((await update("ada", drain)).statusCode).toBe(403);
  expect((await update("olga", drain)).statusCode).toBe(200);
  expect(commands).toEqual([
    [
      "scontrol",
      "update",
      "nodename=n[1-2]",
      "state=DRAIN",
      "reason=bad disk; $(reboot) state=idle (olga)",
    ],
  ]);
  expect((await update("olga", { nodes: ["n1"], action: "drain" })).statusCode).toBe(400);
  const forged = { nodes: ["n1"], action: "drain", reason: "sluice: powered down" };
  expect((await update("olga", forged)).json().code).toBe("NODE_REASON_INVALID");
  const lines = { nodes: ["n1"], action: "drain", reason: "a\nstate=idle" };
  expect((await update("olga", lines)).json().code).toBe("NODE_REASON_INVALID");
  for (const name of ["n3", "n1 state=down", "n1,n2", "--help"]) {
    const unknown = await update("olga", { nodes: [name], action: "resume" });
    expect(unknown.json(), name).toMatchObject({ status: 404, code: "NODE_NOT_FOUND" });
  }
  expect(commands).toHaveLength(1);
  expect(site.audited.at(-1)).toMatchObject({ action: "updateNodes", result: "refused" });
});

test("logs are read and followed", async () => {
  await using site = await testSite();
  await created(site);
  const read = await site.ask("olga", "GET", "/api/v1/clusters/demo/logs/slurmctld?lines=5");
  expect(read.headers["content-type"]).toMatch(/^text\/plain/);
  expect(read.body).toBe("slurmctld: started\nslurmctld: running\n");
  const none = await site.ask("olga", "GET", "/api/v1/clusters/demo/logs/nothing");
  expect(none.json()).toMatchObject({ status: 404, code: "LOG_SOURCE_NOT_FOUND" });
  const sources = await site.ask("olga", "GET", "/api/v1/clusters/demo/logs");
  expect(sources.json().sources).toContain("slurmctld");

  const streamed = await site.app.inject({
    url: "/api/v1/clusters/demo/logs/slurmctld/follow",
    headers: { authorization: "Bearer olga" },
    payloadAsStream: true,
  });
  const stream = streamed.stream();
  let text = "";
  for await (const chunk of stream) {
    text += chunk;
    if (text.includes("running")) break;
  }
  expect(text).toMatch(/^data: \{"text":"slurmctld: started\\nslurmctld: running\\n"\}\n\n/);
});
