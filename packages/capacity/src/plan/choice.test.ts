import type { Market, Offering } from "@sluice/cloud";
import { describe, expect, test } from "vitest";
import type { PoolSpec } from "../contract.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { poolId } from "../pools.ts";
import type { Unavailability } from "../store/contract.ts";
import { intent, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { plan } from "./plan.ts";

const STARTING = "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP";

const offering = (
  instanceType: string,
  market: Market,
  more: Partial<Offering> = {},
): Offering => ({
  instanceType,
  zone: "z1",
  market,
  machineType: {
    name: instanceType,
    arch: "x86_64",
    vcpus: 1,
    threadsPerCore: 1,
    memoryMiB: 1024,
  },
  price: undefined,
  ...more,
});

const refused = (
  instanceType: string,
  { pool }: PoolSpec,
  until = new Date(NOW.getTime() + 20_000),
): Unavailability => ({
  pool: { queue: pool.queue, computeResource: pool.computeResource },
  offering: { instanceType, zone: "z1", market: "on-demand" },
  cause: "capacity",
  reason: "none left",
  size: 1,
  failures: 1,
  until,
});

function of<K extends Action["kind"]>(actions: readonly Action[], kind: K) {
  return actions.filter((one): one is Extract<Action, { kind: K }> => one.kind === kind);
}

describe("a pool that leaves the choice to the cloud", () => {
  const several = poolOf("q1", "a", { dynamic: 4 }, ["small", "large", "huge"]);
  const spec: PoolSpec = { ...several, pool: { ...several.pool, choice: "cloud" } };
  const nodes = [node("q1-dy-a-1", STARTING)];
  const menu = (...offerings: Offering[]) => new Map([[poolId(spec.pool), offerings]]);
  const alternatives = (more: Partial<Snapshot>, of_: PoolSpec = spec) =>
    of(plan(snapshotOf([of_], { nodes, ...more })), "launch").flatMap((one) =>
      one.items.map((item) => item.alternatives?.map(({ instanceType }) => instanceType)),
    );

  test("has the others of the market for alternatives", () => {
    expect(alternatives({})).toEqual([["large", "huge"]]);
    expect(alternatives({}, several)).toEqual([undefined]);
  });

  test("but not those of other markets, nor what is reserved", () => {
    const both: PoolSpec = { ...spec, pool: { ...spec.pool, markets: ["reserved", "on-demand"] } };
    const rows = (["reserved", "on-demand"] as const).flatMap((market) =>
      ["small", "large"].map((type) => offering(type, market)),
    );
    expect(alternatives({ menu: menu(...rows) }, both)).toEqual([undefined]);
    const open: PoolSpec = { ...spec, pool: { ...spec.pool, markets: ["on-demand", "spot"] } };
    const spot = offering("huge", "spot");
    const onDemand = rows.filter(({ market }) => market === "on-demand");
    expect(alternatives({ menu: menu(...onDemand, spot) }, open)).toEqual([["large"]]);
  });

  test("nor those that were refused of late, or that the cloud says are sold out", () => {
    expect(alternatives({ unavailable: [refused("large", spec)] })).toEqual([["huge"]]);
    const soldOut = { unavailable: { until: NOW, reason: "sold out" } };
    const rows = [offering("small", "on-demand"), offering("large", "on-demand", soldOut)];
    expect(alternatives({ menu: menu(...rows) })).toEqual([undefined]);
  });

  test("nor where machines have to be close together", () => {
    const placed: PoolSpec = { ...spec, pool: { ...spec.pool, placement: true } };
    expect(alternatives({}, placed)).toEqual([undefined]);
  });

  test("and a probe finds out about one alone", () => {
    const over = new Date(NOW.getTime() - 1000);
    const items = ["small", "large", "huge"].map((type) => refused(type, spec, over));
    expect(alternatives({ unavailable: items })).toEqual([undefined]);
  });

  test("its machine is what the cloud made it", () => {
    const open = intent("q1-dy-a-1", { state: "open" });
    const large = { instanceType: "large", zone: "z1", market: "on-demand" } as const;
    const machines = [machine("q1-dy-a-1", { offering: large })];
    const saved = of(plan(snapshotOf([spec], { nodes, intents: [open], machines })), "remember");
    expect(saved.flatMap((one) => one.save)).toMatchObject([
      { state: "accepted", offering: large },
    ]);
  });
});
