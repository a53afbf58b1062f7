import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { type TestDatabase, testDatabase } from "@sluice/database/testing";
import { startTestWorker, type TestWorker } from "@sluice/gateway/testing";
import { type Clock, SluiceError } from "@sluice/model";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createApplications } from "../applications/index.ts";
import type { Runs, RunViewer } from "./contract.ts";
import { createRuns } from "./runs.ts";
import { RunSlurm } from "./testing/run-slurm.ts";

const BEGIN = Date.parse("2030-01-01T12:00:00Z");
const DAY = 86_400_000;

const APPLICATION = `Name: heat
Title: Heat
KeepFor: 10d
Fields:
  - { Name: input, Type: file, Stage: copy, Required: true }
  - { Name: steps, Type: integer, Min: 1, Default: 5 }
  - { Name: queue, Type: queue }
Options: { partition: "{{queue}}" }
Script: |
  cat {{input}}
  echo {{steps}}
`;

let database: TestDatabase;
let worker: TestWorker;
let slurm: RunSlurm;
let runs: Runs;
let now = BEGIN;
const clock: Clock = { now: () => new Date(now), sleep: async () => {} };
const signal = new AbortController().signal;

const who = (name: string, more: Partial<RunViewer> = {}): RunViewer => ({
  ...{ id: `id-${name}`, name, groups: [], isAdministrator: false, unixUser: name, operates: [] },
  ...more,
});
const ada = who("ada");
const ben = who("ben", { groups: ["chem"] });
const operator = who("oma", { operates: ["demo"] });
const wish = (more: object = {}) => ({
  application: "heat",
  cluster: "demo",
  name: "Wärme 1",
  values: { input: "inputs/deck" },
  ...more,
});
const code = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { code?: string }) => error.code,
  );

beforeAll(async () => {
  database = await testDatabase();
  worker = await startTestWorker();
  const random = { id: randomUUID };
  const applications = createApplications({ database: database.database, clock, random });
  await applications.save(ada, APPLICATION);
  await applications.publish(ada, "heat", 1);
  await applications.share(ada, "heat", [{ kind: "everyone", name: "", access: "use" }]);
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  now = BEGIN;
  slurm = new RunSlurm(new Date(BEGIN));
  runs = made();
  await database.database.deleteFrom("runs").execute();
  await rm(join(worker.home, "sluice"), { recursive: true, force: true });
});

function made(): Runs {
  const random = { id: randomUUID };
  return createRuns({
    database: database.database,
    applications: createApplications({ database: database.database, clock, random }),
    submissions: slurm,
    jobs: {
      find: async (_, jobId) => slurm.jobs.get(jobId),
      isLive: async (_, jobId) => {
        if (slurm.isAway) throw new SluiceError("SLURM_UNREACHABLE", "system", "away");
        return slurm.jobs.get(jobId)?.isLive ?? false;
      },
    },
    gateway: async () => ({ user: () => worker.user }),
    clock,
    random,
    settings: { base: "~/sluice/runs", keepSeconds: 86_400 },
  });
}

describe("a run", () => {
  test("is a folder with its inputs, its script and its job", async () => {
    const draft = await runs.draft(ada, wish());
    expect(draft.folder).toMatch(/\/sluice\/runs\/2030-01-01-Warme-1-[0-9a-f]{8}$/);
    await runs.upload(ada, draft.id, "deck", Readable.from("some input"));
    const run = await runs.submit(ada, draft.id);
    expect(run).toMatchObject({ state: "queued", jobId: 100 });
    expect(slurm.submitted[0]).toMatchObject({
      unixUser: "ada",
      idempotencyKey: `run:${run.id}`,
      job: {
        by: "sbatch",
        script: "#!/bin/bash\ncat 'inputs/deck'\necho 5\n",
        options: ["--job-name=Wärme 1", "--output=output.log"],
        workingDirectory: run.folder,
      },
    });
    expect((await readdir(run.folder)).sort()).toEqual(["inputs", "run.json", "script.sh"]);
    expect(JSON.parse(await readFile(join(run.folder, "run.json"), "utf8"))).toMatchObject({
      id: run.id,
      values: { input: "inputs/deck" },
    });
    // A second time changes nothing.
    expect(await runs.submit(ada, draft.id)).toMatchObject({ jobId: 100 });
    expect(slurm.submitted).toHaveLength(1);
    const output = await runs.file(ada, run.id, "inputs/deck");
    const { content } = await output.worker.read(output.path);
    expect(await text(content)).toBe("some input");
    expect((await buffer(await runs.archive(ada, run.id, "tar.gz"))).length).toBeGreaterThan(100);
  });

  test("follows its job and says only what Slurm said", async () => {
    const { id } = await runs.start(ada, wish());
    slurm.become(100, "running", "RUNNING");
    await runs.pass(signal);
    expect(await runs.get(ada, id)).toMatchObject({ state: "running", startedAt: new Date(BEGIN) });
    slurm.jobs.delete(100);
    await runs.pass(signal);
    expect(await runs.get(ada, id)).toMatchObject({ state: "running", jobState: "RUNNING" });
    const endedAt = new Date(BEGIN + 5000);
    slurm.become(100, "failed", "OUT_OF_MEMORY", endedAt);
    await runs.pass(signal);
    expect(await runs.get(ada, id)).toMatchObject({
      ...{ state: "failed", jobState: "OUT_OF_MEMORY", endedAt },
      expiresAt: new Date(BEGIN + 5000 + 10 * DAY),
    });
  });

  test("is one job, whatever is lost or dies in between", async () => {
    slurm.faults.push("answer", "request");
    expect(await code(runs.start(ada, wish({ clientKey: "k" })))).toBe("SLURM_UNREACHABLE");
    expect(slurm.submitted).toHaveLength(1);
    // The client asks again, another process goes on, and both at once.
    expect(await code(runs.start(ada, wish({ clientKey: "k" })))).toBe("SLURM_UNREACHABLE");
    now += 60_000;
    const again = made();
    await Promise.all([
      again.pass(signal),
      runs.pass(signal),
      code(runs.start(ada, wish({ clientKey: "k" }))),
    ]);
    const { runs: listed } = await runs.list(ada, { of: "own", limit: 10 });
    expect(listed).toMatchObject([{ state: "queued", jobId: 100 }]);
    expect(slurm.submitted).toHaveLength(1);
    const other = wish({ clientKey: "k", values: { input: "b" } });
    expect(await code(runs.start(ada, other))).toBe("IDEMPOTENCY_KEY_REUSED");
  });

  test("started many times at once with one key is one run", async () => {
    const starts = Array.from({ length: 6 }, () => runs.start(ada, wish({ clientKey: "many" })));
    const started = await Promise.all(starts);
    expect(new Set(started.map(({ id }) => id)).size).toBe(1);
    expect(slurm.submitted).toHaveLength(1);
  });

  test("that Slurm refuses failed, with its words", async () => {
    slurm.faults.push("refused");
    expect(await code(runs.start(ada, wish()))).toBe("SLURM_REFUSED");
    const [run] = (await runs.list(ada, { of: "own", limit: 10 })).runs;
    expect(run).toMatchObject({ state: "failed", error: { message: "no such partition" } });
  });

  test("with values that do not fit leaves nothing behind", async () => {
    const values = { steps: 0, queue: "a b" };
    expect(await code(runs.start(ada, wish({ values })))).toBe("RUN_VALUES_INVALID");
    expect((await runs.list(ada, { of: "own", limit: 10 })).total).toBe(0);
    expect(existsSync(join(worker.home, "sluice"))).toBe(false);
    const { errors } = await runs.preview(ada, wish({ values }));
    expect(errors.map(({ field }) => field)).toEqual(["input", "steps", "queue"]);
    const preview = await runs.preview(ada, wish({ values: { input: "a'b", queue: "q" } }));
    expect(preview.job?.script).toBe("#!/bin/bash\ncat 'a'\\''b'\necho 5\n");
  });

  test("is made again with changes and its inputs", async () => {
    const draft = await runs.draft(ada, wish());
    await runs.upload(ada, draft.id, "deck", Readable.from("one"));
    await runs.submit(ada, draft.id);
    const again = await runs.rerun(ada, draft.id, { name: "again", values: { steps: 9 } });
    expect(again).toMatchObject({ name: "again", state: "queued", values: { steps: 9 } });
    expect(again.folder).not.toBe(draft.folder);
    expect(await readFile(join(again.folder, "inputs/deck"), "utf8")).toBe("one");
  });

  test("has copies of inputs where the application wants them", async () => {
    await writeFile(join(worker.home, "my deck"), "mine");
    const run = await runs.start(ada, wish({ values: { input: "~/my deck" } }));
    expect(await readFile(join(run.folder, "inputs/my deck"), "utf8")).toBe("mine");
    expect(slurm.submitted[0]?.job).toMatchObject({
      script: "#!/bin/bash\ncat 'inputs/my deck'\necho 5\n",
    });
    expect(await code(runs.start(ada, wish({ values: { input: "~/none" } })))).toBe(
      "FILE_NOT_FOUND",
    );
    const [failed] = (await runs.list(ada, { of: "own", limit: 10, states: ["draft"] })).runs;
    expect(failed).toMatchObject({ state: "draft", error: { code: "FILE_NOT_FOUND" } });
  });
});

describe("who may see a run", () => {
  test("its owner, operators, and for whom it is shared with; who changes it is its owner", async () => {
    const { id } = await runs.start(ada, wish());
    expect(await code(runs.get(ben, id))).toBe("RUN_NOT_FOUND");
    expect(await code(runs.get(operator, id))).toBe("done");
    expect(await code(runs.get(who("omo", { operates: ["other"] }), id))).toBe("RUN_NOT_FOUND");
    await runs.share(ada, id, [{ kind: "group", name: "chem" }]);
    expect(await runs.get(ben, id)).toMatchObject({ isOwn: false });
    expect((await runs.list(ben, { of: "shared", limit: 5 })).runs).toHaveLength(1);
    expect((await runs.list(ben, { of: "own", limit: 5 })).runs).toHaveLength(0);
    expect((await runs.list(ben, { of: "all", limit: 5 })).runs).toHaveLength(0);
    expect((await runs.list(operator, { of: "all", limit: 5 })).runs).toHaveLength(1);
    for (const viewer of [ben, operator, who("ada", { unixUser: "other" })]) {
      expect(await code(runs.submit(viewer, id))).toBe("NOT_ALLOWED");
      expect(await code(runs.change(viewer, id, { name: "x" }))).toBe("NOT_ALLOWED");
      expect(await code(runs.share(viewer, id, []))).toBe("NOT_ALLOWED");
      expect(await code(runs.remove(viewer, id))).toBe("NOT_ALLOWED");
      expect(await code(runs.cancel(viewer, id))).toBe("NOT_ALLOWED");
      expect(await code(runs.upload(viewer, id, "x", Readable.from("x")))).toBe("NOT_ALLOWED");
    }
    expect(await code(runs.draft(who("nobody", { unixUser: undefined }), wish()))).toBe(
      "UNIX_USER_MISSING",
    );
  });

  test("and no more of its owner's than the run", async () => {
    const { id, folder } = await runs.start(ada, wish());
    await writeFile(join(worker.home, "secret"), "secret");
    await symlink(join(worker.home, "secret"), join(folder, "link"));
    await symlink(worker.home, join(folder, "home"));
    await writeFile(join(folder, "output.log"), "done");
    await runs.share(ada, id, [{ kind: "user", name: "ben" }]);
    expect(await code(runs.file(ben, id, "output.log"))).toBe("done");
    for (const path of [
      "link",
      "home",
      "home/secret",
      "../../../secret",
      "/etc/passwd",
      "a/../../x",
    ]) {
      expect(await code(runs.file(ben, id, path)), path).toBe("FILE_OUTSIDE");
    }
    expect(await code(runs.files(ben, id, "home"))).toBe("FILE_OUTSIDE");
    expect(await code(runs.file(ada, id, "link"))).toBe("done");
    const { id: draft } = await runs.draft(ada, wish());
    for (const name of ["..", "a/b", "", "."]) {
      expect(await code(runs.upload(ada, draft, name, Readable.from("x")))).toBe(
        "FILE_NAME_INVALID",
      );
    }
  });
});

describe("purging", () => {
  async function ended(): Promise<{ id: string; folder: string; jobId: number }> {
    const { id, folder, jobId = 0 } = await runs.start(ada, wish());
    slurm.become(jobId, "done", "COMPLETED", new Date(now));
    await runs.pass(signal);
    return { id, folder, jobId };
  }

  test("removes the folder when its time has come, and not before", async () => {
    const { id, folder } = await ended();
    now = BEGIN + 10 * DAY - 1;
    await runs.pass(signal);
    expect(existsSync(folder)).toBe(true);
    now += 1;
    await Promise.all([runs.pass(signal), made().pass(signal)]);
    expect(existsSync(folder)).toBe(false);
    expect(await runs.get(ada, id)).toMatchObject({ state: "expired", purgeError: undefined });
    expect(await code(runs.files(ada, id))).toBe("RUN_WRONG_STATE");
  });

  test("never happens while the job lives, whatever the database says", async () => {
    const { id, folder, jobId } = await ended();
    slurm.become(jobId, "running", "RUNNING");
    now = BEGIN + 20 * DAY;
    await runs.pass(signal);
    expect(existsSync(folder)).toBe(true);
    expect(await runs.get(ada, id)).toMatchObject({
      state: "done",
      purgeError: expect.any(String),
    });
    expect(await code(runs.remove(ada, id))).toBe("RUN_JOB_LIVES");
    slurm.isAway = true;
    now += DAY;
    await runs.pass(signal);
    expect(existsSync(folder)).toBe(true);
    slurm.isAway = false;
    slurm.become(jobId, "done", "COMPLETED");
    now += 2 * DAY;
    await runs.pass(signal);
    expect(await runs.get(ada, id)).toMatchObject({ state: "expired" });
  });

  test("leaves what is not the run's, tells it, and tries again later", async () => {
    const { id, folder } = await ended();
    await rename(folder, `${folder}.mine`);
    await mkdir(folder);
    await writeFile(join(folder, "precious"), "");
    now = BEGIN + 11 * DAY;
    await runs.pass(signal);
    expect(await runs.get(ada, id)).toMatchObject({
      state: "done",
      purgeError: expect.stringContaining("is not the run's any more"),
    });
    await rm(folder, { recursive: true });
    await runs.pass(signal);
    expect(await runs.get(ada, id)).toMatchObject({ state: "done" });
    now += 600_000;
    await runs.pass(signal);
    expect(await runs.get(ada, id)).toMatchObject({ state: "expired" });
    expect(existsSync(`${folder}.mine`)).toBe(true);
  });

  test("keeps what is kept for good, and drafts have their time too", async () => {
    const { id } = await ended();
    await runs.change(ada, id, { keepSeconds: null, name: "kept" });
    const draft = await runs.draft(ada, wish({ keepSeconds: 60 }));
    now = BEGIN + 365 * DAY;
    await runs.pass(signal);
    expect(await runs.get(ada, id)).toMatchObject({ state: "done", name: "kept" });
    expect(await runs.get(ada, draft.id)).toMatchObject({ state: "expired" });
  });

  test("is done at once for who removes the run", async () => {
    const { id, folder } = await ended();
    await runs.remove(ada, id);
    expect(existsSync(folder)).toBe(false);
    expect(await code(runs.get(ada, id))).toBe("RUN_NOT_FOUND");
  });
});

test("lists have pages, newest first", async () => {
  for (let number = 0; number < 5; number += 1) {
    now += number % 2 === 0 ? 0 : 1000;
    await runs.draft(ada, wish({ name: `run ${number}` }));
  }
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await runs.list(ada, { of: "own", limit: 2, ...(cursor ? { cursor } : {}) });
    expect(page.total).toBe(5);
    names.push(...page.runs.map(({ name }) => name));
    cursor = page.next;
  } while (cursor !== undefined);
  expect(new Set(names).size).toBe(5);
  expect(names[0]).toMatch(/run [34]/);
  expect((await runs.list(ada, { of: "own", limit: 9, text: "RUN 3" })).total).toBe(1);
  expect(await code(runs.list(ada, { of: "own", limit: 9, cursor: "x" }))).toBe(
    "PAGE_CURSOR_INVALID",
  );
});
