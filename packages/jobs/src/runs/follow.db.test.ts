import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { follow } from "./follow.ts";
import { RunStore } from "./store.ts";
import { ada, BEGIN, code, type RunSite, runSites, wish } from "./testing/site.ts";

const DAY = 86_400_000;

let site: RunSite;
runSites((one) => {
  site = one;
});
const signal = new AbortController().signal;

test("follows its job and says only what Slurm said", async () => {
  const { id } = await site.runs.start(ada, wish());
  site.slurm.become(100, "running", "RUNNING");
  await site.runs.pass(signal);
  expect(await site.runs.get(ada, id)).toMatchObject({
    state: "running",
    startedAt: new Date(BEGIN),
  });
  site.slurm.jobs.delete(100);
  await site.runs.pass(signal);
  expect(await site.runs.get(ada, id)).toMatchObject({ state: "running", jobState: "RUNNING" });
  const endedAt = new Date(BEGIN + 5000);
  site.slurm.become(100, "failed", "OUT_OF_MEMORY", endedAt);
  await site.runs.pass(signal);
  expect(await site.runs.get(ada, id)).toMatchObject({
    ...{ state: "failed", jobState: "OUT_OF_MEMORY", endedAt },
    expiresAt: new Date(BEGIN + 5000 + 10 * DAY),
  });
});

test("is one job, whatever is lost or dies in between", async () => {
  site.slurm.faults.push("answer", "request");
  expect(await code(site.runs.start(ada, wish({ clientKey: "k" })))).toBe("SLURM_UNREACHABLE");
  expect(site.slurm.submitted).toHaveLength(1);
  // The client asks again, another process goes on, and both at once.
  expect(await code(site.runs.start(ada, wish({ clientKey: "k" })))).toBe("SLURM_UNREACHABLE");
  site.now += 60_000;
  const again = site.server();
  await Promise.all([
    again.pass(signal),
    site.runs.pass(signal),
    code(site.runs.start(ada, wish({ clientKey: "k" }))),
  ]);
  const { runs: listed } = await site.runs.list(ada, { of: "own", limit: 10 });
  expect(listed).toMatchObject([{ state: "queued", jobId: 100 }]);
  expect(site.slurm.submitted).toHaveLength(1);
  const other = wish({ clientKey: "k", values: { input: "b" } });
  expect(await code(site.runs.start(ada, other))).toBe("IDEMPOTENCY_KEY_REUSED");
});

test("whose job Slurm has not known for a day while it answered has failed, and goes in its time", async () => {
  const draft = await site.runs.draft(ada, wish());
  await site.runs.upload(ada, draft.id, "deck", Readable.from("x"));
  const { id, jobId = 0 } = await site.runs.submit(ada, draft.id);
  const pass = async (hours: number) => {
    for (let hour = 0; hour < hours; hour += 1) {
      site.now += 3_600_000;
      await site.runs.pass(signal);
    }
    return site.runs.get(ada, id);
  };
  site.slurm.jobs.delete(jobId);
  expect(await pass(20)).toMatchObject({ state: "queued" });
  // While nobody answers nothing is known, however long that takes.
  site.slurm.isAway = true;
  expect(await pass(48)).toMatchObject({ state: "queued" });
  site.slurm.isAway = false;
  expect(await pass(24)).toMatchObject({ state: "queued" });
  expect(await pass(1)).toMatchObject({ state: "failed", error: { code: "RUN_JOB_UNKNOWN" } });
  expect(await pass(11 * 24)).toMatchObject({ state: "expired" });
});

test("looks at the jobs of all runs, of however many there are", async () => {
  const ids: string[] = [];
  for (let number = 0; number < 3; number += 1) {
    const draft = await site.runs.draft(ada, wish());
    await site.runs.upload(ada, draft.id, "deck", Readable.from("x"));
    ids.push((await site.runs.submit(ada, draft.id)).id);
  }
  site.slurm.become(102, "running", "RUNNING");
  await follow({ ...site.parts(), store: new RunStore(site.database) }, new Map(), 1);
  const states = await Promise.all(ids.map(async (id) => (await site.runs.get(ada, id)).state));
  expect(states).toEqual(["queued", "queued", "running"]);
});
