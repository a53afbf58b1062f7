import type { CloudError, LaunchRequest, Machines } from "@sluice/cloud";
import {
  AWS_DEFAULT_LIMITS,
  createSimCloud,
  raisedLimits,
  type SimLimits,
} from "@sluice/cloud/testing";
import { FakeClock } from "@sluice/slurm/testing";
import { expect, test } from "vitest";
import { DEFAULT_POLICY } from "../policy.ts";
import { indexPools, poolId } from "../pools.ts";
import { openCapacityStore } from "../store/sqlite.ts";
import { poolOf } from "../testing/world.ts";
import { Launcher } from "./launcher.ts";
import { Recorder } from "./recorder.ts";

const ON_DEMAND = { instanceType: "small", zone: "sim-a", market: "on-demand" } as const;

/** A launcher over a simulated cloud, with a count of what its calls came to. */
async function scene(nodes: number, limits?: SimLimits, capacity: Record<string, number> = {}) {
  const clock = new FakeClock();
  const spec = poolOf("q1", "a", { dynamic: nodes });
  const cloud = createSimCloud({
    clock,
    types: [{ name: "small", arch: "x86_64", vcpus: 1, threadsPerCore: 1, memoryMiB: 1024 }],
    capacity,
    ...(limits === undefined ? {} : { limits }),
  });
  const { machines, catalogue } = cloud.cluster("c");
  const calls: { readonly asked: number; readonly given: number; readonly errors: CloudError[] }[] =
    [];
  const counted: Machines = {
    ...machines,
    launch: async (requests: readonly LaunchRequest[], options) => {
      const outcomes = await machines.launch(requests, options);
      const errors = outcomes.flatMap((one) => (one.ok ? [] : [one.error]));
      calls.push({ asked: requests.length, given: requests.length - errors.length, errors });
      return outcomes;
    },
  };
  const store = openCapacityStore(":memory:");
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  let tokens = 0;
  const deps = {
    machines: counted,
    store,
    clock,
    newToken: () => `t${++tokens}`,
    userData: () => "",
    tags: {},
    log,
  };
  const wakes: number[] = [];
  const began = clock.now().getTime();
  const seconds = () => (clock.now().getTime() - began) / 1000;
  const launcher = new Launcher(
    deps,
    DEFAULT_POLICY,
    indexPools([spec]),
    new Recorder(clock, store, log),
    (now) => {
      if (now === "now") wakes.push(seconds());
    },
  );
  const menu = new Map([[poolId(spec.pool), await catalogue.offerings(spec.pool)]]);
  const abort = new AbortController();
  const launch = (names: readonly string[], atomic = false) =>
    launcher.begin(
      [
        {
          kind: "launch",
          offering: ON_DEMAND,
          atomic,
          items: names.map((node) => ({
            node,
            pool: { queue: "q1", computeResource: "a" },
            jobId: 1,
            attempts: 1,
            token: undefined,
          })),
          reason: "",
        },
      ],
      menu,
      abort.signal,
    );
  return { clock, cloud, store, launcher, launch, calls, wakes, seconds, names: spec.dynamicNodes };
}

type Scene = Awaited<ReturnType<typeof scene>>;

async function untilAll({ clock, cloud, seconds }: Scene, count: number): Promise<number> {
  while (cloud.accepted.length < count) await clock.advance(1000);
  return seconds();
}

test("4,000 machines within the bucket take one call and no time", async () => {
  const one = await scene(4000, raisedLimits());
  one.launch(one.names);
  expect(await untilAll(one, 4000)).toBeLessThanOrEqual(1);
  expect(one.calls).toHaveLength(1);
});

test("4,000 machines under the default limits take what the limits allow, with no call in vain", async () => {
  const one = await scene(4000, AWS_DEFAULT_LIMITS);
  one.launch(one.names);
  const took = await untilAll(one, 4000);
  const ideal = (4000 - 1000) / 2;
  expect(took).toBeLessThan(ideal * 1.1);
  expect(one.calls.filter((call) => call.given === 0).length).toBeLessThan(one.calls.length * 0.05);
  expect(one.store.unavailable()).toEqual([]);
});

test("what waits for its turn may be forgotten, and is not asked then", async () => {
  const one = await scene(1100, AWS_DEFAULT_LIMITS);
  one.launch(one.names);
  await one.clock.advance(3000);
  const queued = [...one.launcher.queued];
  expect(queued.length).toBeGreaterThan(80);
  one.store.saveIntents([], queued);
  const before = one.cloud.accepted.length;
  await one.clock.advance(600_000);
  expect(one.cloud.accepted.length).toBe(before);
  expect([...one.launcher.queued, ...one.launcher.inFlight]).toEqual([]);
});

test("a refusal ends the call: what was not asked yet is free for the next plan at once", async () => {
  const limits = { requests: {}, machines: { launch: { capacity: 10, refillPerSecond: 10 } } };
  const one = await scene(100, limits, { "small/sim-a/on-demand": 20 });
  one.launch(one.names);
  await one.clock.advance(10_000);
  expect(one.cloud.accepted).toHaveLength(20);
  expect(one.store.unavailable()).toMatchObject([{ cause: "capacity", size: 1, failures: 1 }]);
  expect(one.store.intents().every((intent) => intent.state === "accepted")).toBe(true);
  expect(one.wakes).toHaveLength(1);
});

test("a gang is refused as a gang: fewer may yet be had", async () => {
  const one = await scene(8, undefined, { "small/sim-a/on-demand": 4 });
  one.launch(one.names, true);
  await one.clock.advance(0);
  expect(one.store.unavailable()).toMatchObject([{ cause: "capacity", size: 8 }]);
  one.launch(one.names.slice(0, 5), true);
  await one.clock.advance(0);
  expect(one.store.unavailable()).toMatchObject([{ cause: "capacity", size: 5, failures: 1 }]);
  expect(one.cloud.accepted).toHaveLength(0);
});
