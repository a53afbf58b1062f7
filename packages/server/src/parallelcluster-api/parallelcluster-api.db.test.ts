import { expect, test } from "vitest";
import { testSite } from "../clusters/testing/site.ts";
import { OPERATIONS } from "./document.ts";
import { asking, create, FILE, IMAGE, settled } from "./testing/asking.ts";
import { expectDocumented } from "./testing/documented.ts";

const BIGGER = FILE.replace("MaxCount: 4", "MaxCount: 8");
const IMPOSSIBLE = FILE.replace("debian13", "debian12");
const WRONG = FILE.replace("MaxCount: 4", "MaxCount: four");

test("a cluster lives from its creation to its end", async () => {
  await using site = await testSite();
  const ask = asking(site);
  await create(site, ask);
  const { body } = await ask("GET", "/v3/clusters/demo?region=local");
  expect(body).toMatchObject({
    clusterStatus: "CREATE_COMPLETE",
    cloudFormationStackStatus: "CREATE_COMPLETE",
    computeFleetStatus: expect.stringMatching(/STARTING|RUNNING/),
    headNode: { instanceId: "i-head", state: "running", privateIpAddress: "10.0.0.2" },
    tags: [],
  });
  const listed = await ask("GET", "/v3/clusters?clusterStatus=CREATE_COMPLETE,UPDATE_COMPLETE");
  expect(listed.body.clusters).toMatchObject([{ clusterName: "demo" }]);
  const failed = await ask("GET", "/v3/clusters?clusterStatus=CREATE_FAILED&region=local");
  expect(failed.body.clusters).toEqual([]);

  const update = await ask("PUT", "/v3/clusters/demo", { clusterConfiguration: BIGGER });
  expect(update.status).toBe(202);
  expect(update.body).toMatchObject({
    cluster: { clusterStatus: "UPDATE_IN_PROGRESS" },
    changeSet: [{ currentValue: "4", requestedValue: "8" }],
  });
  await settled(site);
  const after = await ask("GET", "/v3/clusters/demo");
  expect(after.body.clusterStatus).toBe("UPDATE_COMPLETE");

  const gone = await ask("DELETE", "/v3/clusters/demo");
  expect(gone).toMatchObject({
    status: 202,
    body: { cluster: { clusterStatus: "DELETE_IN_PROGRESS" } },
  });
  await settled(site);
  const none = await ask("GET", "/v3/clusters/demo");
  expect(none.status).toBe(404);
  expect(none.body.message).toMatch(/^Cluster 'demo' does not exist/);
  expect(site.audited.map(({ action, result }) => `${action} ${result}`)).toEqual([
    "parallelcluster.CreateCluster done",
    "parallelcluster.UpdateCluster done",
    "parallelcluster.DeleteCluster done",
  ]);
});

test("from the answer on a change is in progress, whatever the cloud has heard of it", async () => {
  await using site = await testSite();
  const ask = asking(site);
  site.cloud.hangAt = "network";
  const apply = site.cloud.infrastructure.apply;
  const { promise, resolve } = Promise.withResolvers<void>();
  site.cloud.infrastructure.apply = async (request, options) => {
    await promise;
    return apply(request, options);
  };
  await ask("POST", "/v3/clusters", { clusterName: "demo", clusterConfiguration: FILE });
  const early = await ask("GET", "/v3/clusters/demo");
  expect(early.body).toMatchObject({ clusterStatus: "CREATE_IN_PROGRESS" });
  const listed = await ask("GET", "/v3/clusters");
  expect(listed.body.clusters).toMatchObject([{ clusterStatus: "CREATE_IN_PROGRESS" }]);
  site.cloud.hangAt = undefined;
  site.cloud.failAt = "head";
  resolve();
  await settled(site);
  const failed = await ask("GET", "/v3/clusters/demo");
  expect(failed.body).toMatchObject({
    clusterStatus: "CREATE_FAILED",
    failures: [{ failureCode: "ClusterCreationFailure", failureReason: "the head can't be made" }],
  });
  const unknown = await ask("GET", "/v3/clusters/other");
  expect(unknown.status).toBe(404);
});

test("what was asked to stay after a failure stays", async () => {
  await using site = await testSite();
  site.cloud.failAt = "head";
  const body = { clusterName: "demo", clusterConfiguration: FILE };
  await asking(site)("POST", "/v3/clusters?rollbackOnFailure=false", body);
  await settled(site);
  expect(site.cloud.made("demo")).toContain("storage");
});

test("a dry run succeeds with 412 and touches nothing", async () => {
  await using site = await testSite();
  const ask = asking(site);
  const file = { clusterName: "demo", clusterConfiguration: FILE };
  const dry = await ask("POST", "/v3/clusters?dryrun=true", file);
  expect(dry).toMatchObject({
    status: 412,
    body: { message: "Request would have succeeded, but DryRun flag is set." },
  });
  expect(await site.cloud.infrastructure.list()).toEqual([]);
  await create(site, ask);
  const change = { clusterConfiguration: BIGGER };
  const update = await ask("PUT", "/v3/clusters/demo?dryrun=true", change);
  expect(update).toMatchObject({ status: 412, body: { changeSet: [{ requestedValue: "8" }] } });
  expect(await site.cloud.infrastructure.files("demo")).toHaveLength(1);
  const image = { imageId: "mine", imageConfiguration: IMAGE };
  site.cloud.openAccount();
  expect((await ask("POST", "/v3/images/custom?dryrun=true", image)).status).toBe(412);
  expect(await site.operations.list({ limit: 10 })).toHaveLength(1);
});

test("what is wrong with a file is told check by check", async () => {
  await using site = await testSite();
  const ask = asking(site);
  const body = { clusterName: "demo", clusterConfiguration: WRONG };
  const wrong = await ask("POST", "/v3/clusters", body);
  expect(wrong).toMatchObject({
    status: 400,
    body: {
      message: "Invalid cluster configuration.",
      configurationValidationErrors: [
        {
          type: "ConfigSchemaValidator",
          level: "ERROR",
          message: expect.stringMatching(/^line 14, Scheduling.SlurmQueues\[0\].*MaxCount: /),
        },
      ],
    },
  });
  const suppressed = "suppressValidators=type:NoSuchValidator";
  const unknown = await ask("POST", `/v3/clusters?${suppressed}`, {
    ...body,
    clusterConfiguration: FILE,
  });
  expect(unknown.body.message).toMatch(/^Bad Request: there is no check "NoSuchValidator"/);
  const all = "suppressValidators=ALL&validationFailureLevel=WARNING&dryrun=true";
  const strict = await ask("POST", `/v3/clusters?${all}`, { ...body, clusterConfiguration: FILE });
  expect(strict.status).toBe(412);
});

test("an update that can't be is a 400 with the changes and why", async () => {
  await using site = await testSite();
  const ask = asking(site);
  await create(site, ask);
  for (const query of ["", "?dryrun=true", "?forceUpdate=true"]) {
    const refused = await ask("PUT", `/v3/clusters/demo${query}`, {
      clusterConfiguration: IMPOSSIBLE,
    });
    expect(refused, query).toMatchObject({
      status: 400,
      body: {
        changeSet: [{ parameter: "Image.Os" }],
        updateValidationErrors: [
          { parameter: "Image.Os", currentValue: "debian13", requestedValue: "debian12" },
        ],
      },
    });
  }
  const same = await ask("PUT", "/v3/clusters/demo", { clusterConfiguration: FILE });
  expect(same.body.message).toBe("Bad Request: No changes found in your cluster configuration.");
});

test("names that are taken and clusters at work are conflicts", async () => {
  await using site = await testSite();
  const ask = asking(site);
  await create(site, ask);
  const again = { clusterName: "demo", clusterConfiguration: FILE };
  expect((await ask("POST", "/v3/clusters", again)).status).toBe(409);
  site.cloud.looksUntilUpdated = 1000;
  const change = { clusterConfiguration: BIGGER };
  await ask("PUT", "/v3/clusters/demo", change);
  const other = { clusterConfiguration: FILE.replace("MaxCount: 4", "MaxCount: 9") };
  expect((await ask("PUT", "/v3/clusters/demo", other)).status).toBe(409);
  site.cloud.looksUntilUpdated = 0;
  site.cloud.failUpdate = "enough of it";
  await site.operations.cancel((await site.operations.list({ limit: 1 }))[0]?.id ?? "");
  await settled(site);
});

test("requests are read as the document says", async () => {
  await using site = await testSite();
  const ask = asking(site);
  for (const [method, url, body] of [
    ["GET", "/v3/clusters?region=eu-west-1"],
    ["GET", "/v3/clusters?clusterStatus=SOMETHING"],
    ["GET", "/v3/clusters?nextToken=abc"],
    ["GET", "/v3/images/custom"],
    ["GET", "/v3/images/custom?imageStatus=NONE"],
    ["POST", "/v3/clusters?dryrun=maybe", { clusterName: "x", clusterConfiguration: FILE }],
    ["POST", "/v3/clusters", { clusterName: "x" }],
    ["POST", "/v3/clusters", { clusterName: "x", clusterConfiguration: 7 }],
    ["POST", "/v3/clusters", { clusterName: "x", clusterConfiguration: "" }],
    ["POST", "/v3/clusters", { clusterName: "../x", clusterConfiguration: FILE }],
    ["POST", "/v3/clusters", []],
    [
      "POST",
      "/v3/clusters",
      { clusterName: "x", clusterConfiguration: FILE.replace("local", "aws") },
    ],
    ["POST", "/v3/clusters?region=us-east-1", { clusterName: "x", clusterConfiguration: FILE }],
  ] as const) {
    const answer = await ask(method, url, body);
    expect(answer.status, `${url} ${JSON.stringify(body)}`).toBe(400);
    expect(answer.body.message).toEqual(expect.any(String));
  }
  const broken = await site.app.inject({
    method: "POST",
    url: "/v3/clusters",
    headers: { authorization: "Bearer root", "content-type": "application/json" },
    payload: "{",
  });
  expectDocumented("POST", "/v3/clusters", broken);
});

test("the fleet starts and stops, and its machines go", async () => {
  await using site = await testSite();
  const ask = asking(site);
  await create(site, ask);
  const fleet = "/v3/clusters/demo/computefleet";
  expect((await ask("PATCH", fleet, { status: "STOP_REQUESTED" })).status).toBe(204);
  await expect.poll(async () => (await ask("GET", fleet)).body.status).toBe("STOPPED");
  expect((await ask("PATCH", fleet, { status: "START_REQUESTED" })).status).toBe(204);
  const batch = await ask("PATCH", fleet, { status: "ENABLED" });
  expect(batch.body.message).toContain("for Slurm clusters");

  site.cloud.addMachine("demo", "main-dy-small-1", "main");
  const instances = "/v3/clusters/demo/instances";
  const all = (await ask("GET", instances)).body.instances;
  expect(all).toMatchObject([
    { nodeType: "HeadNode" },
    { nodeType: "ComputeNode", queueName: "main" },
  ]);
  const compute = await ask("GET", `${instances}?nodeType=ComputeNode&queueName=main`);
  expect(compute.body.instances).toHaveLength(1);
  const head = site.cloud.head("demo");
  const commands: (readonly string[])[] = [];
  const exec = head.exec.bind(head);
  head.exec = (request) => {
    if (request.argv[0] !== "scontrol") return exec(request);
    commands.push(request.argv);
    return { exitCode: 0, stdout: "", stderr: "" };
  };
  expect((await ask("DELETE", instances)).status).toBe(202);
  expect(commands).toEqual([
    ["scontrol", "update", "nodename=main-dy-small-1", "state=POWER_DOWN_FORCE"],
  ]);
  expect((await ask("DELETE", "/v3/clusters/gone/instances")).status).toBe(404);
  expect((await ask("DELETE", "/v3/clusters/gone/instances?force=true")).status).toBe(202);

  site.cloud.headAnswers = false;
  expect((await ask("GET", fleet)).body).toEqual({ status: "UNKNOWN" });
});

test("a cluster's file is shown to whoever has its link, as long as that is good", async () => {
  await using site = await testSite();
  await create(site, asking(site));
  const { body } = await asking(site)("GET", "/v3/clusters/demo");
  const url = new URL(body.clusterConfiguration.url);
  expect(url.origin).toBe("https://sluice.example");
  const get = (path: string) => site.app.inject({ url: path });
  const shown = await get(url.pathname + url.search);
  expect(shown.body).toBe(FILE);
  expect((await get(url.pathname)).statusCode).toBe(403);
  expect((await get(`${url.pathname.replace("/1", "/2")}${url.search}`)).statusCode).toBe(403);
  expect(
    (await get(`${url.pathname}${url.search.replace(/expires=\d+/, "expires=99999999999")}`))
      .statusCode,
  ).toBe(403);
  const user = await asking(site, "ada")("GET", "/v3/clusters/demo");
  expect(user.body.clusterConfiguration.url).toBe("NOT_AVAILABLE");
});

test("every operation wants somebody who may", async () => {
  await using site = await testSite();
  await create(site, asking(site));
  const filled = (path: string) =>
    path
      .replace(":clusterName", "demo")
      .replace(":imageId", "mine")
      .replace(":logStreamName", "head");
  for (const { method, path, id } of OPERATIONS) {
    const url = `${filled(path)}${id === "ListImages" ? "?imageStatus=AVAILABLE" : ""}`;
    expect((await asking(site, "nobody")(method, url)).status, id).toBe(401);
    if (url.includes("demo")) {
      // Of a cluster that one may not see, one does not learn that it is there.
      const unseen = (await asking(site, "eve")(method, url)).status;
      expect(unseen, id).toBeOneOf([404, 400]);
    }
    if (method !== "GET") expect((await asking(site, "reader")(method, url)).status, id).toBe(403);
  }
  expect((await asking(site, "olga")("DELETE", "/v3/clusters/demo")).status).toBe(403);
  expect((await asking(site, "eve")("GET", "/v3/clusters")).body.clusters).toEqual([]);
  expect(await site.cloud.infrastructure.list()).toHaveLength(1);
});
