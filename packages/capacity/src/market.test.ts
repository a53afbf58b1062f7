import { CloudError } from "@sluice/cloud";
import { afterEach, expect, test } from "vitest";
import type { PoolSpec } from "./contract.ts";
import type { ScalingStrategy } from "./policy.ts";
import { poolOf, World, type WorldOptions } from "./testing/world.ts";

let world: World;
const begin = (options: WorldOptions): World => {
  world = new World(options).start();
  return world;
};
afterEach(async () => world[Symbol.asyncDispose]());

const running = (job: number) => () => world.state(job) === "RUNNING";
const over = (job: number) => () => world.state(job) === "COMPLETED";
const withStrategy = (spec: PoolSpec, scalingStrategy: ScalingStrategy): PoolSpec => ({
  ...spec,
  policy: { ...spec.policy, scalingStrategy },
});
const eventsOf = (kind: string) => world.manager.events().filter((event) => event.kind === kind);

test("from a refusal to the next offering it takes no time of our own", async () => {
  begin({
    pools: [poolOf("q1", "a", { dynamic: 3 }, ["small", "medium", "large"])],
    capacity: { "small/sim-a/on-demand": 1, "medium/sim-a/on-demand": 1 },
  });
  const job = world.submit({ nodes: 3 });
  await world.until(() => world.cloud.accepted.length === 3, 20);
  const [first, second] = eventsOf("offering-unavailable").map((event) => Date.parse(event.time));
  const [launched] = eventsOf("launched").map((event) => Date.parse(event.time));
  expect((second ?? 0) - (first ?? 0)).toBeLessThanOrEqual(100);
  expect((launched ?? 0) - (second ?? 0)).toBeLessThanOrEqual(100);
  await world.until(running(job));
});

test("where the choice is the cloud's, one call has machines of several types", async () => {
  const spec = poolOf("q1", "a", { dynamic: 4 }, ["small", "medium", "large"]);
  begin({
    pools: [{ ...spec, pool: { ...spec.pool, choice: "cloud" } }],
    capacity: { "small/sim-a/on-demand": 1, "medium/sim-a/on-demand": 1 },
  });
  const job = world.submit({ nodes: 4 });
  await world.until(running(job), 20);
  const types = world.cloud.all().map((one) => one.offering.instanceType);
  expect(types.toSorted()).toEqual(["large", "large", "medium", "small"]);
  expect(eventsOf("offering-unavailable")).toEqual([]);
  expect(
    eventsOf("launched")
      .map(({ message }) => /of (\w+)/.exec(message)?.[1])
      .toSorted(),
  ).toEqual(types.toSorted());
});

test("what the cloud had none of is left alone, all of it", async () => {
  const spec = poolOf("q1", "a", { dynamic: 2 }, ["small", "medium", "large"]);
  begin({
    pools: [{ ...spec, pool: { ...spec.pool, choice: "cloud" } }],
    capacity: Object.fromEntries(
      ["small", "medium", "large"].map((type) => [`${type}/sim-a/on-demand`, 0]),
    ),
  });
  const job = world.submit({ nodes: 2, runSeconds: 5 });
  await world.until(() => eventsOf("job-returned").length > 0, 20);
  expect(eventsOf("offering-unavailable")).toHaveLength(3);
  world.cloud.capacity.clear();
  await world.until(over(job), 200);
});

test("greedy: what an offering has is taken, the rest comes from the next", async () => {
  const spec = poolOf("q1", "a", { dynamic: 4 }, ["small", "large"]);
  begin({
    pools: [withStrategy(spec, "greedy-all-or-nothing")],
    capacity: { "small/sim-a/on-demand": 3 },
  });
  const job = world.submit({ nodes: 4 });
  await world.until(running(job), 20);
  const types = world.cloud.all().map((one) => one.offering.instanceType);
  expect(types.toSorted()).toEqual(["large", "small", "small", "small"]);
});

test.each([
  ["all-or-nothing", 0],
  ["greedy-all-or-nothing", 0],
  ["best-effort", 2],
] as const)("%s: of a job that can't have all, %i machines stay", async (strategy, kept) => {
  const spec = poolOf("q1", "a", { dynamic: 4 });
  begin({
    pools: [withStrategy(spec, strategy)],
    capacity: { "small/sim-a/on-demand": 2 },
  });
  const job = world.submit({ nodes: 4, runSeconds: 5 });
  await world.until(() => eventsOf("job-returned").length > 0, 20);
  await world.seconds(12);
  const living = world.cloud.all().filter((one) => one.state !== "stopping");
  expect(living).toHaveLength(kept);
  world.cloud.capacity.clear();
  await world.until(over(job), 200);
  await world.until(() => world.cloud.all().length === 0, 200);
});

test("a gang that is too large for now bounces little, while small jobs start", async () => {
  begin({
    pools: [poolOf("q1", "a", { dynamic: 8 })],
    capacity: { "small/sim-a/on-demand": 2 },
  });
  const gang = world.submit({ nodes: 4, runSeconds: 5 });
  await world.seconds(3);
  const small = world.submit({ nodes: 1, runSeconds: 5 });
  expect(await world.until(running(small), 20)).toBeLessThan(8);
  await world.seconds(20);
  expect(world.state(gang)).toBe("PENDING");
  expect(eventsOf("job-returned")).toHaveLength(1);
  world.cloud.capacity.clear();
  await world.until(over(gang), 200);
});

test("a job over two compute resources leaves nothing behind, even across a killed daemon", async () => {
  begin({
    pools: [poolOf("q1", "a", { dynamic: 2 }), poolOf("q1", "b", { dynamic: 2 }, ["large"])],
    capacity: { "large/sim-a/on-demand": 1 },
    bootMs: 20_000,
  });
  world.cloud.faults.latencyMs = 300;
  const job = world.submit({ nodes: 4, runSeconds: 5 });
  await world.until(() => world.cloud.accepted.length === 2, 20);
  await world.kill();
  await world.seconds(1);
  world.cloud.faults.latencyMs = 0;
  world.start();
  await world.until(() => eventsOf("job-returned").length > 0, 10);
  await world.until(() => world.cloud.all().length === 0, 15);
  world.cloud.capacity.clear();
  await world.until(over(job), 200);
});

test("a limit of the account is told once, plainly, and tried again when a machine went", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 4 })], suspendTime: 30 });
  const first = world.submit({ nodes: 2, runSeconds: 40 });
  await world.until(running(first), 20);
  const full = () => new CloudError("QuotaExceeded", "the limit of 2 machines is reached");
  world.cloud.faults.nextRequestErrors.push(full(), full());
  const second = world.submit({ nodes: 1, runSeconds: 5 });
  await world.seconds(20);
  const told = eventsOf("quota-exceeded");
  expect(told).toHaveLength(1);
  expect(told[0]?.message).toContain("raise the account's limit in the cloud's console, or lower");
  expect((await world.manager.fleetView()).unavailable).toMatchObject([{ cause: "quota" }]);
  world.cloud.faults.nextRequestErrors.length = 0;
  // Sooner than the five minutes that time alone would take.
  await world.until(over(second), 200);
  expect(eventsOf("quota-exceeded")).toHaveLength(1);
});

test("a job that is too large for what there is does not keep small ones from it", async () => {
  begin({
    pools: [poolOf("q1", "a", { dynamic: 4 })],
    capacity: { "small/sim-a/on-demand": 2 },
    // EC2's menu does not tell what there is.
    sim: { menuShowsSoldOut: false },
  });
  const large = world.submit({ nodes: 4, runSeconds: 10 });
  await world.until(() => world.manager.events().some((one) => one.kind === "job-returned"), 20);
  await world.seconds(45);
  const small = Array.from({ length: 3 }, () => world.submit({ nodes: 2, runSeconds: 60 }));
  await world.until(() => small.every((job) => over(job)()), 600);
  // Slurm itself would give it the nodes again every two minutes (cred_expire); it waits longer.
  await world.until(() => eventsOf("job-returned").length >= 5, 1200);
  await world.seconds(5);
  const wait = (world.slurm.job(large).eligibleTime?.getTime() ?? 0) - world.clock.now().getTime();
  expect(wait).toBeGreaterThan(150_000);
  world.cloud.capacity.clear();
  await world.until(over(large), 900);
});
