import { localMachineTypes } from "@sluice/model";
import { describe, expect, test } from "vitest";
import { parseNetwork } from "../host/network.ts";
import type { LiveCluster } from "./live-cluster.ts";
import { offerings } from "./offerings.ts";
import type { MachineRow } from "./store.ts";
import { noCapacity, refusal, Usage } from "./supply.ts";

const usual = { VCpus: 1, Memory: 512, Light: true, BootSeconds: 0, NeverBoots: false };
const types = localMachineTypes({
  Local: {
    Zones: ["local"],
    MachineTypes: [
      { ...usual, Name: "few", Price: 1, Capacity: 1, SpotCapacity: 2 },
      { ...usual, Name: "cheap", Price: 1, SpotPrice: 0.1 },
      { ...usual, Name: "free" },
    ],
  },
});
const failed = new Set<string>();
const cluster = {
  row: { name: "one", status: "CREATE_COMPLETE", network: "10.208.0.0/27" },
  types,
  zones: ["local"],
  range: parseNetwork("10.208.0.0/27"),
  isFailed: (zone: string) => failed.has(zone),
} as unknown as LiveCluster;

const machine = (
  instanceType: string,
  market: MachineRow["market"],
  state: MachineRow["state"] = "running",
): MachineRow => ({
  id: "m-1",
  cluster: "one",
  token: "t",
  role: "compute",
  node: "cpu-dy-few-1",
  queue: "cpu",
  computeResource: "few",
  instanceType,
  zone: "local",
  market,
  state,
  address: "10.208.0.16",
  launchedAt: "2026-01-01T00:00:00.000Z",
  tags: "{}",
  proof: "secret",
  pid: null,
  startTicks: null,
  goneAt: null,
  image: null,
});

const menu = (
  instanceTypes: readonly string[],
  markets: readonly MachineRow["market"][],
  zones = ["local"],
) => offerings(types, { instanceTypes, markets, zones });

const refused = (market: MachineRow["market"], used: Usage): string | undefined =>
  refusal(cluster, "cpu-dy-few-2", { instanceType: "few", zone: "local", market }, used)?.kind;

describe("what there is of machines", () => {
  test("each market has its own capacity", () => {
    const used = new Usage([machine("few", "on-demand")]);
    expect(refused("on-demand", used)).toBe("InsufficientCapacity");
    expect(refused("spot", used)).toBeUndefined();
    used.add(machine("few", "spot"));
    expect(refused("spot", used)).toBeUndefined();
    used.add(machine("few", "spot"));
    expect(refused("spot", used)).toBe("InsufficientCapacity");
  });

  test("a stopped machine gives its capacity back, keeps its address, and may not get it again", () => {
    const stopped = machine("few", "on-demand", "stopped");
    const used = new Usage([stopped]);
    expect(used.addresses).toBe(1);
    expect(noCapacity(cluster, stopped, used)).toBeUndefined();
    expect(refused("on-demand", used)).toBeUndefined();
    used.add(machine("few", "on-demand"));
    expect(noCapacity(cluster, stopped, used)?.kind).toBe("InsufficientCapacity");
  });

  test("stopped machines count where addresses are scarce", () => {
    const all = Array.from({ length: 32 }, () => machine("free", "spot", "stopped"));
    expect(refused("spot", new Usage(all))).toBe("QuotaExceeded");
  });

  test("a zone that failed has nothing, for new machines and for stopped ones", () => {
    const stopped = machine("few", "on-demand", "stopped");
    failed.add("local");
    try {
      expect(refused("on-demand", new Usage([]))).toBe("InsufficientCapacity");
      expect(noCapacity(cluster, stopped, new Usage([]))?.message).toBe("zone local has failed");
    } finally {
      failed.clear();
    }
    expect(refused("on-demand", new Usage([]))).toBeUndefined();
  });

  test("a zone that is not the cluster's is refused for good", () => {
    const offering = { instanceType: "few", zone: "elsewhere", market: "spot" } as const;
    const error = refusal(cluster, "cpu-dy-few-2", offering, new Usage([]));
    expect(error?.kind).toBe("LaunchRejected");
  });

  test("nobody can reserve local machines", () => {
    expect(refused("reserved", new Usage([]))).toBe("LaunchRejected");
    expect(refused("block", new Usage([]))).toBe("LaunchRejected");
    expect(menu(["few"], ["reserved", "block"])).toEqual([]);
  });
});

describe("the menu", () => {
  test("has each market that is asked for, in that order, and what spot costs", () => {
    const rows = menu(["few", "cheap", "no-such-type", "free"], ["spot", "on-demand"]);
    expect(rows.map(({ instanceType, market, price }) => [instanceType, market, price])).toEqual([
      ["few", "spot", 0.3],
      ["few", "on-demand", 1],
      ["cheap", "spot", 0.1],
      ["cheap", "on-demand", 1],
      ["free", "spot", undefined],
      ["free", "on-demand", undefined],
    ]);
  });

  test("has a row for each zone, in their order", () => {
    const rows = menu(["few"], ["spot", "on-demand"], ["b", "a"]);
    expect(rows.map(({ zone, market }) => `${market} in ${zone}`)).toEqual([
      "spot in b",
      "spot in a",
      "on-demand in b",
      "on-demand in a",
    ]);
  });
});
