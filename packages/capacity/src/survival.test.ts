import { afterEach, expect, test } from "vitest";
import { poolOf, World, type WorldOptions } from "./testing/world.ts";

let world: World;
const begin = (options: WorldOptions): World => {
  world = new World(options).start();
  return world;
};
afterEach(async () => world[Symbol.asyncDispose]());

const HOUR = 3600;
const running = (job: number) => () => world.state(job) === "RUNNING";
const living = () => world.cloud.all().map((one) => one.node);
const isOff = (name: string) => world.slurm.node(name).state === "IDLE+CLOUD+POWERED_DOWN";
const away = () => Array.from({ length: 10_000 }, () => new Error("the cloud is away"));

/** A cluster with a job of an hour and a half on two nodes. */
async function busy(options: Partial<WorldOptions> = {}): Promise<number> {
  begin({ pools: [poolOf("q1", "a", { fixed: 1, dynamic: 4 })], ...options });
  const job = world.submit({ nodes: 3, runSeconds: 1.5 * HOUR });
  await world.until(running(job), 60);
  return job;
}

test("slurmctld away for an hour: nothing goes, and the next job starts as ever", async () => {
  const job = await busy();
  const before = living();
  world.slurm.failNextCalls(Number.POSITIVE_INFINITY);
  await world.seconds(HOUR);
  expect(living()).toEqual(before);
  expect(world.state(job)).toBe("RUNNING");
  world.slurm.failNextCalls(0);
  const next = world.submit({ nodes: 1, runSeconds: 5 });
  expect(await world.until(running(next), 60)).toBeLessThan(25);
  expect(world.state(job)).toBe("RUNNING");
});

test("the cloud away for an hour: jobs run on, and what is idle goes at its return", async () => {
  const job = await busy();
  const idle = world.submit({ nodes: 1, runSeconds: 5 });
  await world.until(() => world.state(idle) === "COMPLETED", 60);
  world.cloud.faults.nextCallErrors.push(...away());
  await world.until(() => isOff("q1-dy-a-3"), 120);
  await world.seconds(HOUR);
  expect(world.state(job)).toBe("RUNNING");
  expect(living()).toHaveLength(4);
  world.cloud.faults.nextCallErrors.length = 0;
  expect(await world.until(() => living().length === 3, 60)).toBeLessThan(25);
});

test("a cloud that answers after twenty seconds is a slow cloud, not a broken one", async () => {
  const job = await busy();
  world.cloud.faults.latencyMs = 20_000;
  const next = world.submit({ nodes: 1, runSeconds: 300 });
  await world.until(running(next), 120);
  await world.seconds(HOUR / 2);
  expect(world.state(job)).toBe("RUNNING");
  await world.until(() => isOff("q1-dy-a-3") && living().length === 3, 200);
  expect(world.cloud.accepted).toHaveLength(4);
});

test("lists that show nothing for an hour end no machine and launch none twice", async () => {
  const job = await busy();
  world.cloud.faults.listOmits = () => true;
  const next = world.submit({ nodes: 1, runSeconds: 20 });
  await world.until(running(next), 60);
  await world.seconds(HOUR);
  expect(world.state(job)).toBe("RUNNING");
  // What is not wanted any more was told to go all the same.
  expect(living()).toHaveLength(3);
  world.cloud.faults.listOmits = () => false;
  await world.seconds(120);
  expect(living()).toHaveLength(3);
  expect(world.cloud.accepted).toHaveLength(4);
});

test("lists that leave out one machine or another, at random, disturb no job", async () => {
  const job = await busy();
  let seed = 1;
  world.cloud.faults.listOmits = () => {
    seed = (seed * 48271) % 2147483647;
    return seed % 3 === 0;
  };
  await world.seconds(HOUR);
  expect(world.state(job)).toBe("RUNNING");
  expect(world.cloud.accepted).toHaveLength(3);
});
