import { describe, expect, test } from "vitest";
import { type ClusterRow, LocalStore, type MachineRow } from "./store.ts";

const cluster = (name: string): ClusterRow => ({
  name,
  id: `id-${name}`,
  status: "CREATE_COMPLETE",
  reason: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  configText: "Provider: local\n",
  headUserData: "#cloud-config\n",
  network: "10.208.0.0/20",
  bridge: "slb0",
  imageRoot: "/image",
  bundle: "/bundle",
});

const machine = (id: string, token = `token-${id}`, of = "one"): MachineRow => ({
  id,
  cluster: of,
  token,
  role: "compute",
  node: "cpu-dy-small-1",
  queue: "cpu",
  computeResource: "small",
  instanceType: "local.small",
  zone: "local",
  market: "on-demand",
  state: "pending",
  address: "10.208.0.16",
  launchedAt: "2026-01-01T00:00:00.000Z",
  tags: "{}",
  proof: "secret",
  pid: null,
  startTicks: null,
});

const insert = (store: LocalStore, ...rows: MachineRow[]): void =>
  store.insertMachines(rows.map((row) => ({ row, userData: "data" })));

describe("the record of machines", () => {
  test("machines are all written, or none", () => {
    using store = new LocalStore(":memory:");
    insert(store, machine("m-1"));
    expect(() => insert(store, machine("m-2"), machine("m-3", "token-m-1"))).toThrow();
    expect(store.machines().map(({ id }) => id)).toEqual(["m-1"]);
  });

  test("a machine that is gone is listed no more, and its token is never free again", () => {
    using store = new LocalStore(":memory:");
    insert(store, machine("m-1"));
    store.updateMachine("m-1", { state: "running", pid: 7, startTicks: 8 });
    store.markGone("m-1");
    expect(store.machines()).toEqual([]);
    expect(store.machineByToken("one", "token-m-1")).toMatchObject({ id: "m-1", state: "gone" });
    expect(store.machine("m-1")?.proof, "nor can anybody be it").toBe("");
    expect(store.userData("m-1")).toBe("");
  });

  test("tokens are each cluster's own", () => {
    using store = new LocalStore(":memory:");
    insert(store, machine("m-1", "same", "one"), machine("m-2", "same", "two"));
    expect(store.machineByToken("two", "same")?.id).toBe("m-2");
    expect(store.machines("one").map(({ id }) => id)).toEqual(["m-1"]);
  });

  test("a deleted cluster takes its machines and events along, and nobody else's", () => {
    using store = new LocalStore(":memory:");
    for (const name of ["one", "two"]) {
      store.insertCluster(cluster(name));
      store.addEvent(name, { time: new Date(0), resource: "head", status: "done", message: "up" });
    }
    insert(store, machine("m-1", "a", "one"), machine("m-2", "b", "two"));
    store.deleteCluster("one");
    expect(store.clusters().map(({ name }) => name)).toEqual(["two"]);
    expect(store.machine("m-1")).toBeUndefined();
    expect(store.events("one")).toEqual([]);
    expect(store.machines().map(({ id }) => id)).toEqual(["m-2"]);
    expect(store.events("two")).toHaveLength(1);
  });
});
