import type { HistoryJob, QueueJob } from "@sluice/gateway";
import { SluiceError } from "@sluice/model";
import { FakeClock } from "@sluice/slurm/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobChange, JobFilter, JobSearch, JobSource } from "./contract.ts";
import { createJobCache } from "./job-cache.ts";
import { parseJobReference } from "./job-reference.ts";
import { historyJob, queueJob } from "./testing/simulated-slurm.ts";

const DAY = 24 * 3_600_000;
const START = new Date("2030-01-31T00:00:00Z");
const ago = (milliseconds: number) => new Date(START.getTime() - milliseconds);

/** A head whose answers are what the test put there. */
class Head implements JobSource {
  readonly name: string;
  jobs: readonly QueueJob[] = [];
  ended: readonly HistoryJob[] = [];
  isAway = false;
  /** With it, an answer is given again to whoever takes one that is so old. */
  clock: FakeClock | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;
  #heard: readonly QueueJob[] = [];
  readonly asked: { queue: number; ranges: { since: Date; until: Date }[] } = {
    queue: 0,
    ranges: [],
  };

  constructor(name = "demo") {
    this.name = name;
  }

  async gateway(): Promise<Awaited<ReturnType<JobSource["gateway"]>>> {
    return {
      queue: async ({ maxAgeMilliseconds = 0 } = {}) => {
        const age = (this.clock?.now().getTime() ?? 0) - this.#heardAt;
        if (this.clock !== undefined && age <= maxAgeMilliseconds) return this.#heard;
        this.asked.queue++;
        this.#answer();
        this.#heardAt = this.clock?.now().getTime() ?? 0;
        this.#heard = this.jobs;
        return this.jobs;
      },
      history: (range) => this.#history(range),
    };
  }

  async *#history(range: { since: Date; until: Date }): AsyncGenerator<HistoryJob> {
    this.asked.ranges.push(range);
    this.#answer();
    for (const job of this.ended) {
      const end = job.endTime?.getTime() ?? 0;
      if (end >= range.since.getTime() && end < range.until.getTime()) yield job;
    }
  }

  #answer(): void {
    if (this.isAway) throw new SluiceError("SLURM_UNREACHABLE", "system", "slurmctld is away");
  }
}

function cacheOf(heads: readonly Head[], options: { days?: number; clock?: FakeClock } = {}) {
  const clock = options.clock ?? new FakeClock(START);
  const changes: JobChange[] = [];
  const cache = createJobCache({
    clusters: { list: async () => heads },
    clock,
    publish: (change) => changes.push(change),
    ...(options.days === undefined ? {} : { days: options.days }),
  });
  const search = (more: Partial<JobSearch> = {}) =>
    cache.search({ clusters: new Map(heads.map(({ name }) => [name, "all"])), limit: 50, ...more });
  return {
    ...{ cache, clock, changes, search },
    [Symbol.asyncDispose]: () => cache[Symbol.asyncDispose](),
  };
}

describe("asking", () => {
  test("a hundred viewers are one poller, which rests when nobody looks", async () => {
    const head = new Head();
    await using running = cacheOf([head]);
    const { clock, search } = running;
    await clock.advance(200_000);
    const idle = head.asked.queue;
    expect(idle).toBeLessThanOrEqual(21);
    for (let second = 0; second < 30; second++) {
      await Promise.all([...Array.from({ length: 100 }, () => search()), clock.advance(1000)]);
    }
    expect(head.asked.queue - idle).toBeLessThanOrEqual(31);
    expect(head.asked.queue - idle).toBeGreaterThanOrEqual(14);
  });

  test("several servers ask as often as one does, and whoever wants to know now hears what is now", async () => {
    const head = new Head();
    const clock = new FakeClock(START);
    head.clock = clock;
    await using one = cacheOf([head], { clock });
    await clock.advance(3000);
    await using other = cacheOf([head], { clock });
    await clock.advance(2000);
    await using third = cacheOf([head], { clock });
    await clock.advance(1000);
    const before = head.asked.queue;
    await clock.advance(200_000);
    expect(head.asked.queue - before).toBeLessThanOrEqual(21);
    // Each still sees what happens.
    head.jobs = [queueJob({ id: 1, submitTime: clock.now() })];
    await clock.advance(20_000);
    for (const { changes } of [one, other, third]) {
      expect(changes.map(({ kind }) => kind)).toEqual(["created"]);
    }
    head.jobs = [queueJob({ id: 2, submitTime: clock.now() })];
    const refreshed = other.cache.refresh("demo");
    await clock.advance(1000);
    await refreshed;
    expect(other.cache.known("demo", [2]).size).toBe(1);
  });

  test("the past is read backwards, newest first, as far as it is kept", async () => {
    const head = new Head();
    await using running = cacheOf([head], { days: 30 });
    await running.clock.advance(1000);
    const { ranges } = head.asked;
    expect(ranges[0]?.until.getTime()).toBeGreaterThan(START.getTime());
    const first = Math.min(...ranges.map(({ since }) => since.getTime()));
    expect(first).toBe(START.getTime() - 30 * DAY);
    expect(running.cache.status()).toMatchObject([{ historyFrom: ago(30 * DAY) }]);
    const asked = ranges.length;
    await running.clock.advance(600_000);
    expect(ranges.slice(asked).every(({ since }) => since.getTime() > START.getTime() - DAY)).toBe(
      true,
    );
  });

  test("the end of a job that accounting tells an hour late is found", async () => {
    const head = new Head();
    const job = queueJob({ id: 1, state: "RUNNING", submitTime: ago(0) });
    head.jobs = [job];
    await using running = cacheOf([head]);
    await running.clock.advance(60_000);
    const endTime = running.clock.now();
    head.jobs = [{ ...job, state: "COMPLETED", endTime }];
    await running.clock.advance(60_000);
    head.jobs = [];
    await running.clock.advance(3_600_000);
    expect((await running.search()).jobs).toMatchObject([
      { state: "COMPLETED", isLive: false, cpuSecondsUsed: undefined },
    ]);
    head.ended = [historyJob({ id: 1, submitTime: ago(0), endTime })];
    await running.clock.advance(60_000);
    expect((await running.search()).jobs).toMatchObject([
      { state: "COMPLETED", cpuSecondsUsed: 60 },
    ]);
  });

  test("Slurm away: what was known is shown with its age, and goes on when it is back", async () => {
    const head = new Head();
    head.jobs = [queueJob({ id: 1, submitTime: ago(0) })];
    await using running = cacheOf([head]);
    const { clock, search } = running;
    await clock.advance(1000);
    const before = (await search()).status[0];
    head.isAway = true;
    await clock.advance(120_000);
    const away = await search();
    expect(away.jobs).toHaveLength(1);
    expect(away.status).toMatchObject([
      { queueAt: expect.any(Date), problem: "slurmctld is away" },
    ]);
    expect(away.status[0]?.queueAt?.getTime()).toBeLessThan(
      (before?.queueAt?.getTime() ?? 0) + 20_000,
    );
    head.isAway = false;
    await clock.advance(60_000);
    expect((await search()).status[0]).toMatchObject({ problem: undefined });
  });

  test("accounting that was away for hours, and catches up after it is back, is read as far back", async () => {
    const head = new Head();
    await using running = cacheOf([head]);
    const { clock, search } = running;
    await clock.advance(60_000);
    head.isAway = true;
    await clock.advance(3_600_000);
    const endTime = clock.now();
    await clock.advance(2 * 3_600_000);
    head.isAway = false;
    await clock.advance(120_000);
    expect((await search()).total).toBe(0);
    head.ended = [historyJob({ id: 1, submitTime: ago(0), endTime })];
    await clock.advance(900_000);
    expect((await search()).jobs).toMatchObject([{ id: 1, state: "COMPLETED" }]);
  });

  test("a cluster that is gone takes its jobs along, and one that comes is read", async () => {
    const heads = [new Head("a")];
    await using running = cacheOf(heads);
    await running.clock.advance(1000);
    const b = new Head("b");
    b.jobs = [queueJob({ id: 5, submitTime: ago(0) })];
    heads.splice(0, 1, b);
    await running.clock.advance(6000);
    const found = await running.cache.search({
      clusters: new Map([["a", "all"] as const, ["b", "all"] as const]),
      limit: 10,
    });
    expect(found.jobs).toMatchObject([{ cluster: "b", id: 5 }]);
    expect(found.status.map(({ cluster }) => cluster)).toEqual(["b"]);
  });

  test("a job that is younger than the last look is asked for", async () => {
    const head = new Head();
    await using running = cacheOf([head]);
    await running.clock.advance(1000);
    head.jobs = [queueJob({ id: 7, submitTime: ago(0) })];
    const found = running.cache.find("demo", parseJobReference("7"));
    await running.clock.advance(1000);
    expect(await found).toMatchObject([{ id: 7 }]);
  });

  test("tells what changed, and of very much that it did", async () => {
    const head = new Head();
    await using running = cacheOf([head]);
    const { clock, changes } = running;
    await clock.advance(1000);
    head.jobs = [queueJob({ id: 1, submitTime: ago(0) })];
    await clock.advance(10_000);
    expect(changes).toMatchObject([{ kind: "created", cluster: "demo", job: { id: 1 } }]);
    head.jobs = Array.from({ length: 500 }, (_, i) => queueJob({ id: i + 1, submitTime: ago(0) }));
    await clock.advance(10_000);
    expect(changes.slice(1)).toEqual([{ kind: "many", cluster: "demo", count: 499 }]);
  });
});

describe("search", () => {
  const users = ["ada", "ben", "eve"] as const;
  const record = fc.record({
    name: fc.constantFrom("align", "Align-2", "sort_3", "mpi"),
    user: fc.constantFrom(...users),
    account: fc.constantFrom("science", "ops"),
    partition: fc.constantFrom("q1", "q2"),
    state: fc.constantFrom("PENDING", "RUNNING", "COMPLETED", "FAILED"),
    minutes: fc.nat(20),
    cpus: fc.nat(3),
    nodes: fc.constantFrom("", "q1-dy-a-[1-3]", "q1-dy-a-2,q2-dy-b-7"),
  });
  type Sample = typeof record extends fc.Arbitrary<infer T> ? T : never;
  const jobsOf = (records: readonly Sample[]) =>
    records.map(({ minutes, ...job }, index) =>
      queueJob({ ...job, id: index + 1, submitTime: ago(minutes * 60_000) }),
    );

  test("pages have everything that may be seen and fits, once, in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 40, size: "max" }),
        fc.record(
          {
            text: fc.constantFrom("align", "ada q1", "RUN", "q2-dy", "3"),
            states: fc.subarray(["PENDING", "FAILED"]),
            users: fc.subarray([...users]),
            node: fc.constantFrom("q1-dy-a-2", "q1-dy-a-9"),
            isFinished: fc.boolean(),
          },
          { requiredKeys: [] },
        ) as fc.Arbitrary<JobFilter>,
        fc.constantFrom("submitTime" as const, "name" as const, "cpus" as const, "id" as const),
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom<"all" | { users: string[]; accounts: string[] }>(
          "all",
          { users: ["ada"], accounts: [] },
          { users: ["ben"], accounts: ["ops"] },
        ),
        async (records, filter, sort, isDescending, limit, visibility) => {
          const heads = [new Head("a"), new Head("b")];
          const jobs = jobsOf(records);
          const [a, b] = heads as [Head, Head];
          a.jobs = jobs.filter(({ id }) => id % 2 === 0);
          b.jobs = jobs.filter(({ id }) => id % 2 === 1);
          await using running = cacheOf(heads);
          await running.clock.advance(1000);
          const clusters = new Map([["a", visibility] as const, ["b", visibility] as const]);
          const found: number[] = [];
          let cursor: string | undefined;
          let total: number;
          do {
            const page = await running.cache.search({
              ...{ clusters, filter, sort, isDescending, limit },
              ...(cursor === undefined ? {} : { cursor }),
            });
            found.push(...page.jobs.map(({ id }) => id));
            cursor = page.next;
            total = page.total;
          } while (cursor !== undefined);
          const wanted = jobs.filter((job) => fits(job, filter, visibility));
          expect(found.toSorted((x, y) => x - y)).toEqual(wanted.map(({ id }) => id));
          expect(total).toBe(wanted.length);
          const values = found.map((id) => {
            const job = jobs[id - 1] as QueueJob;
            return sort === "submitTime" ? (job.submitTime?.getTime() ?? 0) : job[sort];
          });
          for (const [index, value] of values.entries()) {
            const before = values[index - 1];
            if (before === undefined) continue;
            expect(isDescending ? before >= value : before <= value).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  function fits(
    job: QueueJob,
    filter: JobFilter,
    visibility: "all" | { users: string[]; accounts: string[] },
  ): boolean {
    if (
      visibility !== "all" &&
      !visibility.users.includes(job.user) &&
      !visibility.accounts.includes(job.account)
    ) {
      return false;
    }
    const text = [job.id, job.name, job.user, job.account, job.partition, job.state, job.nodes].map(
      (part) => String(part).toLowerCase(),
    );
    const words = (filter.text ?? "")
      .toLowerCase()
      .split(" ")
      .filter((word) => word !== "");
    const finished = ["COMPLETED", "FAILED"].includes(job.state);
    return (
      words.every((word) => text.some((part) => part.includes(word))) &&
      (filter.states === undefined || filter.states.includes(job.state)) &&
      (filter.users === undefined || filter.users.includes(job.user)) &&
      (filter.node === undefined || (filter.node === "q1-dy-a-2" && job.nodes !== "")) &&
      (filter.isFinished === undefined || filter.isFinished === finished)
    );
  }

  test("totals count what every filter but that of states lets through", async () => {
    const head = new Head();
    head.jobs = ["PENDING", "PENDING", "RUNNING"].map((state, index) =>
      queueJob({ id: index + 1, state, submitTime: ago(0) }),
    );
    await using running = cacheOf([head]);
    await running.clock.advance(1000);
    const { total, totals } = await running.search({ filter: { states: ["RUNNING"] } });
    expect({ total, totals }).toEqual({ total: 1, totals: { PENDING: 2, RUNNING: 1 } });
  });

  test("a cursor of another order, and what is none, are refused", async () => {
    const head = new Head();
    head.jobs = [1, 2].map((id) => queueJob({ id, submitTime: ago(0) }));
    await using running = cacheOf([head]);
    await running.clock.advance(1000);
    const { next = "" } = await running.search({ limit: 1, sort: "id", isDescending: true });
    const refused = { code: "PAGE_CURSOR_INVALID" };
    await expect(running.search({ cursor: next })).rejects.toMatchObject(refused);
    await expect(running.search({ cursor: "bm9uZQ" })).rejects.toMatchObject(refused);
  });

  test("a task is found by its array, also while it waits with others", async () => {
    const head = new Head();
    const array = { arrayJobId: 10, submitTime: ago(0) };
    head.jobs = [
      queueJob({ ...array, id: 10, arrayTaskId: "[4-9%2]" }),
      queueJob({ ...array, id: 11, arrayTaskId: "3", state: "RUNNING" }),
    ];
    await using running = cacheOf([head]);
    await running.clock.advance(1000);
    const ids = async (text: string) => {
      const found = running.cache.find("demo", parseJobReference(text));
      await running.clock.advance(1000);
      return (await found).map(({ id }) => id);
    };
    expect(await ids("10")).toEqual([10, 11]);
    expect(await ids("10_3")).toEqual([11]);
    expect(await ids("10_[5,12]")).toEqual([10]);
    expect(await ids("10_12")).toEqual([]);
    const known = running.cache.known("demo", [10, 11, 12]);
    expect([...known].map(([id, jobs]) => [id, jobs.map((job) => job.id)])).toEqual([
      [10, [10, 11]],
      [11, [11]],
    ]);
    expect(running.cache.known("other", [10]).size).toBe(0);
  });
});

test.each([
  "",
  "0",
  "-1",
  "12;ls",
  "12_",
  "12_[",
  "12_[3-1]",
  "12 13",
  "12_[a]",
  "12.0",
  "1e3",
  "--x",
])("%j is not the id of a job", (text) => {
  expect(() => parseJobReference(text)).toThrow(
    expect.objectContaining({ code: "JOB_ID_INVALID" }),
  );
});
