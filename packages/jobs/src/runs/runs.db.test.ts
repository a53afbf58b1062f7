import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import {
  ada,
  BEGIN,
  ben,
  code,
  operator,
  type RunSite,
  runSites,
  who,
  wish,
} from "./testing/site.ts";

const DAY = 86_400_000;

let site: RunSite;
runSites((one) => {
  site = one;
});
const signal = new AbortController().signal;

describe("a run", () => {
  test("is a folder with its inputs, its script and its job", async () => {
    const draft = await site.runs.draft(ada, wish());
    expect(draft.folder).toMatch(/\/sluice\/runs\/2030-01-01-Warme-1-[0-9a-f]{8}$/);
    await site.runs.upload(ada, draft.id, "deck", Readable.from("some input"));
    const run = await site.runs.submit(ada, draft.id);
    expect(run).toMatchObject({ state: "queued", jobId: 100 });
    expect(site.slurm.submitted[0]).toMatchObject({
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
    expect(await site.runs.submit(ada, draft.id)).toMatchObject({ jobId: 100 });
    expect(site.slurm.submitted).toHaveLength(1);
    const output = await site.runs.file(ada, run.id, "inputs/deck");
    const { content } = await output.worker.read(output.path);
    expect(await text(content)).toBe("some input");
    expect((await buffer(await site.runs.archive(ada, run.id, "tar.gz"))).length).toBeGreaterThan(
      100,
    );
  });

  test("started many times at once with one key is one run", async () => {
    const starts = Array.from({ length: 6 }, () =>
      site.runs.start(ada, wish({ clientKey: "many" })),
    );
    const started = await Promise.all(starts);
    expect(new Set(started.map(({ id }) => id)).size).toBe(1);
    expect(site.slurm.submitted).toHaveLength(1);
  });

  test("that Slurm refuses failed, with its words", async () => {
    site.slurm.faults.push("refused");
    expect(await code(site.runs.start(ada, wish()))).toBe("SLURM_REFUSED");
    const [run] = (await site.runs.list(ada, { of: "own", limit: 10 })).runs;
    expect(run).toMatchObject({ state: "failed", error: { message: "no such partition" } });
  });

  test("with values that do not fit leaves nothing behind", async () => {
    const values = { steps: 0, queue: "a b" };
    expect(await code(site.runs.start(ada, wish({ values })))).toBe("RUN_VALUES_INVALID");
    expect((await site.runs.list(ada, { of: "own", limit: 10 })).total).toBe(0);
    expect(existsSync(join(site.worker.home, "sluice"))).toBe(false);
    const { errors } = await site.runs.preview(ada, wish({ values }));
    expect(errors.map(({ field }) => field)).toEqual(["input", "steps", "queue"]);
    const preview = await site.runs.preview(ada, wish({ values: { input: "a'b", queue: "q" } }));
    expect(preview.job?.script).toBe("#!/bin/bash\ncat 'a'\\''b'\necho 5\n");
  });

  test("is made again with changes and its inputs", async () => {
    const draft = await site.runs.draft(ada, wish());
    await site.runs.upload(ada, draft.id, "deck", Readable.from("one"));
    await site.runs.submit(ada, draft.id);
    const again = await site.runs.rerun(ada, draft.id, { name: "again", values: { steps: 9 } });
    expect(again).toMatchObject({ name: "again", state: "queued", values: { steps: 9 } });
    expect(again.folder).not.toBe(draft.folder);
    expect(await readFile(join(again.folder, "inputs/deck"), "utf8")).toBe("one");
  });

  test("has copies of inputs where the application wants them", async () => {
    await writeFile(join(site.worker.home, "my deck"), "mine");
    const run = await site.runs.start(ada, wish({ values: { input: "~/my deck" } }));
    expect(await readFile(join(run.folder, "inputs/my deck"), "utf8")).toBe("mine");
    expect(site.slurm.submitted[0]?.job).toMatchObject({
      script: "#!/bin/bash\ncat 'inputs/my deck'\necho 5\n",
    });
    expect(await code(site.runs.start(ada, wish({ values: { input: "~/none" } })))).toBe(
      "FILE_NOT_FOUND",
    );
    const [failed] = (await site.runs.list(ada, { of: "own", limit: 10, states: ["draft"] })).runs;
    expect(failed).toMatchObject({ state: "draft", error: { code: "FILE_NOT_FOUND" } });
  });
});

describe("who may see a run", () => {
  test("its owner, operators, and for whom it is shared with; who changes it is its owner", async () => {
    const { id } = await site.runs.start(ada, wish());
    expect(await code(site.runs.get(ben, id))).toBe("RUN_NOT_FOUND");
    expect(await code(site.runs.get(operator, id))).toBe("done");
    expect(await code(site.runs.get(who("omo", { operates: ["other"] }), id))).toBe(
      "RUN_NOT_FOUND",
    );
    await site.runs.share(ada, id, [{ kind: "group", name: "chem" }]);
    expect(await site.runs.get(ben, id)).toMatchObject({ isOwn: false });
    expect((await site.runs.list(ben, { of: "shared", limit: 5 })).runs).toHaveLength(1);
    expect((await site.runs.list(ben, { of: "own", limit: 5 })).runs).toHaveLength(0);
    expect((await site.runs.list(ben, { of: "all", limit: 5 })).runs).toHaveLength(0);
    expect((await site.runs.list(operator, { of: "all", limit: 5 })).runs).toHaveLength(1);
    for (const viewer of [ben, operator, who("ada", { unixUser: "other" })]) {
      expect(await code(site.runs.submit(viewer, id))).toBe("NOT_ALLOWED");
      expect(await code(site.runs.change(viewer, id, { name: "x" }))).toBe("NOT_ALLOWED");
      expect(await code(site.runs.share(viewer, id, []))).toBe("NOT_ALLOWED");
      expect(await code(site.runs.remove(viewer, id))).toBe("NOT_ALLOWED");
      expect(await code(site.runs.cancel(viewer, id))).toBe("NOT_ALLOWED");
      expect(await code(site.runs.upload(viewer, id, "x", Readable.from("x")))).toBe("NOT_ALLOWED");
    }
    const nobody = [{ kind: "user", name: "nobody" }] as const;
    expect(await code(site.runs.share(ada, id, nobody))).toBe("USER_NOT_FOUND");
    expect(await site.runs.shares(ada, id)).toEqual([{ kind: "group", name: "chem" }]);
    expect(await code(site.runs.draft(who("nobody", { unixUser: undefined }), wish()))).toBe(
      "UNIX_USER_MISSING",
    );
  });

  test("and no more of its owner's than the run", async () => {
    const { id, folder } = await site.runs.start(ada, wish());
    await writeFile(join(site.worker.home, "secret"), "secret");
    await symlink(join(site.worker.home, "secret"), join(folder, "link"));
    await symlink(site.worker.home, join(folder, "home"));
    await writeFile(join(folder, "output.log"), "done");
    await site.runs.share(ada, id, [{ kind: "user", name: "ben" }]);
    expect(await code(site.runs.file(ben, id, "output.log"))).toBe("done");
    for (const path of [
      "link",
      "home",
      "home/secret",
      "../../../secret",
      "/etc/passwd",
      "a/../../x",
    ]) {
      expect(await code(site.runs.file(ben, id, path)), path).toBe("FILE_OUTSIDE");
    }
    expect(await code(site.runs.files(ben, id, "home"))).toBe("FILE_OUTSIDE");
    expect(await code(site.runs.file(ada, id, "link"))).toBe("done");
    const { id: draft } = await site.runs.draft(ada, wish());
    for (const name of ["..", "a/b", "", "."]) {
      expect(await code(site.runs.upload(ada, draft, name, Readable.from("x")))).toBe(
        "FILE_NAME_INVALID",
      );
    }
  });
});

describe("purging", () => {
  async function ended(): Promise<{ id: string; folder: string; jobId: number }> {
    const { id, folder, jobId = 0 } = await site.runs.start(ada, wish());
    site.slurm.become(jobId, "done", "COMPLETED", new Date(site.now));
    await site.runs.pass(signal);
    return { id, folder, jobId };
  }

  test("removes the folder when its time has come, and not before", async () => {
    const { id, folder } = await ended();
    site.now = BEGIN + 10 * DAY - 1;
    await site.runs.pass(signal);
    expect(existsSync(folder)).toBe(true);
    site.now += 1;
    await Promise.all([site.runs.pass(signal), site.server().pass(signal)]);
    expect(existsSync(folder)).toBe(false);
    expect(await site.runs.get(ada, id)).toMatchObject({ state: "expired", purgeError: undefined });
    expect(await code(site.runs.files(ada, id))).toBe("RUN_WRONG_STATE");
  });

  test("never happens while the job lives, whatever the database says", async () => {
    const { id, folder, jobId } = await ended();
    site.slurm.become(jobId, "running", "RUNNING");
    site.now = BEGIN + 20 * DAY;
    await site.runs.pass(signal);
    expect(existsSync(folder)).toBe(true);
    expect(await site.runs.get(ada, id)).toMatchObject({
      state: "done",
      purgeError: expect.any(String),
    });
    expect(await code(site.runs.remove(ada, id))).toBe("RUN_JOB_LIVES");
    site.slurm.isAway = true;
    site.now += DAY;
    await site.runs.pass(signal);
    expect(existsSync(folder)).toBe(true);
    site.slurm.isAway = false;
    site.slurm.become(jobId, "done", "COMPLETED");
    site.now += 2 * DAY;
    await site.runs.pass(signal);
    expect(await site.runs.get(ada, id)).toMatchObject({ state: "expired" });
  });

  test("leaves what is not the run's, tells it, and tries again later", async () => {
    const { id, folder } = await ended();
    await rename(folder, `${folder}.mine`);
    await mkdir(folder);
    await writeFile(join(folder, "precious"), "");
    site.now = BEGIN + 11 * DAY;
    await site.runs.pass(signal);
    expect(await site.runs.get(ada, id)).toMatchObject({
      state: "done",
      purgeError: expect.stringContaining("is not the run's any more"),
    });
    await rm(folder, { recursive: true });
    await site.runs.pass(signal);
    expect(await site.runs.get(ada, id)).toMatchObject({ state: "done" });
    site.now += 600_000;
    await site.runs.pass(signal);
    expect(await site.runs.get(ada, id)).toMatchObject({ state: "expired" });
    expect(existsSync(`${folder}.mine`)).toBe(true);
  });

  test("keeps what is kept for good, and drafts have their time too", async () => {
    const { id } = await ended();
    await site.runs.change(ada, id, { keepSeconds: null, name: "kept" });
    const draft = await site.runs.draft(ada, wish({ keepSeconds: 60 }));
    site.now = BEGIN + 365 * DAY;
    await site.runs.pass(signal);
    expect(await site.runs.get(ada, id)).toMatchObject({ state: "done", name: "kept" });
    expect(await site.runs.get(ada, draft.id)).toMatchObject({ state: "expired" });
  });

  test("is done at once for who removes the run", async () => {
    const { id, folder } = await ended();
    await site.runs.remove(ada, id);
    expect(existsSync(folder)).toBe(false);
    expect(await code(site.runs.get(ada, id))).toBe("RUN_NOT_FOUND");
  });
});

test("lists have pages, newest first", async () => {
  for (let number = 0; number < 5; number += 1) {
    site.now += number % 2 === 0 ? 0 : 1000;
    await site.runs.draft(ada, wish({ name: `run ${number}` }));
  }
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await site.runs.list(ada, { of: "own", limit: 2, ...(cursor ? { cursor } : {}) });
    expect(page.total).toBe(5);
    names.push(...page.runs.map(({ name }) => name));
    cursor = page.next;
  } while (cursor !== undefined);
  expect(new Set(names).size).toBe(5);
  expect(names[0]).toMatch(/run [34]/);
  expect((await site.runs.list(ada, { of: "own", limit: 9, text: "RUN 3" })).total).toBe(1);
  expect(await code(site.runs.list(ada, { of: "own", limit: 9, cursor: "x" }))).toBe(
    "PAGE_CURSOR_INVALID",
  );
});
