import type { Offering } from "@sluice/cloud";
import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "./policy.ts";
import { ago, machine, NOW, node, snapshotOf } from "./testing/snapshot.ts";
import { poolOf } from "./testing/world.ts";
import { type FleetFacts, toCensus, toFleetView } from "./views.ts";

const POOL = poolOf("q1", "a", { dynamic: 3 }, ["small", "large"]);
const [N1 = "", N2 = "", N3 = ""] = POOL.dynamicNodes;
const soon = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

function factsOf(more: Partial<FleetFacts> = {}): FleetFacts {
  const snapshot = snapshotOf([POOL]);
  const [offering] = snapshot.menu.get("q1/a") ?? [];
  if (offering === undefined) throw new Error("no menu");
  const priced = (instanceType: string, price: number | undefined): Offering => ({
    ...offering,
    instanceType,
    price,
  });
  const menu = new Map([["q1/a", [priced("small", 0.1), priced("large", undefined)]]]);
  return { ...snapshot, menu, partitions: [], ...more };
}

const health = (protectedAt: Date | undefined) => ({
  pool: { queue: "q1", computeResource: "a" },
  failures: 10,
  protectedAt,
  probeAt: protectedAt === undefined ? undefined : soon(300),
  probes: 0,
  last: { node: N1, machineId: "m-1", at: ago(9), reason: "no slurmd", console: "one\ntwo" },
});

describe("a fleet", () => {
  test("is PROTECTED while it runs and a compute resource is", () => {
    const view = toFleetView(factsOf({ health: [health(ago(300))] }));
    expect(view.status).toBe("PROTECTED");
    expect(view.protected).toEqual([
      {
        queue: "q1",
        computeResource: "a",
        failures: 10,
        since: ago(300).toISOString(),
        nextProbe: soon(300).toISOString(),
        reason: "no slurmd",
        node: N1,
        machineId: "m-1",
        console: ["one", "two"],
      },
    ]);
    const stopped = { status: "STOPPED", updatedAt: NOW } as const;
    expect(toFleetView(factsOf({ fleet: stopped, health: [health(ago(9))] })).status).toBe(
      "STOPPED",
    );
    expect(toFleetView(factsOf({ health: [health(undefined)] }))).toMatchObject({
      status: "RUNNING",
      protected: [],
    });
  });

  test("shows no console where the machine said nothing", () => {
    const { last, ...rest } = health(ago(300));
    const silent = { ...rest, last: { ...last, console: "" } };
    expect(toFleetView(factsOf({ health: [silent] })).protected[0]?.console).toEqual([]);
  });

  test("costs what its running machines do, as far as prices are known", () => {
    const offering = { instanceType: "large", zone: "z1", market: "on-demand" } as const;
    const machines = [
      machine(N1),
      machine(N2),
      machine(N3, { offering }),
      machine(N1, { state: "pending" }),
      machine(N1, { state: "stopped" }),
    ];
    expect(toFleetView(factsOf({ machines })).cost).toEqual({ usdPerHour: 0.2, unpriced: 1 });
  });

  test("says since when an offering is left alone, and why", () => {
    const item = {
      pool: { queue: "q1", computeResource: "a" },
      offering: { instanceType: "small", zone: "z1", market: "on-demand" as const },
      cause: "quota" as const,
      reason: "limit of 8 vCPUs",
      size: 1,
      failures: 2,
      until: soon(100),
    };
    const over = { ...item, until: ago(1) };
    expect(toFleetView(factsOf({ unavailable: [item, over] })).unavailable).toEqual([
      {
        queue: "q1",
        computeResource: "a",
        instanceType: "small",
        zone: "z1",
        market: "on-demand",
        cause: "quota",
        reason: "limit of 8 vCPUs",
        since: ago(2 * DEFAULT_POLICY.quotaSeconds - 100).toISOString(),
        until: soon(100).toISOString(),
      },
    ]);
  });
});

test("a census counts what is alike, and nothing before the first look", () => {
  const nodes = [node(N1, "IDLE+CLOUD"), node(N2, "ALLOCATED+CLOUD"), node("other", "IDLE")];
  const seen = snapshotOf([POOL], { nodes, machines: [machine(N1), machine(N2)] });
  expect(toCensus(seen)).toMatchObject({
    machines: [{ labels: { state: "running", market: "on-demand" }, count: 2 }],
    nodes: [{ labels: { phase: "up", queue: "q1" }, count: 2 }],
    unavailable: [],
    protectedPools: 0,
  });
  expect(toCensus(undefined).machines).toEqual([]);
});
