import { CloudError } from "@sluice/cloud";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isBusy } from "./observe/node-phase.ts";
import { poolOf, World } from "./testing/world.ts";

/** What may happen to a cluster, in any order, at any time. */
type Step =
  | {
      readonly what: "submit";
      readonly nodes: number;
      readonly batch: boolean;
      readonly asks: boolean;
    }
  | { readonly what: "cancel"; readonly index: number }
  | { readonly what: "kill-machine"; readonly index: number }
  | { readonly what: "call-back"; readonly index: number; readonly seconds: number }
  | { readonly what: "kill-daemon"; readonly downFor: number }
  | { readonly what: "lose-answer"; readonly after: number }
  | { readonly what: "refuse"; readonly kind: "InsufficientCapacity" | "Throttled" | "Transient" }
  | { readonly what: "never-boot"; readonly every: number }
  | { readonly what: "slow-cloud"; readonly latencyMs: number; readonly listDelayMs: number }
  | { readonly what: "slurm-away"; readonly calls: number }
  | { readonly what: "cloud-away"; readonly calls: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("submit" as const),
      nodes: fc.integer({ min: 1, max: 4 }),
      batch: fc.boolean(),
      asks: fc.boolean(),
    }),
  },
  fc.record({ what: fc.constant("cancel" as const), index: fc.nat(9) }),
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant("kill-machine" as const), index: fc.nat(9) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("call-back" as const),
      index: fc.nat(9),
      seconds: fc.constantFrom(5, 30, 120),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant("kill-daemon" as const), downFor: fc.nat(20_000) }),
  },
  fc.record({ what: fc.constant("lose-answer" as const), after: fc.nat(4) }),
  fc.record({
    what: fc.constant("refuse" as const),
    kind: fc.constantFrom(
      "InsufficientCapacity" as const,
      "Throttled" as const,
      "Transient" as const,
    ),
  }),
  fc.record({ what: fc.constant("never-boot" as const), every: fc.integer({ min: 2, max: 4 }) }),
  fc.record({
    what: fc.constant("slow-cloud" as const),
    latencyMs: fc.nat(800),
    listDelayMs: fc.nat(3000),
  }),
  fc.record({ what: fc.constant("slurm-away" as const), calls: fc.nat(20) }),
  fc.record({ what: fc.constant("cloud-away" as const), calls: fc.nat(4) }),
);

async function take(world: World, one: Step, jobs: number[]): Promise<void> {
  const { faults } = world.cloud;
  switch (one.what) {
    case "submit":
      jobs.push(
        world.submit({
          nodes: one.nodes,
          isBatch: one.batch,
          runSeconds: 20,
          ...(one.asks ? { signal: { signal: "USR1", seconds: 10, batchOnly: true } } : {}),
        }),
      );
      return;
    case "cancel":
      if (jobs[one.index] !== undefined) world.slurm.cancel(jobs[one.index] ?? 0);
      return;
    case "kill-machine": {
      const machine = world.cloud.all()[one.index];
      if (machine !== undefined) world.cloud.kill(machine.id);
      return;
    }
    case "call-back": {
      const machine = world.cloud.all()[one.index];
      if (machine !== undefined) world.cloud.take(machine.id, "spot", one.seconds);
      return;
    }
    case "kill-daemon":
      await world.kill();
      await world.clock.advance(one.downFor);
      world.start();
      return;
    case "lose-answer":
      faults.nextCrashesAfter.push(one.after);
      return;
    case "refuse":
      faults.nextRequestErrors.push(new CloudError(one.kind, "as told"));
      return;
    case "never-boot": {
      let count = 0;
      faults.neverBoots = () => ++count % one.every === 0;
      return;
    }
    case "slow-cloud":
      faults.latencyMs = one.latencyMs;
      faults.listDelayMs = one.listDelayMs;
      return;
    case "slurm-away":
      world.slurm.failNextCalls(one.calls);
      return;
    case "cloud-away":
      for (let n = 0; n < one.calls; n++) faults.nextCallErrors.push(new Error("cloud is away"));
      return;
    default:
      one satisfies never;
  }
}

function calm(world: World): void {
  const { faults } = world.cloud;
  faults.nextCallErrors.length = 0;
  faults.nextRequestErrors.length = 0;
  faults.nextCrashesAfter.length = 0;
  faults.neverBoots = () => false;
  faults.latencyMs = 0;
  faults.listDelayMs = 0;
  world.slurm.failNextCalls(0);
}

/** Nodes that have more than one living machine. */
function doubles(world: World): readonly string[] {
  const alive = world.cloud.all().filter((one) => one.state !== "stopping");
  const nodes = alive.map((one) => one.node);
  return nodes.filter((node, index) => nodes.indexOf(node) !== index);
}

test("whatever happens, jobs end, machines follow nodes, and nothing is left", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat(15_000)), { minLength: 3, maxLength: 14 }),
      async (steps) => {
        await using world = new World({
          pools: [
            poolOf("q1", "a", { fixed: 1, dynamic: 3 }, ["small", "large"], 30),
            poolOf("q1", "b", { dynamic: 3 }, ["medium"], 30),
          ],
          bootMs: 4000,
          stopMs: 1500,
          suspendTime: 30,
        }).start();
        const jobs: number[] = [];
        for (const [one, pause] of steps) {
          await take(world, one, jobs);
          await world.clock.advance(pause);
        }
        calm(world);
        const over = () =>
          jobs.every((job) => ["COMPLETED", "CANCELLED", "NODE_FAIL"].includes(world.state(job)));
        await world.until(over, 1800);
        const clean = () =>
          world.cloud.all().length === 1 &&
          world.nodeNames().every((name) => {
            const { state } = world.slurm.node(name);
            return name.includes("-st-")
              ? state === "IDLE+CLOUD"
              : state === "IDLE+CLOUD+POWERED_DOWN";
          });
        await world.until(clean, 1500);
        expect(doubles(world)).toEqual([]);
        await world.seconds(60);
        await world.kill();
        expect(world.memory()).toEqual({ intents: 1, returnedJobs: 0, notices: 0 });
      },
    ),
    { numRuns: Number(process.env.SLUICE_RUNS ?? 25), seed: 42 },
  );
}, 120_000);

test("no machine under a running job is ever asked to go", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat(10_000)), { minLength: 3, maxLength: 10 }),
      async (steps) => {
        await using world = new World({
          pools: [poolOf("q1", "a", { fixed: 1, dynamic: 3 }, ["small", "large"], 30)],
          suspendTime: 20,
        });
        const victims: string[] = [];
        world.watchTerminations((machine) => {
          const node = world.slurm.node(machine.node);
          const running = isBusy(node) && node.address === machine.address;
          if (running && node.flags.size === 1) victims.push(`${machine.id} of ${node.name}`);
        });
        world.start();
        const jobs: number[] = [];
        for (const [one, pause] of steps) {
          await take(world, one, jobs);
          await world.clock.advance(pause);
        }
        expect(victims).toEqual([]);
      },
    ),
    { numRuns: Number(process.env.SLUICE_RUNS ?? 25), seed: 7 },
  );
}, 120_000);
