import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "@sluice/model";
import { expect, test } from "vitest";
import type { LaunchRequest } from "../contract.ts";
import { CloudError } from "../errors.ts";
import { type ConformanceHarness, machinesConformance } from "./conformance.ts";
import { createSimCloud } from "./sim-cloud.ts";
import { simPool, simType } from "./sim-ground.ts";

const clock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => wait(ms, undefined, signal ? { signal } : {}).catch(() => {}),
};
machinesConformance("SimCloud", async () => harness(0));
machinesConformance("SimCloud, whose lists lag", async () => harness(10));

function harness(lagMs: number): ConformanceHarness {
  const sim = createSimCloud({
    clock,
    types: [simType("small"), simType("large"), simType("rare")],
    capacity: { "rare/sim-a/on-demand": 2 },
    bootMs: { median: 3, p99: 6 },
    stopMs: 3,
    parkMs: 3,
    startMs: 1,
    tombstoneMs: lagMs > 0 ? false : 60_000,
  });
  sim.faults.listDelayMs = lagMs;
  sim.faults.listStaleMs = lagMs;
  let cloud = sim.cluster("one");
  return {
    get cloud() {
      return cloud;
    },
    other: sim.cluster("two"),
    pool: simPool,
    userData: "#cloud-config\n",
    scarce: {
      pool: { ...simPool, instanceTypes: ["small", "rare"] },
      offering: { instanceType: "rare", zone: "sim-a", market: "on-demand" },
      capacity: 2,
    },
    consoleSays: /is up/,
    proofOf: async (machine) => sim.proofOf(machine.id),
    kill: async (id) => sim.kill(id),
    interrupt: async (id, seconds) => sim.take(id, "spot", seconds),
    restart: async () => {
      cloud = sim.cluster("one");
    },
    tick: () => wait(1),
    async [Symbol.asyncDispose]() {},
  };
}

const request = (token: string): LaunchRequest => ({
  token,
  node: `q1-dy-a-${token}`,
  pool: simPool,
  offering: { instanceType: "small", zone: "sim-a", market: "on-demand" },
  userData: "",
  tags: {},
});

test("a lost answer leaves the accepted machines, which the same tokens find again", async () => {
  const sim = createSimCloud({ clock, types: [simType("small")] });
  const { machines } = sim.cluster("one");
  sim.faults.nextCrashesAfter.push(2);
  const asked = ["1", "2", "3"].map(request);
  await expect(machines.launch(asked, { atomic: false })).rejects.toThrow("broke");
  expect((await machines.list()).map((one) => one.token)).toEqual(["1", "2"]);
  await machines.launch(asked, { atomic: false });
  expect(sim.accepted.map((one) => one.token)).toEqual(["1", "2", "3"]);
});

test("beyond its rate the cloud says Throttled, and takes more a little later", async () => {
  let now = 0;
  const sim = createSimCloud({
    clock: { now: () => new Date(now), sleep: async () => {} },
    types: [simType("small")],
  });
  sim.faults.throttle = { burst: 2, perSecond: 1 };
  const { machines } = sim.cluster("one");
  const ask = async (tokens: string[]) =>
    (await machines.launch(tokens.map(request), { atomic: false })).map((outcome) =>
      outcome.ok ? "ok" : outcome.error.kind,
    );
  expect(await ask(["1", "2", "3"])).toEqual(["ok", "ok", "Throttled"]);
  now = 1_000;
  expect(await ask(["3", "4"])).toEqual(["ok", "Throttled"]);
});

test("told errors come first, and a machine may be listed late or never boot", async () => {
  let now = 0;
  const running: string[] = [];
  const sim = createSimCloud({
    clock: { now: () => new Date(now), sleep: async () => {} },
    types: [simType("small")],
    onRunning: (machine) => running.push(machine.node),
  });
  sim.faults.nextRequestErrors.push(new CloudError("QuotaExceeded", "no more"));
  sim.faults.listDelayMs = 50;
  sim.faults.neverBoots = (one) => one.token === "2";
  const { machines } = sim.cluster("one");
  const outcomes = await machines.launch(["1", "2", "3"].map(request), { atomic: false });
  expect(outcomes.map((outcome) => outcome.ok)).toEqual([false, true, true]);
  expect(await machines.list()).toEqual([]);
  now = 50;
  expect((await machines.list()).map((one) => [one.token, one.state])).toEqual([
    ["2", "running"],
    ["3", "running"],
  ]);
  expect(running).toEqual(["q1-dy-a-3"]);
});
