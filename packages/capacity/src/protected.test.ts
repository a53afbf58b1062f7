import { afterEach, expect, test } from "vitest";
import type { PoolSpec } from "./contract.ts";
import { poolOf, World } from "./testing/world.ts";

let world: World;
afterEach(async () => world[Symbol.asyncDispose]());

const running = (job: number) => () => world.state(job) === "RUNNING";

function brokenWorld(): World {
  const strict = (spec: PoolSpec): PoolSpec => ({
    ...spec,
    policy: { ...spec.policy, protectAfterFailures: 3 },
  });
  world = new World({
    pools: [
      strict(poolOf("q1", "a", { dynamic: 3 }, ["small"], 20)),
      strict(poolOf("q1", "b", { dynamic: 3 }, ["large"], 20)),
    ],
    policy: { probeSeconds: 100, probeMaxSeconds: 400 },
  }).start();
  world.cloud.faults.neverBoots = (request) => request.offering.instanceType === "small";
  return world;
}

test("machines that never register are given up after some, jobs run elsewhere, and a probe that works ends it", async () => {
  brokenWorld();
  const job = world.submit({ nodes: 3, runSeconds: 20 });
  expect(await world.until(running(job), 120)).toBeLessThan(40);
  const fleet = await world.manager.fleetView();
  expect(fleet.status).toBe("PROTECTED");
  expect(world.manager.fleetStatus()).toBe("RUNNING");
  expect(fleet.protected).toMatchObject([
    {
      queue: "q1",
      computeResource: "a",
      failures: 3,
      reason: "machine did not register within 20 s",
      node: expect.stringMatching(/^q1-dy-a-\d$/),
      machineId: expect.stringMatching(/^sim-/),
    },
  ]);
  expect(fleet.protected[0]?.console.length).toBeGreaterThan(0);
  const asked = () => world.cloud.accepted.filter((one) => one.offering.instanceType === "small");
  const before = asked().length;
  await world.seconds(80);
  expect(asked()).toHaveLength(before);
  // The first probe fails, the second, twice as long after, works.
  await world.until(() => asked().length === before + 1, 60);
  await world.kill();
  world.start();
  await world.until(() => world.cloud.all().length === 0, 60);
  world.cloud.faults.neverBoots = () => false;
  const took = await world.until(() => asked().length === before + 2, 300);
  expect(took).toBeGreaterThan(150);
  const isOff = (name: string) => world.slurm.node(name).state === "IDLE+CLOUD+POWERED_DOWN";
  await world.until(() => world.nodeNames().every(isOff), 200);
  expect((await world.manager.fleetView()).status).toBe("RUNNING");
  expect(world.cloud.all()).toEqual([]);
});

test("starting the fleet ends protection at once", async () => {
  brokenWorld();
  const job = world.submit({ nodes: 3, runSeconds: 5 });
  await world.until(running(job), 120);
  world.cloud.faults.neverBoots = () => false;
  await world.until(() => world.slurm.node("q1-dy-a-1").base === "DOWN", 20);
  world.manager.requestStart();
  await world.until(() => world.slurm.node("q1-dy-a-1").base === "IDLE", 60);
  expect((await world.manager.fleetView()).protected).toEqual([]);
});
