import { randomUUID } from "node:crypto";
import { type TestDatabase, testDatabase } from "@sluice/database/testing";
import { beforeAll, expect, it } from "vitest";
import type { CachedJob } from "../cache/index.ts";
import { HastyClock } from "../testing/hasty-clock.ts";
import type { UsageFilter, UsageGroup } from "./contract.ts";
import { createUsage } from "./create-usage.ts";
import { DAY_MS } from "./days.ts";
import { PriceBook } from "./price-book.ts";
import { Roller } from "./roller.ts";
import { createUsageStore } from "./store.ts";
import { FakeAccounting, runOf } from "./testing/accounting.ts";

let site: TestDatabase;

beforeAll(async () => {
  site = await testDatabase();
  return () => site[Symbol.asyncDispose]();
});

const FILE = `
Provider: local
Local: { MachineTypes: [{ Name: mine, VCpus: 2, Memory: 4096, Price: 3.6 }] }
Scheduling:
  Scheduler: slurm
  SlurmQueues:
    - { Name: cpu, ComputeResources: [{ Name: small, InstanceType: mine, MaxCount: 9 }] }
`;
const never = new AbortController().signal;

/** It is the 1st of January 2030, and the cluster is so many days old. */
function scene(days = 3, running: readonly Partial<CachedJob>[] = []) {
  const clock = new HastyClock();
  clock.advance(12 * 3_600_000);
  const created = new Date(clock.now().getTime() - days * DAY_MS);
  const head = new FakeAccounting(`c-${randomUUID().slice(0, 8)}`, created, FILE);
  const { database } = site;
  const store = createUsageStore(database);
  const server = () => new Roller({ store, clock, prices: new PriceBook() }, head);
  const jobs = {
    search: async () => ({ jobs: running as CachedJob[], total: 0, totals: {}, status: [] }),
  };
  const usage = createUsage({ database, clock, jobs, clusters: { list: async () => [head] } });
  const use = (by: readonly UsageGroup[], more: Partial<UsageFilter> = {}) =>
    usage.use(
      {
        ...{ from: "2029-01-01", to: "2030-12-31", clusters: new Map([[head.name, "all"]]) },
        ...more,
      },
      by,
    );
  return { clock, head, server, use, usage };
}

const at = (text: string) => new Date(`${text}Z`);

it("counts use on the days on which it was, and the job on that of its end", async () => {
  const { head, server, use } = scene();
  const ends = { startTime: at("2029-12-30T22:00:00"), endTime: at("2029-12-31T01:00:00") };
  head.runs.push(runOf({ id: 1, ...ends, eligibleTime: at("2029-12-30T21:59:00"), cpus: 2 }));
  await server().round(head, never);
  const days = await use(["day"]);
  expect(days.map(({ group, jobs, cpu_seconds }) => [group.day, jobs, cpu_seconds])).toEqual([
    ["2029-12-30", 0, 2 * 7200],
    ["2029-12-31", 1, 2 * 3600],
  ]);
  const [first] = days;
  expect(first).toMatchObject({ started: 1, waited_seconds: 60, wait_2: 1, node_seconds: 7200 });
  // Both CPUs of a machine for 3.6 an hour.
  const [month] = await use(["month"]);
  expect(month).toMatchObject({ group: { month: "2029-12" }, jobs: 1, unpriced_node_seconds: 0 });
  expect(month?.cost).toBeCloseTo(3 * 3.6);
});

it("makes the same of the same days, however often and by whomever they are made", async () => {
  const { clock, head, server, use } = scene();
  for (let id = 1; id <= 40; id += 1) {
    const user = id % 2 === 0 ? "ada" : "ben";
    head.runs.push(runOf({ id, user, endTime: new Date(clock.now().getTime() - id * 5_000_000) }));
  }
  await server().round(head, never);
  const once = await use(["day", "user"]);
  clock.advance(DAY_MS / 4);
  await Promise.all([server().round(head, never), server().round(head, never)]);
  expect(await use(["day", "user"])).toEqual(once);
  expect(once.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(40);
});

it("leaves what it had when accounting breaks off, and has all after it came back", async () => {
  const { clock, head, server, use } = scene(1);
  for (let id = 1; id <= 5; id += 1) {
    head.runs.push(runOf({ id, endTime: new Date(clock.now().getTime() - id * 1000) }));
  }
  const roller = server();
  await roller.round(head, never);
  head.runs.push(runOf({ id: 6, endTime: clock.now() }));
  head.breaksAfter = 3;
  clock.advance(DAY_MS / 24);
  await roller.round(head, never);
  expect(roller.problem).toBe("the head went away");
  expect((await use([]))[0]?.jobs).toBe(5);
  head.breaksAfter = Number.POSITIVE_INFINITY;
  clock.advance(DAY_MS / 24);
  await roller.round(head, never);
  expect(roller.problem).toBeUndefined();
  expect((await use([]))[0]?.jobs).toBe(6);
});

it("catches up after weeks away, newest days first, and then leaves closed days alone", async () => {
  const { clock, head, server, use } = scene(40);
  head.runs.push(runOf({ id: 1, endTime: new Date(clock.now().getTime() - 30 * DAY_MS) }));
  await server().round(head, never);
  const since = head.asked.map((range) => range.since.getTime());
  expect(since).toEqual(since.toSorted((a, b) => b - a));
  expect(since.length).toBeLessThanOrEqual(6);
  expect(head.asked.every(({ everyRun }) => everyRun === true)).toBe(true);
  expect((await use([]))[0]?.jobs).toBe(1);
  head.asked.length = 0;
  clock.advance(DAY_MS);
  await server().round(head, never);
  const oldest = Math.min(...head.asked.map((range) => range.since.getTime()));
  expect(clock.now().getTime() - oldest).toBeLessThan(6 * DAY_MS);
});

it("hears of an end that accounting told a day late", async () => {
  const { clock, head, server, use } = scene();
  const roller = server();
  await roller.round(head, never);
  const endTime = clock.now();
  clock.advance(DAY_MS);
  await roller.round(head, never);
  expect(await use([])).toEqual([]);
  head.runs.push(runOf({ id: 1, endTime }));
  clock.advance(DAY_MS);
  await roller.round(head, never);
  expect((await use([]))[0]?.jobs).toBe(1);
});

it("reads today again after a start, and after an end of which it was told", async () => {
  const { clock, head, server, use } = scene();
  await server().round(head, never);
  head.runs.push(runOf({ id: 1, endTime: clock.now() }));
  clock.advance(20_000);
  const roller = server();
  await roller.round(head, never);
  expect((await use([]))[0]?.jobs).toBe(1);
  head.runs.push(runOf({ id: 2, endTime: clock.now() }));
  clock.advance(20_000);
  await roller.round(head, never);
  expect((await use([]))[0]?.jobs).toBe(1);
  roller.expect();
  await roller.round(head, never);
  expect((await use([]))[0]?.jobs).toBe(2);
});

it("tells runs that were requeued from jobs, and ends apart", async () => {
  const { clock, head, server, use } = scene();
  const time = (seconds: number) => new Date(clock.now().getTime() - seconds * 1000);
  head.runs.push(
    runOf({ id: 1, state: "REQUEUED", startTime: time(90), endTime: time(80) }),
    runOf({ id: 1, state: "NODE_FAIL", startTime: time(70), endTime: time(60) }),
    runOf({ id: 1, startTime: time(50), endTime: time(40) }),
    runOf({ id: 2, state: "CANCELLED", startTime: undefined, endTime: time(30) }),
    runOf({ id: 3, state: "OUT_OF_ME+", startTime: time(30), endTime: time(20) }),
  );
  await server().round(head, never);
  expect((await use([]))[0]).toMatchObject({
    ...{ jobs: 3, requeues: 2, completed: 1, cancelled: 1, out_of_memory: 1, node_failed: 0 },
    ...{ started: 4, cpu_seconds: 40 },
  });
});

it("counts nothing twice for a cluster that was made again under its name", async () => {
  const { clock, head, server, use } = scene();
  head.runs.push(runOf({ id: 1, endTime: new Date(clock.now().getTime() - 3_600_000) }));
  await server().round(head, never);
  // With the accounting of the one before it.
  head.record = { ...head.record, id: "another", createdAt: clock.now() };
  clock.advance(3_600_000);
  head.runs.push(runOf({ id: 2, endTime: clock.now() }));
  clock.advance(1000);
  await server().round(head, never);
  expect((await use([]))[0]?.jobs).toBe(2);
});

it("adds what runs now, and what one may not see is in no sum", async () => {
  const now = at("2030-01-01T12:00:00");
  const job = runOf({ id: 9, endTime: undefined, startTime: at("2030-01-01T11:00:00") });
  const { head, server, use } = scene(3, [{ ...job, state: "RUNNING" }]);
  head.runs.push(
    runOf({ id: 1, user: "ada", account: "a", endTime: new Date(now.getTime() - 1000) }),
    runOf({ id: 2, user: "ben", account: "b", endTime: new Date(now.getTime() - 2000) }),
    runOf({ id: 3, user: "eve", account: "c", endTime: new Date(now.getTime() - 3000) }),
  );
  await server().round(head, never);
  const [all] = await use([]);
  expect(all).toMatchObject({ jobs: 3, running: 1, cpu_seconds: 4 * 3600 });
  const seen = { users: ["ada"], accounts: ["b"] };
  const some = await use(["user"], { clusters: new Map([[head.name, seen]]) });
  expect(some.map(({ group }) => group.user).toSorted()).toEqual(["ada", "ben"]);
  const none = { users: [], accounts: [] };
  const kept = await use(["user"], { clusters: new Map([[head.name, none]]), user: ["ben"] });
  expect(kept.filter(({ jobs }) => jobs > 0)).toEqual([]);
});
