import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseNetwork } from "../host/network.ts";
import { zoneLinks } from "../host/zone-network.ts";
import { bridgeOf } from "./place.ts";
import { LocalStore, type MachineRow } from "./store.ts";
import { Zones, type ZonesOf } from "./zones.ts";

const machine = (id: string, zone: string, state: MachineRow["state"] = "running"): MachineRow => ({
  ...{ id, cluster: "one", token: id, role: "compute", node: id, queue: "q", computeResource: "c" },
  ...{ instanceType: "light.small", zone, market: "on-demand", state, address: "10.208.0.16" },
  ...{ launchedAt: "2026-01-01T00:00:00.000Z", tags: "{}", proof: "p", pid: 1, startTicks: 1 },
  goneAt: null,
  image: null,
});

/** Without uplinks, so that no link of this host is touched. */
const network: ZonesOf = {
  owner: "one",
  tenants: ["one"],
  network: parseNetwork("10.208.0.0/20"),
  bridge: "slb0123456789",
  zones: ["local"],
};

let store: LocalStore;
let lost: readonly string[];
const open = (): Zones =>
  new Zones({
    store,
    find: (name) => (name === "one" ? network : undefined),
    all: () => [network],
    losePower: async (rows) => {
      lost = rows.map(({ id }) => id);
      for (const { id } of rows) store.markGone(id, new Date(), "");
    },
  });
beforeEach(() => {
  store = new LocalStore(":memory:");
  lost = [];
});
afterEach(() => store[Symbol.dispose]());

describe("a zone that fails", () => {
  test("takes every machine that is on, leaves disks, and stays failed for the next service", async () => {
    const rows = [
      machine("m-1", "local"),
      machine("m-2", "local", "stopped"),
      machine("m-3", "else"),
    ];
    store.insertMachines(rows.map((row) => ({ row, userData: "" })));
    await open().fail("one", "local");
    expect(lost).toEqual(["m-1"]);
    const [state] = open().states("one").zones;
    expect(state).toMatchObject({ zone: "local", isFailed: true, machines: 0 });
    expect(open().isFailed("one", "local")).toBe(true);
    expect(open().isReachable(machine("m-2", "local"))).toBe(false);
  });

  test("is healed, and whoever waits for it hears so", async () => {
    const zones = open();
    await zones.fail("one", "local");
    const heard: string[] = [];
    zones.onHealed((owner, zone) => heard.push(`${owner}/${zone}`));
    await zones.heal("one", "local");
    expect(heard).toEqual(["one/local"]);
    expect(zones.isFailed("one", "local")).toBe(false);
  });

  test("is forgotten with its cluster", async () => {
    await open().fail("one", "local");
    store.deleteCluster("one");
    expect(store.faults.list("one")).toEqual([]);
  });
});

describe("a machine whose cable is pulled", () => {
  test("is not reached until it is plugged in, and is forgotten when it is gone", async () => {
    const zones = open();
    const row = machine("m-1", "local");
    store.insertMachines([{ row, userData: "" }]);
    const heard: string[] = [];
    zones.onUnreachable(() => heard.push("unreachable"));
    await zones.cutMachine("one", row);
    expect(heard).toEqual(["unreachable"]);
    expect(zones.isReachable(row)).toBe(false);
    expect(zones.states("one").cutMachines).toEqual([{ id: "m-1", node: "m-1" }]);
    await zones.healMachine("one", row);
    expect(zones.isReachable(row)).toBe(true);
    await zones.cutMachine("one", row);
    store.markGone("m-1", new Date(), "");
    expect(store.faults.list("one")).toEqual([]);
  });
});

describe("what can't be done", () => {
  test.each([
    ["CLUSTER_NOT_FOUND", () => open().fail("two", "local")],
    ["SITE_NOT_FOUND", () => open().fail("site:campus", "local")],
    ["ZONE_NOT_FOUND", () => open().fail("one", "b")],
    ["ZONE_HAS_NO_UPLINK", () => open().cut("one", "local")],
    ["ZONE_HAS_NO_UPLINK", () => open().part("one")],
  ])("is refused by %s", async (code, act) => {
    await expect(act()).rejects.toMatchObject({ code });
    expect(store.faults.list("one")).toEqual([]);
  });
});

describe("links of zones", () => {
  test("have names that the kernel takes, found by the core's", () => {
    for (const name of Object.values(zoneLinks("slb0123456789", 3))) {
      expect(name.length).toBeLessThanOrEqual(15);
      expect(name.slice(3, -1)).toBe("0123456789");
    }
  });

  test("a machine is plugged into its zone's bridge, and into the core without zones", () => {
    const zoned = { ...network, zones: ["a", "b"] };
    expect(bridgeOf(zoned, "b")).toBe("slz01234567892");
    expect(bridgeOf(network, "local")).toBe("slb0123456789");
  });
});
