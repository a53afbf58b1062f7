import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
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
  fileVersion: 1,
  wantedVersion: 1,
  stage: null,
  config: null,
  headUserData: "#cloud-config\n",
  network: "10.208.0.0/20",
  bridge: "slb0",
  imageRoot: "/image",
  bundle: "/bundle",
  site: null,
  range: null,
  nextHead: null,
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
  goneAt: null,
  image: null,
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

  test("a machine that is gone is no machine any more, and its token is never free again", () => {
    using store = new LocalStore(":memory:");
    insert(store, machine("m-1"));
    store.updateMachine("m-1", { state: "running", pid: 7, startTicks: 8 });
    store.markGone("m-1", new Date(0), "");
    expect(store.machines()).toEqual([]);
    expect(store.machineByToken("one", "token-m-1")).toMatchObject({ id: "m-1", state: "gone" });
    expect(store.machine("m-1")?.proof, "nor can anybody be it").toBe("");
    expect(store.userData("m-1")).toBe("");
  });

  test("what is gone is told for ten minutes at least, the last one first, and then no more", () => {
    using store = new LocalStore(":memory:");
    insert(store, machine("m-1"), machine("m-2"), machine("m-3"), machine("m-4", "t", "two"));
    const at = (minutes: number): Date => new Date(Date.UTC(2026, 0, 1, 12, minutes));
    const gone = (minutes: number) => store.goneMachines("one", at(minutes)).map(({ id }) => id);
    store.markGone("m-1", at(0), "kernel panic");
    store.markGone("m-4", at(0), "");
    store.markGone("m-2", at(5), "bye");
    expect(gone(10)).toEqual(["m-2", "m-1"]);
    expect(store.lastWords("m-1")).toBe("kernel panic");
    expect(gone(17)).toEqual(["m-2"]);
    expect(gone(60)).toEqual([]);
    store.markGone("m-3", at(60), "");
    expect(store.lastWords("m-1"), "nobody can ask for it any more").toBe("");
  });

  test("notices are in force until their machine is gone; a later one takes the former's place", () => {
    using store = new LocalStore(":memory:");
    insert(store, machine("m-1"), machine("m-2"));
    const notice = { machineId: "m-1", cluster: "one", kind: "spot", deadline: null } as const;
    store.putNotice(notice);
    store.putNotice({ ...notice, deadline: "2026-01-01T00:02:00.000Z" });
    store.putNotice({ ...notice, kind: "maintenance" });
    store.putNotice({ ...notice, machineId: "m-2" });
    expect(store.notices("one")).toHaveLength(3);
    expect(store.notices("one")).toContainEqual({
      ...notice,
      deadline: "2026-01-01T00:02:00.000Z",
    });
    store.markGone("m-1", new Date(0), "");
    expect(store.notices().map(({ machineId }) => machineId)).toEqual(["m-2"]);
    expect(store.notices("two")).toEqual([]);
  });

  test("a record of an earlier version is read and goes on", () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-store-"));
    try {
      const file = join(folder, "local.sqlite");
      const old = new DatabaseSync(file);
      old.exec(`CREATE TABLE machines (
        id TEXT PRIMARY KEY, cluster TEXT NOT NULL, token TEXT NOT NULL, role TEXT NOT NULL,
        node TEXT NOT NULL, queue TEXT, computeResource TEXT, instanceType TEXT NOT NULL,
        zone TEXT NOT NULL, market TEXT NOT NULL, state TEXT NOT NULL, address TEXT NOT NULL,
        launchedAt TEXT NOT NULL, tags TEXT NOT NULL, userData TEXT NOT NULL, proof TEXT NOT NULL,
        pid INTEGER, startTicks INTEGER, UNIQUE (cluster, token)
      ) STRICT`);
      old.exec(`INSERT INTO machines VALUES ('m-1', 'one', 't', 'compute', 'n', 'q', 'r', 'local.small',
        'local', 'on-demand', 'running', '10.208.0.16', '2026-01-01T00:00:00.000Z', '{}', '', 'p', 7, 8)`);
      old.close();
      using store = new LocalStore(file);
      expect(store.machine("m-1")).toMatchObject({ state: "running", goneAt: null });
      store.markGone("m-1", new Date(0), "bye");
      expect(store.goneMachines("one", new Date(1)).map(({ id }) => id)).toEqual(["m-1"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
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
