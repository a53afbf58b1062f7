/*
 * Reads 100,000 jobs of one cluster into the job cache of this process, 2,000 of them live, and
 * searches them in 200 ways, while slurmctld is looked at as usual. Says what that took, as JSON.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { createJobCache, type JobSearch } from "@sluice/jobs";
import type { Clock } from "@sluice/model";
import { gateway, JOBS } from "./many-jobs.ts";

const SEARCHES = 200;

const clock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => {}),
};
const began = Date.now();

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
