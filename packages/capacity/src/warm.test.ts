import { afterEach, expect, test } from "vitest";
import { DEFAULT_POOL_POLICY, type WarmPolicy } from "./policy.ts";
import { poolOf, World, type WorldOptions } from "./testing/world.ts";

let world: World;
const warm = (policy: Partial<WarmPolicy>): ReadonlyMap<string, WarmPolicy> =>
  new Map([
    ["q1", { count: 0, windows: [], demandShare: 0, demandMinutes: 30, stopped: 0, ...policy }],
  ]);
const begin = (policy: Partial<WarmPolicy>, options: Partial<WorldOptions> = {}): World => {
  const pool = poolOf("q1", "a", { dynamic: 6 });
  world = new World({
    pools: [{ ...pool, policy: { ...DEFAULT_POOL_POLICY, idleSeconds: 60 } }],
    warm: warm(policy),
    ...options,
  }).start();
  return world;
};
afterEach(async () => world[Symbol.asyncDispose]());

const running = (job: number) => () => world.state(job) === "RUNNING";
const over = (job: number) => () => world.state(job) === "COMPLETED";
const count = (state: string) =>
  world.nodeNames().filter((name) => world.slurm.node(name).state === state).length;
const idle = () => count("IDLE+CLOUD");
const off = () => count("IDLE+CLOUD+POWERED_DOWN");

test("a queue keeps its idle nodes: jobs start on them at once, and others take their place", async () => {
  begin({ count: 2 });
  expect(await world.until(() => idle() === 2, 20)).toBeLessThan(8);
  await world.seconds(300);
  expect(idle()).toBe(2);
  const job = world.submit({ nodes: 2, runSeconds: 90 });
  expect(await world.until(running(job))).toBeLessThanOrEqual(0.1);
  // Noticed within a pass, then a power-up and a boot.
  expect(await world.until(() => idle() === 2, 20)).toBeLessThan(12);
  await world.until(over(job), 120);
  expect(idle()).toBe(4);
  await world.until(() => idle() === 2 && off() === 4, 120);
  await world.until(() => world.cloud.all().length === 2, 20);
  await world.seconds(300);
  expect(world.cloud.accepted).toHaveLength(4);
});

test("nodes come and go with the hours of the day", async () => {
  // The world begins at midnight, on a Tuesday.
  const window = { days: [2], fromMinute: 5, untilMinute: 15, timeZone: "UTC", count: 3 };
  begin({ count: 1, windows: [window] });
  await world.until(() => idle() === 1, 20);
  await world.seconds(300 - ((world.clock.now().getTime() / 1000) % 300));
  expect(await world.until(() => idle() === 3, 20)).toBeLessThan(8);
  await world.seconds(590);
  await world.until(() => idle() === 1, 60);
  expect(world.clock.now().getTime()).toBeGreaterThanOrEqual(
    new Date("2030-01-01T00:15:00Z").getTime(),
  );
});

test("half of what was busy of late stays, and is forgotten in time, also across a killed daemon", async () => {
  begin({ demandShare: 0.5, demandMinutes: 10 });
  const job = world.submit({ nodes: 4, runSeconds: 60 });
  await world.until(over(job), 100);
  await world.kill();
  await world.seconds(5);
  world.start();
  await world.seconds(200);
  expect(idle()).toBe(2);
  await world.until(() => off() === 6 && world.cloud.all().length === 0, 700);
});

test("the nodes of a reservation are up when it begins, and for nobody else", async () => {
  begin({ count: 1 }, { suspendTime: 30 });
  await world.until(() => idle() === 1, 20);
  const start = new Date(world.clock.now().getTime() + 240_000);
  const end = new Date(start.getTime() + 600_000);
  const nodes = "q1-dy-a-[4-5]";
  world.slurm.setReservations([{ name: "class", start, end, nodes, flags: new Set() }]);
  await world.seconds(55);
  expect(world.cloud.all()).toHaveLength(1);
  await world.seconds(184);
  expect(idle()).toBe(3);
  await world.seconds(2);
  const job = world.submit({ nodes: 2, reservation: "class", runSeconds: 30 });
  expect(await world.until(running(job), 5)).toBeLessThanOrEqual(0.1);
  // Held by nobody any more, they go after the queue's own idle time.
  await world.until(() => world.cloud.all().length === 1, 200);
  expect(idle()).toBe(1);
});

test("machines are stopped instead of let go, and started when their nodes are wanted", async () => {
  begin({ stopped: 2 });
  const job = world.submit({ nodes: 3, runSeconds: 20 });
  await world.until(over(job), 60);
  await world.until(() => off() === 6, 120);
  const stopped = () => world.cloud.all().filter((one) => one.state === "stopped").length;
  await world.until(() => stopped() === 2 && world.cloud.all().length === 2, 30);
  await world.seconds(600);
  expect(stopped()).toBe(2);
  expect(world.cloud.costPerHour()).toBe(0);

  const next = world.submit({ nodes: 3, runSeconds: 20 });
  expect(await world.until(running(next), 30)).toBeLessThan(8);
  expect(world.cloud.accepted).toHaveLength(4);
  await world.until(over(next), 60);
  await world.until(() => off() === 6 && stopped() === 2 && world.cloud.all().length === 2, 120);

  const short = world.submit({ nodes: 1, runSeconds: 20 });
  // A power-up within a second, and a start instead of a boot.
  expect(await world.until(running(short), 30)).toBeLessThan(2.5);
  expect(world.cloud.accepted).toHaveLength(4);

  const said = world.manager.events({ limit: 1000 }).map((event) => event.kind);
  expect(said.filter((kind) => kind === "parked")).toHaveLength(4);
  expect(said.filter((kind) => kind === "unparked")).toHaveLength(3);
  world.manager.requestStop();
  await world.until(() => world.cloud.all().length === 0, 60);
});

test("a stopped machine that can't be started makes way for a new one", async () => {
  const pool = poolOf("q1", "a", { dynamic: 2 }, ["small", "large"]);
  begin(
    { stopped: 1 },
    { pools: [{ ...pool, policy: { ...DEFAULT_POOL_POLICY, idleSeconds: 60 } }] },
  );
  const job = world.submit({ runSeconds: 20 });
  await world.until(over(job), 60);
  await world.until(() => count("IDLE+CLOUD+POWERING_DOWN") === 1, 120);
  await world.until(() => off() === 2 && world.cloud.all()[0]?.state === "stopped", 20);
  world.cloud.capacity.set("small/sim-a/on-demand", 0);
  const next = world.submit({ runSeconds: 20 });
  expect(await world.until(running(next), 30)).toBeLessThan(10);
  expect(world.slurm.job(next).nodes).toBe("q1-dy-a-1");
  expect(world.cloud.all().filter((one) => one.state === "running")).toMatchObject([
    { node: "q1-dy-a-1", offering: { instanceType: "large" } },
  ]);
});

test("a daemon killed at any moment of stopping and starting loses and doubles nothing", async () => {
  begin({ stopped: 1 });
  const job = world.submit({ runSeconds: 20 });
  await world.until(over(job), 60);
  await world.until(() => count("IDLE+CLOUD+POWERING_DOWN") === 1, 120);
  await world.clock.advance(50);
  await world.kill();
  await world.seconds(10);
  world.start();
  await world.until(() => world.cloud.all().some((one) => one.state === "stopped"), 30);
  const next = world.submit({ runSeconds: 20 });
  await world.until(() => world.slurm.node("q1-dy-a-1").state.includes("POWERING_UP"), 5);
  await world.clock.advance(40);
  await world.kill();
  await world.seconds(3);
  world.start();
  await world.until(running(next), 30);
  expect(world.cloud.accepted).toHaveLength(1);
  expect(world.cloud.all()).toHaveLength(1);
});
