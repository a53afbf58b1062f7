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
    MachineTypes: [
      { ...usual, Name: "few", Price: 1, Capacity: 1, SpotCapacity: 2 },
      { ...usual, Name: "cheap", Price: 1, SpotPrice: 0.1 },
      { ...usual, Name: "free" },
    ],
  },
});
const cluster = {
  row: { name: "one", status: "CREATE_COMPLETE", network: "10.208.0.0/27" },
  types,
  network: parseNetwork("10.208.0.0/27"),
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
});

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

  test("nobody can reserve local machines", () => {
    expect(refused("reserved", new Usage([]))).toBe("LaunchRejected");
    expect(refused("block", new Usage([]))).toBe("LaunchRejected");
    expect(offerings(types, ["few"], ["reserved", "block"])).toEqual([]);
  });
});

describe("the menu", () => {
  test("has each market that is asked for, in that order, and what spot costs", () => {
    const rows = offerings(types, ["few", "cheap", "no-such-type", "free"], ["spot", "on-demand"]);
    expect(rows.map(({ instanceType, market, price }) => [instanceType, market, price])).toEqual([
      ["few", "spot", 0.3],
      ["few", "on-demand", 1],
      ["cheap", "spot", 0.1],
      ["cheap", "on-demand", 1],
      ["free", "spot", undefined],
      ["free", "on-demand", undefined],
    ]);
  });
});
