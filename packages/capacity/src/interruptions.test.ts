import { afterEach, expect, test } from "vitest";
import { poolOf, World, type WorldOptions } from "./testing/world.ts";

let world: World;
const begin = (options: WorldOptions): World => {
  world = new World(options).start();
  return world;
};
afterEach(async () => world[Symbol.asyncDispose]());

const running = (job: number) => () => world.state(job) === "RUNNING";
const machineOf = (node: string) => {
  const found = world.cloud.all().find((one) => one.node === node && one.state !== "stopping");
  if (found === undefined) throw new Error(`${node} has no machine`);
  return found;
};
const requeues = (job: number) =>
  world.slurm.calls.filter((call) => call.method === "requeue" && call.jobId === job).length;
const sent = (job: number) =>
  world.slurm.signals.filter((one) => one.jobId === job).map((one) => one.signal);
const isOff = (name: string) => world.slurm.node(name).state === "IDLE+CLOUD+POWERED_DOWN";

test("from the notice to drained, requeued and eligible takes less than a second", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 3 })] });
  const job = world.submit({ nodes: 1, runSeconds: 300 });
  await world.until(running(job));
  await world.seconds(20);
  const { node, id } = machineOf(world.slurm.job(job).nodes);
  world.cloud.take(id, "spot", 120);
  const isEligible = () => {
    const { state, eligibleTime } = world.slurm.job(job);
    const elsewhere = state === "CONFIGURING" || state === "PENDING";
    return elsewhere && eligibleTime !== undefined && eligibleTime <= world.clock.now();
  };
  const drained = await world.until(() => world.slurm.node(node).flags.has("DRAIN"), 5);
  const eligible = await world.until(isEligible, 5);
  expect(drained + eligible).toBeLessThan(1);
  expect(await world.until(running(job), 20)).toBeLessThan(8);
  expect(world.slurm.job(job).nodes).not.toBe(node);
  expect(requeues(job)).toBe(1);
  // The machine goes long before it would be taken, and the node is as new.
  expect(await world.until(() => isOff(node), 60)).toBeLessThan(20);
  expect(world.cloud.all().map((one) => one.id)).not.toContain(id);
  await world.seconds(130);
  expect(running(job)()).toBe(true);
});

test("a job that can't be requeued runs until its machine goes, and its node comes back", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 1 })] });
  const job = world.submit({ isBatch: false });
  await world.until(running(job));
  world.cloud.take(machineOf("q1-dy-a-1").id, "spot", 60);
  await world.seconds(59);
  expect(running(job)()).toBe(true);
  expect(world.slurm.node("q1-dy-a-1").state).toBe("ALLOCATED+CLOUD+DRAIN");
  expect(world.slurm.node("q1-dy-a-1").reason).toMatch(
    /^sluice: spot interruption, machine goes at \d\d:\d\d:\d\d UTC$/,
  );
  await world.until(() => world.state(job) === "NODE_FAIL", 5);
  await world.until(() => isOff("q1-dy-a-1"), 60);
  const next = world.submit();
  await world.until(running(next), 20);
});

test("a static node is replaced as soon as its job has gone", async () => {
  begin({ pools: [poolOf("q1", "a", { fixed: 2 })] });
  const up = (name: string) => world.slurm.node(name).state === "IDLE+CLOUD";
  await world.until(() => up("q1-st-a-1") && up("q1-st-a-2"), 20);
  const job = world.submit({ runSeconds: 60 });
  await world.until(running(job));
  const { node, id } = machineOf(world.slurm.job(job).nodes);
  world.cloud.take(id, "spot", 120);
  await world.until(() => running(job)() && world.slurm.job(job).nodes !== node, 5);
  expect(await world.until(() => up(node), 30)).toBeLessThan(10);
  expect(machineOf(node).id).not.toBe(id);
  expect(world.cloud.accepted).toHaveLength(3);
});

test("a node that boots when its machine is called back starts over, and its job with it", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })], bootMs: 8000 });
  const job = world.submit({ nodes: 2 });
  await world.until(() => world.cloud.all().length === 2);
  await world.seconds(3);
  world.cloud.take(machineOf("q1-dy-a-1").id, "spot", 120);
  expect(await world.until(running(job), 30)).toBeLessThan(10);
  expect(world.cloud.accepted).toHaveLength(3);
});

test("maintenance that does not happen leaves the node as it was", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 1 })] });
  const job = world.submit({ isBatch: false });
  await world.until(running(job));
  const { id } = machineOf("q1-dy-a-1");
  const deadline = new Date(world.clock.now().getTime() + 60_000);
  world.cloud.interrupt({ machineId: id, kind: "maintenance", deadline });
  await world.until(() => world.slurm.node("q1-dy-a-1").flags.has("DRAIN"), 2);
  world.cloud.withdraw(id);
  await world.until(() => world.slurm.node("q1-dy-a-1").state === "ALLOCATED+CLOUD", 370);
  expect(running(job)()).toBe(true);
  expect(machineOf("q1-dy-a-1").id).toBe(id);
});

test("a notice that came while no daemon lived is heard by the next, one it heard is not lost", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 3 })] });
  const job = world.submit({ runSeconds: 300 });
  await world.until(running(job));
  const first = world.slurm.job(job).nodes;
  await world.kill();
  world.cloud.take(machineOf(first).id, "spot", 120);
  await world.seconds(5);
  world.start();
  await world.until(() => running(job)() && world.slurm.job(job).nodes !== first, 20);

  const second = world.slurm.job(job).nodes;
  world.cloud.take(machineOf(second).id, "spot", 120);
  await world.clock.advance(1);
  await world.kill();
  world.cloud.withdraw(machineOf(second).id);
  await world.seconds(5);
  world.start();
  await world.until(() => running(job)() && world.slurm.job(job).nodes !== second, 20);
});

test("a job that asked for a signal gets it once, its time, and a node that is up when it is over", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 4 })] });
  const signal = { signal: "USR1", seconds: 60, batchOnly: true };
  const job = world.submit({ nodes: 2, runSeconds: 600, signal });
  await world.until(running(job));
  const before = world.slurm.job(job).nodes;
  for (const { id } of world.cloud.all()) world.cloud.take(id, "spot", 120);
  await world.until(() => sent(job).length > 0, 1);
  const began = world.clock.now().getTime();
  await world.seconds(50);
  expect(running(job)()).toBe(true);
  expect(world.cloud.all()).toHaveLength(4);
  await world.until(() => world.slurm.job(job).nodes !== before, 20);
  const took = (world.clock.now().getTime() - began) / 1000;
  expect(took).toBeGreaterThanOrEqual(60);
  expect(took).toBeLessThan(61);
  // Not in the second in which it was ended elsewhere.
  expect(await world.until(running(job), 5)).toBeLessThan(1.1);
  expect(sent(job)).toEqual(["USR1"]);
  expect(requeues(job)).toBe(1);
});

test("a job that ends after its signal, with its checkpoint written, is not requeued", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const signal = { signal: "TERM", seconds: 60, batchOnly: true };
  const job = world.submit({ signal, checkpointSeconds: 20 });
  await world.until(running(job));
  const { node, id } = machineOf(world.slurm.job(job).nodes);
  world.cloud.take(id, "spot", 120);
  expect(await world.until(() => world.state(job) === "COMPLETED", 60)).toBeLessThan(25);
  await world.until(() => isOff(node) && !world.cloud.all().some((one) => one.id === id), 30);
  expect(requeues(job)).toBe(0);
});

test("a daemon killed within a job's grace signals it no second time, and requeues it in time", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const signal = { signal: "USR1", seconds: 300, batchOnly: false };
  const job = world.submit({ runSeconds: 600, signal });
  await world.until(running(job));
  const { nodes } = world.slurm.job(job);
  world.cloud.take(machineOf(nodes).id, "spot", 120);
  await world.until(() => sent(job).length > 0, 1);
  for (const pause of [1, 3000, 20_000]) {
    await world.kill();
    await world.clock.advance(pause);
    world.start();
    await world.clock.advance(pause);
  }
  expect(running(job)()).toBe(true);
  // The pool allows 90 s, which is less than the job asked for and less than the machine has.
  expect(await world.until(() => world.slurm.job(job).nodes !== nodes, 60)).toBeLessThan(45);
  await world.until(running(job), 5);
  expect(sent(job)).toEqual(["USR1"]);
  expect(requeues(job)).toBe(1);
});

test("a signal that slurmctld did not take is sent again", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const signal = { signal: "USR1", seconds: 60, batchOnly: false };
  const job = world.submit({ runSeconds: 600, signal });
  await world.until(running(job));
  await world.seconds(5);
  const { signalJob } = world.slurm.control;
  let failures = 2;
  world.slurm.control.signalJob = async (...args) => {
    if (failures-- > 0) throw new Error("slurmctld does not answer");
    return signalJob(...args);
  };
  world.cloud.take(machineOf(world.slurm.job(job).nodes).id, "spot", 120);
  await world.until(() => sent(job).length > 0, 2);
  await world.seconds(20);
  expect(sent(job)).toEqual(["USR1"]);
  expect(running(job)()).toBe(true);
});

test("a zone that goes takes hundreds of jobs along: all are eligible within five seconds", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 300 })] });
  const jobs = Array.from({ length: 150 }, () => world.submit({ runSeconds: 900 }));
  await world.until(() => jobs.every((job) => running(job)()), 30);
  await world.seconds(10);
  const nodes = new Map(jobs.map((job) => [job, world.slurm.job(job).nodes]));
  for (const { id } of world.cloud.all()) world.cloud.take(id, "spot", 120);
  const moved = () => jobs.every((job) => world.slurm.job(job).nodes !== nodes.get(job));
  expect(await world.until(moved, 20)).toBeLessThan(5);
  await world.until(() => jobs.every((job) => running(job)()), 30);
});

test("a fleet that is stopped while machines are called back ends its notices with them", async () => {
  begin({ pools: [poolOf("q1", "a", { dynamic: 2 })] });
  const job = world.submit({ nodes: 2 });
  await world.until(running(job));
  for (const { id } of world.cloud.all()) world.cloud.take(id, "spot", 120);
  world.manager.requestStop();
  await world.until(() => world.manager.fleetStatus() === "STOPPED", 60);
  await world.seconds(40);
  await world.kill();
  expect(world.memory().notices).toBe(0);
});
