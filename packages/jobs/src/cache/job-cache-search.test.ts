import type { QueueJob } from "@sluice/gateway";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobFilter } from "./contract.ts";
import { parseJobReference } from "./job-reference.ts";
import { ago, cacheOf, Head } from "./testing/cached-heads.ts";
import { queueJob } from "./testing/simulated-slurm.ts";

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
