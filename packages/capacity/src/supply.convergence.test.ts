import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_POOL_POLICY } from "./policy.ts";
import { poolOf, World } from "./testing/world.ts";

type Step =
  | { readonly what: "submit"; readonly nodes: number; readonly asks: boolean }
  | { readonly what: "call-back"; readonly index: number; readonly seconds: number }
  | { readonly what: "kill-machine"; readonly index: number }
  | { readonly what: "kill-daemon"; readonly downFor: number }
  | { readonly what: "sold-out"; readonly left: number }
  | { readonly what: "stale-lists"; readonly milliseconds: number }
  | { readonly what: "slurm-away"; readonly calls: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant("submit" as const),
      nodes: fc.integer({ min: 1, max: 3 }),
      asks: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("call-back" as const),
      index: fc.nat(5),
      seconds: fc.constantFrom(5, 30, 120),
    }),
  },
  fc.record({ what: fc.constant("kill-machine" as const), index: fc.nat(5) }),
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant("kill-daemon" as const), downFor: fc.nat(20_000) }),
  },
  fc.record({ what: fc.constant("sold-out" as const), left: fc.nat(3) }),
  fc.record({ what: fc.constant("stale-lists" as const), milliseconds: fc.nat(4000) }),
  fc.record({ what: fc.constant("slurm-away" as const), calls: fc.nat(10) }),
);

async function take(world: World, one: Step, jobs: number[]): Promise<void> {
  const machine = (index: number) => world.cloud.all()[index]?.id ?? "";
  switch (one.what) {
    case "submit": {
      const signal = { signal: "USR1", seconds: 15, batchOnly: true };
      jobs.push(
        world.submit({ nodes: one.nodes, runSeconds: 40, ...(one.asks ? { signal } : {}) }),
      );
      return;
    }
    case "call-back":
      world.cloud.take(machine(one.index), "spot", one.seconds);
      return;
    case "kill-machine":
      world.cloud.kill(machine(one.index));
      return;
    case "kill-daemon":
      await world.kill();
      await world.clock.advance(one.downFor);
      world.start();
      return;
    case "sold-out":
      world.cloud.capacity.set("small/sim-a/on-demand", one.left);
      return;
    case "stale-lists":
      world.cloud.faults.listStaleMs = one.milliseconds;
      return;
    case "slurm-away":
      world.slurm.failNextCalls(one.calls);
      return;
    default:
      one satisfies never;
  }
}

const WARM = 1;
const STOPPED = 2;

test("whatever happens, a queue ends with its warm nodes up and no more machines stopped than it keeps", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat(40_000)), { minLength: 3, maxLength: 12 }),
      async (steps) => {
        const pool = poolOf("q1", "a", { dynamic: 5 }, ["small"], 30);
        const policy = {
          count: WARM,
          windows: [],
          demandShare: 0,
          demandMinutes: 60,
          stopped: STOPPED,
        };
        await using world = new World({
          pools: [{ ...pool, policy: { ...DEFAULT_POOL_POLICY, idleSeconds: 30 } }],
          warm: new Map([["q1", policy]]),
          bootMs: 4000,
          stopMs: 1500,
        });
        const victims: string[] = [];
        world.watchTerminations((machine) => {
          const node = world.slurm.node(machine.node);
          if (
            node.base === "ALLOCATED" &&
            node.flags.size === 1 &&
            node.address === machine.address
          )
            victims.push(`${machine.id} of ${node.name}`);
        });
        world.start();
        const jobs: number[] = [];
        for (const [one, pause] of steps) {
          await take(world, one, jobs);
          await world.clock.advance(pause);
        }
        world.cloud.capacity.clear();
        world.cloud.faults.listStaleMs = 0;
        world.slurm.failNextCalls(0);
        await world.until(() => jobs.every((job) => world.state(job) === "COMPLETED"), 1800);
        const machines = (state: string) =>
          world.cloud.all().filter((one) => one.state === state).length;
        const isClean = () => {
          const states = world.nodeNames().map((name) => world.slurm.node(name).state);
          return (
            states.filter((state) => state === "IDLE+CLOUD").length === WARM &&
            states.filter((state) => state === "IDLE+CLOUD+POWERED_DOWN").length === 5 - WARM &&
            machines("running") === WARM &&
            machines("running") + machines("stopped") === world.cloud.all().length
          );
        };
        await world.until(isClean, 1500);
        expect(machines("stopped")).toBeLessThanOrEqual(STOPPED);
        expect(victims).toEqual([]);
        await world.seconds(400);
        expect(isClean()).toBe(true);
        await world.kill();
        const intents = WARM + machines("stopped");
        expect(world.memory()).toEqual({ intents, returnedJobs: 0, notices: 0 });
      },
    ),
    { numRuns: Number(process.env.SLUICE_RUNS ?? 12), seed: 11 },
  );
}, 120_000);
