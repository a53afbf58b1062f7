/*
 * Reads 100,000 jobs of one cluster into the job cache of this process, 2,000 of them live, and
 * searches them in 200 ways, while slurmctld is looked at as usual. Says what that took, as JSON.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { createJobCache, type JobSearch } from "@sluice/jobs";
import type { Clock } from "@sluice/model";
import { historyJob, queueJob } from "../packages/jobs/src/cache/testing/simulated-slurm.ts";

const JOBS = 100_000;
const LIVE = 2000;
const SEARCHES = 200;
const SPAN_MS = 29 * 24 * 3_600_000;

const clock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => {}),
};
const began = Date.now();

/** Every one as different from the others as jobs of many people are. */
function about(index: number) {
  const user = `user${index % 200}`;
  const folder = `/shared/home/${user}/projects/p${index % 37}/run-${index}`;
  return {
    id: index + 1,
    name: `align-sample-${index}`,
    user,
    account: `group${index % 30}`,
    partition: `queue${index % 8}`,
    nodes: `queue${index % 8}-dy-large-[${index % 90}-${(index % 90) + 3}]`,
    workingDirectory: folder,
    standardOutput: `${folder}/slurm-${index + 1}.out`,
    standardError: `${folder}/slurm-${index + 1}.out`,
  };
}

const PAST = JOBS - LIVE;
const STEP_MS = SPAN_MS / PAST;

/** Jobs that ended at even intervals, so that those of a range need not be looked for. */
async function* ended({ since, until }: { since: Date; until: Date }) {
  const at = (time: Date) => Math.ceil((time.getTime() - (began - SPAN_MS)) / STEP_MS);
  for (let index = Math.max(0, at(since)); index < Math.min(PAST, at(until)); index++) {
    const endTime = new Date(began - SPAN_MS + index * STEP_MS);
    const submitTime = new Date(endTime.getTime() - 3_600_000);
    const state = index % 17 === 0 ? "FAILED" : "COMPLETED";
    const tag = `sluice=00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
    const times = { submitTime, startTime: submitTime, endTime };
    yield historyJob({ ...about(index), tag, state, ...times });
  }
}

const gateway = {
  queue: async () =>
    Array.from({ length: LIVE }, (_, index) =>
      queueJob({
        ...about(JOBS - LIVE + index),
        state: index % 2 === 0 ? "RUNNING" : "PENDING",
        submitTime: new Date(began - index * 1000),
      }),
    ),
  history: ended,
};

globalThis.gc?.();
const before = process.memoryUsage();
await using cache = createJobCache({
  clusters: { list: async () => [{ name: "bench", gateway: async () => gateway }] },
  clock,
});
while (cache.status()[0]?.jobs !== JOBS) await delay(20);
const loaded = (Date.now() - began) / 1000;
await delay(1000);
globalThis.gc?.();
const after = process.memoryUsage();

const clusters: JobSearch["clusters"] = new Map([["bench", "all"]]);
const own: JobSearch["clusters"] = new Map([["bench", { users: ["user7"], accounts: [] }]]);
const kinds: readonly ((index: number) => Omit<JobSearch, "limit">)[] = [
  () => ({ clusters }),
  (index) => ({ clusters, filter: { text: `sample-${index * 97}` } }),
  (index) => ({ clusters, filter: { text: `user${index % 200} fail` }, sort: "endTime" }),
  (index) => ({ clusters: own, filter: { text: String(index) } }),
  () => ({ clusters, sort: "name", isDescending: true }),
  (index) => ({ clusters, filter: { node: `queue1-dy-large-${index % 90}` }, sort: "startTime" }),
  () => ({ clusters, filter: { states: ["RUNNING", "PENDING"] }, sort: "priority" }),
  (index) => ({ clusters, filter: { accounts: [`group${index % 30}`], isFinished: true } }),
];
const loop = monitorEventLoopDelay({ resolution: 5 });
loop.enable();
const milliseconds: number[] = [];
for (let index = 0; index < SEARCHES; index++) {
  const kind = kinds[index % kinds.length] as (typeof kinds)[number];
  const start = performance.now();
  await cache.search({ ...kind(index), limit: 100 });
  milliseconds.push(performance.now() - start);
}
loop.disable();
const eight = performance.now();
await Promise.all(kinds.map((kind, index) => cache.search({ ...kind(index), limit: 100 })));
const together = performance.now() - eight;
const memory = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
process.stdout.write(
  JSON.stringify({
    ...{ milliseconds, together, loaded },
    memoryMB: memory / 2 ** 20,
    blockedMs: loop.max / 1e6,
  }),
);
