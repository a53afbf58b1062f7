import { CloudError } from "@sluice/cloud";
import { afterEach, expect, test } from "vitest";
import { poolOf, World, type WorldOptions } from "./testing/world.ts";

let world: World;
const begin = (options: WorldOptions): World => {
  world = new World(options).start();
  return world;
};
afterEach(async () => world[Symbol.asyncDispose]());

const running = (job: number) => () => world.state(job) === "RUNNING";
const over = (job: number) => () => world.state(job) === "COMPLETED";
const machinesOf = (node: string) => world.cloud.all().filter((one) => one.node === node);

test("a job on cold nodes starts the moment they registered, and its machines go when idle", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 4 })] });
  await world.seconds(3);
  const job = world.submit({ nodes: 3, runSeconds: 20 });
  const took = await world.until(running(job));
  // At most a second until ResumeProgram, five to boot, and little of our own.
  expect(took).toBeLessThan(6.5);
  expect(world.cloud.accepted).toHaveLength(3);
  await world.until(over(job));
  await world.until(() => world.cloud.all().length === 0, 120);
});

test("a job on warm nodes starts at once, after one look", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const first = world.submit({ nodes: 2, runSeconds: 5 });
  await world.until(over(first));
  const second = world.submit({ nodes: 2 });
  expect(await world.until(running(second))).toBeLessThanOrEqual(0.1);
});

test("nothing is launched before ResumeProgram was called", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 1 })] });
  await world.seconds(2);
  world.slurm.hooks.onResume = () => {};
  world.submit();
  await world.clock.advance(0);
  expect(world.slurm.node("q1-dy-a-1").state).toContain("POWERED_DOWN");
  await world.clock.advance(200);
  expect(world.cloud.accepted).toHaveLength(0);
});

test("static nodes are up from the start and replaced when they die", async () => {
  begin({ pools: [poolOf("q1", "a", { fixed: 2, dynamic: 1 })] });
  const up = (name: string) => world.slurm.node(name).state === "IDLE+CLOUD";
  await world.until(() => up("q1-st-a-1") && up("q1-st-a-2"), 20);
  const job = world.submit({ nodes: 1, runSeconds: 30 });
  await world.until(running(job));
  const [machine] = machinesOf("q1-st-a-1");
  world.cloud.kill(machine?.id ?? "");
  // The job is eligible again within a second, not after cred_expire: here on the other one.
  await world.until(() => running(job)() && world.slurm.job(job).nodes !== "q1-st-a-1", 2);
  await world.until(
    () => up("q1-st-a-1") || world.slurm.node("q1-st-a-1").base === "ALLOCATED",
    20,
  );
  expect(machinesOf("q1-st-a-1")).toHaveLength(1);
  await world.until(over(job), 60);
});

test("a dynamic machine that dies mid-job sends the job back and the node to the pool", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const job = world.submit({ runSeconds: 30 });
  await world.until(running(job));
  world.cloud.kill(world.cloud.all()[0]?.id ?? "");
  await world.until(() => world.state(job) !== "RUNNING", 3);
  expect(await world.until(running(job), 30)).toBeLessThan(9);
  await world.until(over(job), 60);
  await world.until(() => world.slurm.node("q1-dy-a-1").state === "IDLE+CLOUD+POWERED_DOWN", 120);
});

test("a machine that dies while it boots is simply replaced", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })], bootMs: 8000 });
  const job = world.submit({ nodes: 2 });
  await world.until(() => world.cloud.all().length === 2);
  await world.seconds(1);
  world.cloud.kill(world.cloud.all()[0]?.id ?? "");
  await world.until(running(job), 15);
  expect(world.cloud.accepted).toHaveLength(3);
});

test("without capacity the next offering is asked at once, for the same nodes", async () => {
  begin({
    pools: [poolOf("q1", "a", { dynamic: 4 }, ["small", "large"])],
    capacity: { "small/sim-a/on-demand": 1 },
  });
  const job = world.submit({ nodes: 3 });
  expect(await world.until(running(job), 20)).toBeLessThan(7);
  expect(world.cloud.all().map((one) => one.offering.instanceType)).toEqual([
    "large",
    "large",
    "large",
  ]);
  expect((await world.manager.fleetView()).unavailable).toHaveLength(1);
});

test("when no offering is left the job runs in another compute resource within seconds", async () => {
  begin({
    pools: [poolOf("q1", "a", { dynamic: 4 }), poolOf("q1", "b", { dynamic: 4 }, ["large"])],
    capacity: { "small/sim-a/on-demand": 0 },
  });
  const job = world.submit({ nodes: 1, runSeconds: 10 });
  expect(await world.until(running(job), 30)).toBeLessThan(10);
  const sibling = world.slurm.node("q1-dy-a-4");
  expect(sibling.base).toBe("DOWN");
  expect(sibling.reason).toMatch(/^sluice: no capacity until \d\d:\d\d:\d\d/);
  world.cloud.capacity.clear();
  await world.until(
    () =>
      world.nodeNames().every((name) => world.slurm.node(name).state === "IDLE+CLOUD+POWERED_DOWN"),
    200,
  );
});

test("a job that can't be requeued waits for capacity and is not killed", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })], capacity: { "small/sim-a/on-demand": 0 } });
  const job = world.submit({ nodes: 1, isBatch: false });
  await world.seconds(20);
  expect(world.state(job)).toBe("CONFIGURING");
  world.cloud.capacity.clear();
  await world.until(running(job), 60);
});

test("a machine that never boots costs its job one boot time, not one for each node", async () => {
  begin({
    pools: [
      poolOf("q1", "a", { dynamic: 3 }, ["small"], 30),
      poolOf("q1", "b", { dynamic: 3 }, ["large"], 30),
    ],
  });
  world.cloud.faults.neverBoots = (request) => request.offering.instanceType === "small";
  const job = world.submit({ nodes: 2 });
  const took = await world.until(running(job), 120);
  expect(took).toBeGreaterThan(30);
  expect(took).toBeLessThan(42);
  await world.until(
    () => world.cloud.all().every((one) => one.offering.instanceType === "large"),
    10,
  );
});

test("a machine that never boots is followed by the next offering for the same node", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 1 }, ["small", "large"], 30)] });
  world.cloud.faults.neverBoots = (request) => request.offering.instanceType === "small";
  const job = world.submit();
  expect(await world.until(running(job), 120)).toBeLessThan(38);
  expect(world.slurm.job(job).nodes).toBe("q1-dy-a-1");
});

test("a throttled cloud gets the same requests later, and nothing is held unavailable", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 20 })] });
  world.cloud.faults.throttle = { burst: 5, perSecond: 5 };
  const jobs = Array.from({ length: 20 }, () => world.submit());
  await world.until(() => jobs.every((job) => world.state(job) === "RUNNING"), 60);
  expect(world.cloud.accepted).toHaveLength(20);
  expect((await world.manager.fleetView()).unavailable).toEqual([]);
});

test("transient errors and lost answers are asked again with the same token", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 4 })] });
  world.cloud.faults.nextRequestErrors.push(new CloudError("Transient", "try again"));
  world.cloud.faults.nextCrashesAfter.push(3, 2);
  const jobs = Array.from({ length: 4 }, () => world.submit());
  await world.until(() => jobs.every((job) => world.state(job) === "RUNNING"), 60);
  expect(world.cloud.all()).toHaveLength(4);
});

test("a cancelled job is let go, and its machines with it", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const job = world.submit({ nodes: 2 });
  await world.seconds(2);
  world.slurm.cancel(job);
  await world.until(() => world.cloud.all().length === 0, 120);
});

test("while slurmctld does not answer nothing is terminated", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const job = world.submit({ nodes: 2 });
  await world.until(running(job));
  world.slurm.failNextCalls(50);
  await world.seconds(60);
  expect(world.cloud.all().map((one) => one.state)).toEqual(["running", "running"]);
  expect(world.state(job)).toBe("RUNNING");
});

test("a person's drain and reason stay", async () => {
  begin({ pools: [poolOf("q1", "a", { fixed: 1, dynamic: 1 })] });
  const { control } = world.slurm;
  await world.until(() => world.slurm.node("q1-st-a-1").state === "IDLE+CLOUD", 20);
  await control.updateNodes(["q1-st-a-1"], { state: "DRAIN", reason: "disk" });
  await control.updateNodes(["q1-dy-a-1"], { state: "DOWN", reason: "cabling" });
  await world.seconds(200);
  expect(world.slurm.node("q1-st-a-1")).toMatchObject({
    state: "IDLE+CLOUD+DRAIN",
    reason: "disk",
  });
  expect(world.slurm.node("q1-dy-a-1")).toMatchObject({ base: "DOWN", reason: "cabling" });
  expect(machinesOf("q1-st-a-1")).toHaveLength(1);
});

test("the fleet stops to the last machine and starts again, also across a killed daemon", async () => {
  begin({ pools: [poolOf("q1", "a", { fixed: 1, dynamic: 2 })] });
  const job = world.submit({ nodes: 2, runSeconds: 15 });
  await world.until(running(job));
  world.manager.requestStop();
  await world.clock.advance(120);
  await world.kill();
  await world.seconds(2);
  world.start();
  await world.until(() => world.manager.fleetStatus() === "STOPPED", 60);
  expect(world.cloud.all()).toEqual([]);
  expect(world.state(job)).toBe("PENDING");
  expect((await world.manager.fleetView()).queues[0]?.state).toBe("INACTIVE");
  await world.seconds(30);
  world.manager.requestStart();
  await world.until(() => world.manager.fleetStatus() === "RUNNING", 10);
  await world.until(() => machinesOf("q1-st-a-1").length === 1, 30);
  await world.until(over(job), 200);
});

test("a daemon killed between launch and answer finds its machines again", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 3 })] });
  world.cloud.faults.latencyMs = 300;
  const job = world.submit({ nodes: 3 });
  await world.until(() => world.cloud.accepted.length > 0, 10);
  await world.kill();
  world.cloud.faults.latencyMs = 0;
  await world.seconds(3);
  world.start();
  await world.until(running(job), 30);
  expect(world.cloud.accepted).toHaveLength(3);
});

test("machines that nobody asked for go, those of lost memory are adopted", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const { machines } = world.cloud.cluster("world");
  const pool = { queue: "q1", computeResource: "a" };
  const offering = { instanceType: "small", zone: "sim-a", market: "on-demand" } as const;
  const stray = { pool, offering, userData: "", tags: {} };
  await machines.launch(
    [
      { ...stray, token: "x", node: "q1-dy-a-2" },
      { ...stray, token: "y", node: "no-such-node" },
    ],
    { atomic: false },
  );
  await world.until(() => world.cloud.all().length === 0, 30);
});

test("machines have the tags of their compute resource", async () => {
  begin({ pools: [{ ...poolOf("q1", "a", { dynamic: 1 }), tags: { team: "cfd" } }] });
  const job = world.submit({ nodes: 1, runSeconds: 5 });
  await world.until(running(job), 30);
  expect(world.cloud.all().map(({ tags }) => tags)).toEqual([{ team: "cfd" }]);
});

test("told to launch at allocation, it does not wait for ResumeProgram", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })], policy: { launchAtAllocation: true } });
  await world.clock.advance(2100);
  const job = world.submit({ nodes: 2, runSeconds: 5 });
  await world.clock.advance(300);
  expect(world.slurm.node("q1-dy-a-1").state).toContain("POWERED_DOWN");
  expect(world.cloud.accepted).toHaveLength(2);
  await world.until(over(job), 20);
  expect(world.cloud.accepted).toHaveLength(2);
  await world.until(() => world.cloud.all().length === 0, 120);
});

test("at rest it looks four times a minute, and asks Slurm for little else", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 5 })] });
  await world.seconds(20);
  world.slurm.calls.length = 0;
  await world.seconds(60);
  const asked = world.slurm.calls.map((call) => call.method).toSorted();
  expect(asked).toEqual([...Array(4).fill("nodes"), ...Array(4).fill("reservations")]);
});

test("views and events tell what people want to know", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const job = world.submit();
  await world.until(running(job));
  const [node] = await world.manager.nodeViews();
  expect(node).toMatchObject({
    name: "q1-dy-a-1",
    queue: "q1",
    computeResource: "a",
    state: "ALLOCATED+CLOUD",
    reason: null,
    machineId: "sim-1",
  });
  expect((await world.manager.fleetView()).queues).toEqual([
    { name: "q1", state: "UP", nodes: { total: 2, up: 1, starting: 0 } },
  ]);
  const kinds = world.manager.events().map((event) => event.kind);
  expect(kinds).toEqual(["launched", "joined", "registered"]);
  const [first] = world.manager.events();
  expect(world.manager.events({ after: first?.id ?? 0 })).toHaveLength(2);
});

test("a thousand nodes of one job are asked for in one call, and the job starts", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 1000 })] });
  const job = world.submit({ nodes: 1000 });
  expect(await world.until(running(job), 20)).toBeLessThan(7);
  expect(world.cloud.all()).toHaveLength(1000);
});
