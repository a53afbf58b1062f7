import { CloudError } from "@sluice/cloud";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PoolSpec } from "./contract.ts";
import { isBusy } from "./observe/node-phase.ts";
import type { ScalingStrategy } from "./policy.ts";
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
  | { readonly what: "kill-slurmctld" }
  | { readonly what: "lose-answer"; readonly after: number }
  | { readonly what: "refuse"; readonly kind: "InsufficientCapacity" | "Throttled" | "Transient" }
  | { readonly what: "never-boot"; readonly every: number }
  | { readonly what: "slow-cloud"; readonly latencyMs: number; readonly listDelayMs: number }
  | { readonly what: "slurm-away"; readonly calls: number }
  | { readonly what: "cloud-away"; readonly calls: number }
  | { readonly what: "sold-out"; readonly offering: string; readonly left: number }
  | { readonly what: "account-limit"; readonly machines: number }
  | { readonly what: "lists-lie"; readonly leaveOut: number; readonly staleMs: number }
  | { readonly what: "hang"; readonly when: "before" | "after" }
  | { readonly what: "never-starts"; readonly every: number };

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
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant("kill-slurmctld" as const) }),
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
  fc.record({
    what: fc.constant("sold-out" as const),
    offering: fc.constantFrom(...["small/spot", "small/on-demand", "medium/on-demand"]),
    left: fc.nat(2),
  }),
  fc.record({ what: fc.constant("account-limit" as const), machines: fc.nat(3) }),
  fc.record({
    what: fc.constant("lists-lie" as const),
    leaveOut: fc.integer({ min: 2, max: 4 }),
    staleMs: fc.nat(10_000),
  }),
  fc.record({
    what: fc.constant("hang" as const),
    when: fc.constantFrom("before" as const, "after" as const),
  }),
  fc.record({ what: fc.constant("never-starts" as const), every: fc.integer({ min: 2, max: 4 }) }),
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
    case "kill-slurmctld":
      world.slurm.crash();
      break;
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
    case "sold-out":
      world.cloud.capacity.set(one.offering.replace("/", "/sim-a/"), one.left);
      return;
    case "account-limit":
      world.cloud.quotas.set(QUOTA, one.machines);
      return;
    case "lists-lie": {
      let count = 0;
      faults.listOmits = () => ++count % one.leaveOut === 0;
      faults.listStaleMs = one.staleMs;
      return;
    }
    case "hang":
      faults.nextHangs.push({ operation: "launch", when: one.when });
      return;
    case "never-starts": {
      let count = 0;
      faults.staysPending = () => ++count % one.every === 0;
      faults.diesBeforeBoot = () => count % (one.every + 1) === 0;
      return;
    }
    default:
      one satisfies never;
  }
}

function calm(world: World): void {
  const { faults } = world.cloud;
  faults.nextCallErrors.length = 0;
  faults.nextRequestErrors.length = 0;
  faults.nextCrashesAfter.length = 0;
  faults.nextHangs.length = 0;
  faults.neverBoots = () => false;
  faults.staysPending = () => false;
  faults.diesBeforeBoot = () => false;
  faults.latencyMs = 0;
  faults.listDelayMs = 0;
  faults.listStaleMs = 0;
  faults.listOmits = () => false;
  world.cloud.capacity.clear();
  world.cloud.quotas.clear();
  world.slurm.failNextCalls(0);
}

const QUOTA = "on-demand machines";
const PRICES = {
  "small/sim-a/spot": 0.1,
  "small/sim-a/on-demand": 0.3,
  "large/sim-a/spot": 0.5,
  "large/sim-a/on-demand": 0.9,
};

/** A queue whose first compute resource has a static node and asks for spot machines first. */
function pools(scalingStrategy: ScalingStrategy): readonly PoolSpec[] {
  const first = poolOf("q1", "a", { fixed: 1, dynamic: 3 }, ["small", "large"], 30);
  const second = poolOf("q1", "b", { dynamic: 3 }, ["medium"], 30);
  return [
    { ...first, pool: { ...first.pool, markets: ["spot", "on-demand"], order: "price" } as const },
    second,
  ].map((spec) => ({ ...spec, policy: { ...spec.policy, scalingStrategy } }));
}

const SIM = {
  markets: ["on-demand", "spot"],
  menuShowsSoldOut: false,
  prices: PRICES,
  quotas: {},
  quotaOf: ({ market }: { readonly market: string }) =>
    market === "on-demand" ? QUOTA : undefined,
} as const;

/** Nodes that have more than one living machine. */
function doubles(world: World): readonly string[] {
  const alive = world.cloud.all().filter((one) => one.state !== "stopping");
  const nodes = alive.map((one) => one.node);
  return nodes.filter((node, index) => nodes.indexOf(node) !== index);
}

test("whatever happens, jobs end, machines follow nodes, and nothing is left", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<ScalingStrategy[]>("all-or-nothing", "greedy-all-or-nothing", "best-effort"),
      fc.array(fc.tuple(step, fc.nat(15_000)), { minLength: 3, maxLength: 14 }),
      async (strategy, steps) => {
        await using world = new World({
          pools: pools(strategy),
          bootMs: 4000,
          stopMs: 1500,
          suspendTime: 30,
          sim: SIM,
        }).start();
        const jobs: number[] = [];
        for (const [one, pause] of steps) {
          await take(world, one, jobs);
          await world.clock.advance(pause);
        }
        calm(world);
        const over = () =>
          jobs.every((job) => ["COMPLETED", "CANCELLED", "NODE_FAIL"].includes(world.state(job)));
        await world.until(over, 3600);
        const clean = () =>
          world.cloud.all().length === 1 &&
          world.nodeNames().every((name) => {
            const { state } = world.slurm.node(name);
            return name.includes("-st-")
              ? state === "IDLE+CLOUD"
              : state === "IDLE+CLOUD+POWERED_DOWN";
          });
        await world.until(clean, 3600);
        expect(doubles(world)).toEqual([]);
        // What is paid for is what is wanted: the static node's machine.
        const [kept] = world.cloud.all();
        const { instanceType, zone, market } = kept?.offering ?? {};
        const price = PRICES[`${instanceType}/${zone}/${market}` as keyof typeof PRICES];
        expect(world.cloud.costPerHour()).toBeCloseTo(price);
        await world.seconds(60);
        await world.kill();
        expect(world.memory()).toEqual({ intents: 1, returnedJobs: 0, notices: 0 });
      },
    ),
    { numRuns: Number(process.env.SLUICE_RUNS ?? 60), seed: 42 },
  );
}, 120_000);

test("no machine under a running job is ever asked to go", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat(10_000)), { minLength: 3, maxLength: 10 }),
      async (steps) => {
        await using world = new World({
          pools: pools("all-or-nothing"),
          suspendTime: 20,
          sim: SIM,
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
    { numRuns: Number(process.env.SLUICE_RUNS ?? 60), seed: 7 },
  );
}, 120_000);
