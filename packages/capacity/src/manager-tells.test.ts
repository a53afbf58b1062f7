import { afterEach, expect, test } from "vitest";
import { poolOf, World } from "./testing/world.ts";

let world: World;
afterEach(async () => world[Symbol.asyncDispose]());

test("a job and its node are explained while they wait, when they run, and when Slurm is away", async () => {
  world = new World({ pools: [poolOf("q1", "a", { dynamic: 2 })], bootMs: 10_000 }).start();
  const explain = (subject: { job: string } | { node: string }) => world.manager.explain(subject);
  await world.seconds(3);
  const job = world.submit({ nodes: 2, runSeconds: 30 });
  await world.until(() => world.cloud.accepted.length === 2, 10);
  await world.seconds(2);
  const waiting = await explain({ job: String(job) });
  expect(waiting.state).toContain("waits for them: 0 of 2 are up");
  expect(waiting.why.join()).toContain("2 machines boot");
  expect(waiting.tried).toMatchObject([{ answer: "2 machines accepted" }]);
  expect(waiting.next[0]?.what).toContain("the first of 2 machines is given up");
  expect((await explain({ node: "q1-dy-a-1" })).state).toContain("has not registered yet");
  expect(world.cloud.accepted).toHaveLength(2);

  await world.until(() => world.state(job) === "RUNNING", 30);
  await world.seconds(6);
  expect((await explain({ job: String(job) })).state).toContain("runs on q1-dy-a-1, q1-dy-a-2");

  world.slurm.failNextCalls(1);
  const stale = await explain({ node: "q1-dy-a-1" });
  expect(stale.stale).not.toBeNull();
  expect(stale.state).toContain("q1-dy-a-1 is up");

  world.slurm.failNextCalls(1);
  await expect(explain({ job: String(job) })).rejects.toMatchObject({ code: "SLURM_UNREACHABLE" });

  await expect(explain({ job: "4711" })).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  await expect(explain({ node: "nope" })).rejects.toMatchObject({ code: "NODE_NOT_FOUND" });
  await world.until(() => world.state(job) === "COMPLETED", 60);
  expect((await explain({ job: String(job) })).state).toBe(`job ${job} is over: COMPLETED`);
});

test("who counts hears of resumes, passes and events, and of passes that failed", async () => {
  const resumed: string[] = [];
  const passes: boolean[] = [];
  const kinds: string[] = [];
  world = new World({
    pools: [poolOf("q1", "a", { dynamic: 2 })],
    meter: {
      resumed: (nodes) => resumed.push(...nodes),
      passed: (_seconds, ok) => passes.push(ok),
      happened: ({ kind }) => kinds.push(kind),
    },
  }).start();
  const job = world.submit({ nodes: 2 });
  await world.until(() => world.state(job) === "RUNNING", 20);
  await world.seconds(6);
  expect(resumed.toSorted()).toEqual(["q1-dy-a-1", "q1-dy-a-2"]);
  expect(kinds.toSorted()).toEqual(
    ["joined", "launched", "registered"].flatMap((kind) => [kind, kind]),
  );
  expect(passes.every((ok) => ok)).toBe(true);
  expect(world.manager.census().machines).toEqual([
    { labels: { state: "running", market: "on-demand" }, count: 2 },
  ]);
  world.slurm.failNextCalls(1);
  await world.seconds(20);
  expect(passes.filter((ok) => !ok)).toHaveLength(1);
});
