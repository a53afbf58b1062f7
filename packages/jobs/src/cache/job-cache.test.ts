import { FakeClock } from "@sluice/slurm/testing";
import { describe, expect, test } from "vitest";
import { parseJobReference } from "./job-reference.ts";
import { ago, cacheOf, DAY, Head, START } from "./testing/cached-heads.ts";
import { historyJob, queueJob } from "./testing/simulated-slurm.ts";

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
