import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applicationsRoutes, type ProblemError, type RunView, runsRoutes } from "@sluice/api";
import { afterAll, expect, test } from "vitest";
import { ask, clientOf, type Person, serverSite, siteOfServer } from "./site.ts";

const cluster = "demo";
const APPLICATION = `Name: e2e-heat
Title: Heat
Fields:
  - { Name: deck, Type: file, Required: true }
  - { Name: word, Type: text }
  - { Name: seconds, Type: integer, Default: 0 }
Options: { partition: burst }
Script: |
  #!/bin/bash
  cat {{deck}}
  printf '<%s>' {{word}}
  sleep {{seconds}}
`;

const made: string[] = [];
afterAll(async () => {
  for (const run of made) {
    const removing = clientOf("ada").call(runsRoutes.deleteRun, { params: { run } });
    await removing.catch(() => undefined);
  }
  const params = { application: "e2e-heat" };
  await clientOf("ada").call(applicationsRoutes.deleteApplication, { params });
});

const show = (person: Person, run: string) =>
  clientOf(person).call(runsRoutes.getRun, { params: { run } });
const until = (run: string, state: string): Promise<RunView> =>
  siteOfServer().cluster.until(
    `run ${run} to be ${state}`,
    async () => {
      const found = await show("ada", run);
      return found.state === state && found;
    },
    90,
  );
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    ({ problem }: ProblemError) => `${problem.status} ${problem.code}`,
  );

async function draft(name: string, word: string, seconds = 0): Promise<RunView> {
  const ada = clientOf("ada");
  const run = await ada.call(runsRoutes.createRun, {
    body: {
      ...{ application: "e2e-heat", cluster, name, draft: true },
      values: { deck: "inputs/deck", word, seconds },
    },
  });
  made.push(run.id);
  await ada.call(runsRoutes.uploadRunInput, {
    params: { run: run.id, name: "deck" },
    content: "the deck\n",
  });
  return run;
}

async function text(person: Person, run: string, path: string): Promise<string> {
  const query = { path };
  return (await clientOf(person).stream(runsRoutes.readRunFile, { params: { run }, query })).text();
}

test("those that come along are there, with choices of the cluster", async () => {
  const { items } = await clientOf("ada").call(applicationsRoutes.listApplications, {});
  expect(items.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["array", "classic", "mpi", "python", "script"]),
  );
  const { fields } = await clientOf("ada").call(applicationsRoutes.getApplicationChoices, {
    params: { application: "classic", cluster },
  });
  expect(fields.find(({ field }) => field === "queue")?.choices.map(({ value }) => value)).toEqual(
    expect.arrayContaining(["burst", "cpu"]),
  );
});

test("a run goes from its form to its output, and a value stays one argument", async () => {
  const ada = clientOf("ada");
  const saved = await ada.call(applicationsRoutes.saveApplication, { body: { text: APPLICATION } });
  expect(saved).toMatchObject({ name: "e2e-heat", version: 1 });
  const params = { application: "e2e-heat" };
  await ada.call(applicationsRoutes.publishApplication, { params, body: { version: 1 } });

  const word = `a'b" $(touch /tmp/broken) \`id\` \\ *`;
  const { id, folder } = await draft("first try", word);
  const submit = () => ada.call(runsRoutes.submitRun, { params: { run: id } });
  const [one, two] = await Promise.all([submit(), submit()]);
  expect(one.jobId ?? two.jobId).toBeGreaterThan(0);
  const done = await until(id, "done");
  expect(done.jobState).toBe("COMPLETED");
  expect(await text("ada", id, "output.log")).toBe(`the deck\n<${word}>`);
  const owner = await siteOfServer().cluster.ok("root", `stat -c '%U %a' '${folder}'`);
  expect(owner).toBe("ada 700");

  // Nobody else's, until it is shared; and then to be read only.
  expect(await codeOf(show("ben", id))).toBe("404 RUN_NOT_FOUND");
  expect(await codeOf(show("olga", id))).toBe("done");
  await ada.call(runsRoutes.shareRun, {
    ...{ params: { run: id }, body: { shares: [{ kind: "user", name: "ben" }] } },
  });
  expect(await text("ben", id, "output.log")).toContain("the deck");
  expect(await codeOf(text("ben", id, "../../../.bashrc"))).toBe("403 FILE_OUTSIDE");
  expect(await codeOf(clientOf("ben").call(runsRoutes.deleteRun, { params: { run: id } }))).toBe(
    "403 NOT_ALLOWED",
  );
  const archive = await ask(`/api/v1/runs/${id}/archive?format=zip`, "ben");
  expect(
    Buffer.from(await archive.arrayBuffer())
      .subarray(0, 2)
      .toString(),
  ).toBe("PK");

  const again = await ada.call(runsRoutes.rerunRun, {
    ...{ params: { run: id }, body: { values: { word: "again" } } },
  });
  made.push(again.id);
  await until(again.id, "done");
  expect(await text("ada", again.id, "output.log")).toBe("the deck\n<again>");
});

test("values and jobs that can't be are told, field by field", async () => {
  const ada = clientOf("ada");
  const body = { application: "e2e-heat", cluster, values: { seconds: "x", nothing: 1 } };
  const response = await ask("/api/v1/runs", "ada", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({
    code: "RUN_VALUES_INVALID",
    errors: expect.arrayContaining([{ path: "values.seconds", message: "a number is wanted" }]),
  });
  const { errors } = await ada.call(runsRoutes.previewRun, { body });
  expect(errors.map(({ field }) => field)).toEqual(["nothing", "deck", "seconds"]);
  const refused = ada.call(runsRoutes.createRun, {
    body: { application: "classic", cluster, values: { executable: "true", queue: "none" } },
  });
  expect(await codeOf(refused)).toBe("422 SLURM_REFUSED");
  const { items } = await ada.call(runsRoutes.listRuns, { query: { application: "classic" } });
  expect(items[0]).toMatchObject({ state: "failed", error: { code: "SLURM_REFUSED" } });
  for (const { id } of items) made.push(id);
  expect(await codeOf(clientOf("rita").call(runsRoutes.createRun, { body }))).toBe(
    "403 NOT_ALLOWED",
  );
});

test("while its job lives it is followed and not removed", async () => {
  const ada = clientOf("ada");
  const { id } = await draft("long", "waiting", 120);
  await ada.call(runsRoutes.submitRun, { params: { run: id } });
  await until(id, "running");
  const over = new AbortController();
  const query = { path: "output.log" };
  const request = { params: { run: id }, query, signal: over.signal };
  let seen = "";
  for await (const { event, data } of ada.events(runsRoutes.followRunFile, request)) {
    if (event === "output") seen += Buffer.from(data.base64, "base64").toString();
    if (seen.includes("<waiting>")) over.abort();
  }
  const remove = () => ada.call(runsRoutes.deleteRun, { params: { run: id } });
  expect(await codeOf(remove())).toBe("409 RUN_JOB_LIVES");
  await ada.call(runsRoutes.cancelRun, { params: { run: id } });
  await until(id, "cancelled");
  expect(await codeOf(remove())).toBe("done");
  expect(await codeOf(show("ada", id))).toBe("404 RUN_NOT_FOUND");
});

test("the command line does the same", async () => {
  const { site } = siteOfServer();
  const { url, tokens } = serverSite();
  const env = { SLUICE_SERVER: url, SLUICE_TOKEN: tokens.ada };
  const file = join(site.run.folder, "deck from here");
  writeFileSync(file, "from here\n");
  const args = ["--set", "word=x y", "--upload", `deck=${file}`, "-n", cluster];
  const submitted = await site.sluice(["apps", "submit", "e2e-heat", ...args], { env });
  expect(submitted.code, submitted.stderr).toBe(0);
  const { id } = submitted.json<RunView>();
  made.push(id);
  await until(id, "done");
  const output = await site.sluice(["runs", "output", id], { env });
  expect(output.stdout).toBe("from here\n<x y>");
  const archive = join(site.run.folder, "run.tar.gz");
  await site.sluice(["runs", "download", id, "--output-file", archive], { env });
  expect(readFileSync(archive).length).toBeGreaterThan(200);
  const dry = await site.sluice(["apps", "submit", "e2e-heat", "--dry-run"], { env });
  expect(dry.code).toBe(2);
  expect((await site.sluice(["runs", "remove", id], { env })).code).toBe(0);
});
