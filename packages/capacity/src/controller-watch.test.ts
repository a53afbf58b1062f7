import { afterEach, expect, test } from "vitest";
import { poolOf, World, type WorldOptions } from "./testing/world.ts";

let world: World;
const begin = (options: Partial<WorldOptions> = {}): World => {
  world = new World({ pools: [poolOf("q1", "a", { dynamic: 4 })], ...options }).start();
  return world;
};
afterEach(async () => world[Symbol.asyncDispose]());

const state = (job: number) => world.state(job);
const isOver = (job: number) => () => state(job) === "COMPLETED";
/** What was done with the job itself. */
const kinds = (job: number) =>
  world.manager
    .events()
    .filter(({ job: id, kind }) => id === String(job) && kind.startsWith("job-"))
    .map(({ kind }) => kind);

test("after a start of slurmctld jobs wait some seconds for their start, and at no other time", async () => {
  begin();
  await world.until(isOver(world.submit({ runSeconds: 1 })), 60);
  const before = world.submit({ runSeconds: 1 });
  expect(await world.until(() => state(before) === "RUNNING", 10)).toBeLessThan(0.2);
  await world.until(isOver(before));
  await world.seconds(10);

  world.slurm.crash();
  await world.seconds(1);
  const after = world.submit({ runSeconds: 1 });
  const waited = await world.until(() => state(after) === "RUNNING", 10);
  expect(waited).toBeGreaterThan(1.9);
  expect(waited).toBeLessThan(2.5);
  expect(world.manager.events().map((one) => one.kind)).toContain("slurmctld-started");
  await world.until(isOver(after));
  const next = world.submit({ runSeconds: 1 });
  expect(await world.until(() => state(next) === "RUNNING", 10)).toBeLessThan(0.2);
});

test("jobs wait until slurmctld answers, and some seconds more", async () => {
  begin();
  await world.until(isOver(world.submit({ runSeconds: 1 })), 60);
  await world.seconds(10);
  world.slurm.failNextCalls(Number.POSITIVE_INFINITY);
  world.slurm.crash();
  await world.seconds(1);
  const job = world.submit({ runSeconds: 1 });
  await world.seconds(20);
  world.slurm.failNextCalls(0);
  const waited = await world.until(() => state(job) === "RUNNING", 10);
  expect(waited).toBeGreaterThanOrEqual(3);
  expect(waited).toBeLessThan(4);
});

test("a job whose end slurmctld forgot runs again within seconds, and one that goes on is left alone", async () => {
  begin();
  const long = world.submit({ runSeconds: 300 });
  const short = world.submit({ runSeconds: 20 });
  await world.until(isOver(short), 60);
  world.slurm.crash();
  expect(state(short)).toBe("RUNNING");
  await world.until(() => kinds(short).includes("job-requeued"), 5);
  expect(await world.until(() => state(short) === "RUNNING", 20)).toBeLessThan(5);
  await world.until(isOver(short), 30);
  expect(state(long)).toBe("RUNNING");
  expect(kinds(long)).not.toContain("job-requeued");
  await world.until(isOver(long), 400);
});

test("a job whose script never came to its node runs again within half a minute, others go on", async () => {
  begin();
  const long = world.submit({ runSeconds: 300 });
  const lost = world.submit({ runSeconds: 20 });
  await world.until(() => state(long) === "RUNNING" && state(lost) === "RUNNING", 20);
  world.slurm.loseLaunch(lost);
  // Written down as running.
  await world.seconds(6);
  world.slurm.crash();
  await world.seconds(15);
  expect([state(long), state(lost)]).toEqual(["RUNNING", "RUNNING"]);
  await world.until(() => kinds(lost).includes("job-requeued"), 15);
  await world.until(() => state(lost) === "RUNNING", 5);
  await world.until(isOver(lost), 30);
  expect(state(long)).toBe("RUNNING");
  expect(kinds(long)).toEqual([]);
});

test("no node is asked where no launch is in doubt, nor one that somebody drained", async () => {
  begin();
  const old = world.submit({ runSeconds: 1000 });
  await world.until(() => state(old) === "RUNNING", 20);
  await world.seconds(400);
  const young = world.submit({ runSeconds: 1000 });
  await world.until(() => state(young) === "RUNNING", 20);
  const drained = await world.slurm.control.job(young);
  await world.slurm.control.updateNodes([drained?.nodes ?? ""], {
    state: "DRAIN",
    reason: "by a person",
  });
  await world.seconds(6);
  world.slurm.crash();
  await world.seconds(60);
  expect(world.slurm.calls.filter(({ update }) => update?.state === "UNDRAIN")).toEqual([]);
});

test("what can't be requeued is cancelled, and its machine goes", async () => {
  begin({ suspendTime: 10 });
  const job = world.submit({ isBatch: false, runSeconds: 5 });
  await world.until(isOver(job), 60);
  world.slurm.crash();
  await world.until(() => state(job) === "CANCELLED", 5);
  expect(kinds(job)).toEqual(["job-cancelled"]);
  await world.until(() => world.cloud.all().length === 0, 60);
});

test("while accounting is away the look is made again until it is back", async () => {
  begin();
  // Longer than a launch is in doubt.
  const job = world.submit({ runSeconds: 400 });
  await world.until(isOver(job), 450);
  world.slurm.accountingAway = true;
  world.slurm.crash();
  await world.seconds(600);
  expect(state(job)).toBe("RUNNING");
  expect(world.slurm.calls.filter(({ method }) => method === "lastRuns").length).toBeLessThan(20);
  world.slurm.accountingAway = false;
  await world.until(() => kinds(job).includes("job-requeued"), 61);
  await world.until(isOver(job), 450);
});

test("a node manager that was away as well finds out by itself", async () => {
  begin();
  await world.until(isOver(world.submit({ nodes: 2, runSeconds: 1 })), 60);
  const job = world.submit({ runSeconds: 5 });
  await world.until(isOver(job), 60);
  await world.kill();
  world.slurm.crash();
  await world.seconds(1);
  const other = world.submit({ runSeconds: 1 });
  world.start();
  const waited = await world.until(() => state(other) === "RUNNING", 10);
  // slurmctld was started a second ago.
  expect(waited).toBeGreaterThan(1.9);
  expect(waited).toBeLessThan(5);
  await world.until(isOver(job), 60);
});

test("slurmctld that is killed again and again ends no job twice", async () => {
  begin();
  const job = world.submit({ runSeconds: 5 });
  await world.until(isOver(job), 60);
  for (let n = 0; n < 5; n++) {
    world.slurm.crash();
    await world.seconds(1);
  }
  await world.until(() => kinds(job).includes("job-requeued"), 10);
  await world.until(isOver(job), 60);
  expect(kinds(job)).toEqual(["job-requeued"]);
});

test("in a new cluster no job waits for anything but its node", async () => {
  begin({ bootMs: 100 });
  await world.kill();
  world.slurm.crash();
  await world.seconds(1);
  world.start();
  const job = world.submit({ runSeconds: 1 });
  // slurmctld takes notice of it within a second.
  expect(await world.until(() => state(job) === "RUNNING", 20)).toBeLessThan(1.5);
  expect(world.manager.events().map((one) => one.kind)).not.toContain("slurmctld-started");
});

test("machines under running jobs stay, however often slurmctld is killed", async () => {
  begin();
  const jobs = [1, 2, 3].map(() => world.submit({ runSeconds: 60 }));
  await world.until(() => jobs.every((job) => state(job) === "RUNNING"), 20);
  await world.seconds(5.5);
  for (let n = 0; n < 20; n++) {
    world.slurm.crash();
    await world.seconds(1.3);
  }
  expect(jobs.map(state)).toEqual(["RUNNING", "RUNNING", "RUNNING"]);
  await world.until(() => jobs.every((job) => isOver(job)()), 100);
  expect(world.cloud.accepted).toHaveLength(3);
});

test("a job that was launched and forgotten is refused by its node, and ends on another machine", async () => {
  begin();
  await world.until(isOver(world.submit({ nodes: 2, runSeconds: 1 })), 60);
  await world.seconds(10);
  const job = world.submit({ nodes: 2, runSeconds: 30 });
  await world.until(() => state(job) === "RUNNING", 10);
  world.slurm.crash();
  await world.until(isOver(job), 300);
  await world.until(
    () => world.nodeNames().every((name) => world.slurm.node(name).base !== "DOWN"),
    60,
  );
  expect(world.nodeNames().some((name) => world.slurm.node(name).flags.has("DRAIN"))).toBe(false);
});
