import type { Gateway } from "@sluice/gateway";
import { expect, test } from "vitest";
import type { CachedJob, JobCacheStatus } from "../cache/index.ts";
import { historyJob, queueJob } from "../cache/testing/simulated-slurm.ts";
import { createRunJobs } from "./jobs.ts";

const NOW = new Date("2030-01-01T12:00:00Z");
const clock = { now: () => NOW };
const HEARD = { cluster: "demo", problem: undefined, historyAt: NOW } as JobCacheStatus;

function jobsOf(known: readonly Partial<CachedJob>[], status: readonly JobCacheStatus[]) {
  const cache = {
    known: () => new Map([[7, known as readonly CachedJob[]]]),
    status: () => status,
  };
  return createRunJobs(cache, () => Promise.reject(new Error("nobody is asked")), clock);
}

const seen = (known: readonly Partial<CachedJob>[], status: readonly JobCacheStatus[] = [HEARD]) =>
  jobsOf(known, status)
    .find("demo", [{ jobId: 7, user: "ada" }])
    .get(7);

test("a job that both answer and neither has is unknown; while one is silent nothing is said", () => {
  expect(seen([])).toBe("unknown");
  expect(seen([{ user: "ben", state: "RUNNING" }])).toBe("unknown");
  expect(seen([], [{ ...HEARD, problem: "slurmdbd does not answer" }])).toBeUndefined();
  expect(seen([], [{ ...HEARD, historyAt: undefined }])).toBeUndefined();
  expect(seen([], [])).toBeUndefined();
  expect(seen([{ user: "ada", state: "RUNNING" }])).toMatchObject({ state: "running" });
});

test("a search asks both, and takes an array's tasks together", async () => {
  const array = { arrayJobId: 7, user: "ada" };
  const gateway: Pick<Gateway, "queue" | "history"> = {
    queue: async () => [queueJob({ ...array, id: 9, arrayTaskId: "2", state: "RUNNING" })],
    history: async function* ({ since }) {
      expect(since < NOW).toBe(true);
      yield historyJob({ ...array, id: 8, arrayTaskId: "1", endTime: NOW });
      yield historyJob({ id: 10, user: "ada", endTime: NOW, state: "FAILED" });
    },
  };
  const cache = { known: () => new Map(), status: () => [] };
  const search = (answers: typeof gateway) =>
    createRunJobs(cache, async () => answers, clock).search("demo", { jobId: 7, user: "ada" }, NOW);
  expect(await search(gateway)).toMatchObject({ state: "running", isLive: true });
  const ended = { ...gateway, queue: async () => [] };
  expect(await search(ended)).toMatchObject({ state: "done", isLive: false });
  const away = { ...gateway, queue: () => Promise.reject(new Error("slurmctld is away")) };
  await expect(search(away)).rejects.toThrow("away");
});
