import { once } from "node:events";
import type { Interruption } from "@sluice/cloud";
import { expect, test } from "vitest";
import { Notices } from "./notices.ts";
import { LocalStore, type MachineRow } from "./store.ts";

const machine = (id: string, role: MachineRow["role"] = "compute"): MachineRow => ({
  id,
  cluster: "one",
  token: id,
  role,
  node: "cpu-dy-small-1",
  queue: "cpu",
  computeResource: "small",
  instanceType: "local.small",
  zone: "local",
  market: "spot",
  state: "running",
  address: "10.208.0.16",
  launchedAt: "2026-01-01T00:00:00.000Z",
  tags: "{}",
  proof: "",
  pid: 7,
  startTicks: 8,
  goneAt: null,
  image: null,
});

function setUp() {
  const store = new LocalStore(":memory:");
  const rows = [machine("m-1"), machine("m-2"), machine("m-head", "head")];
  store.insertMachines(rows.map((row) => ({ row, userData: "" })));
  const taken = new EventTarget();
  const take = (id: string): void => void taken.dispatchEvent(new CustomEvent("t", { detail: id }));
  return { store, taken, notices: new Notices(store, take), again: () => new Notices(store, take) };
}

const row = (store: LocalStore, id: string): MachineRow => {
  const found = store.machine(id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};

test("whoever listens hears what is in force and then what comes, also of a new service", () => {
  const { store, notices, again } = setUp();
  using _ = store;
  const deadline = new Date(Date.now() + 3_600_000);
  notices.add(row(store, "m-1"), "spot", deadline);
  notices.add(row(store, "m-head"), "maintenance", undefined);
  const heard: Interruption[] = [];
  const stop = notices.listen("one", (notice) => heard.push(notice));
  notices.add(row(store, "m-2"), "maintenance", undefined);
  stop();
  notices.add(row(store, "m-2"), "spot", undefined);
  expect(heard).toEqual([
    { machineId: "m-1", kind: "spot", deadline },
    { machineId: "m-2", kind: "maintenance", deadline: undefined },
  ]);
  notices.close();

  store.markGone("m-1", new Date(), "");
  const later: Interruption[] = [];
  again().listen("one", (notice) => later.push(notice));
  expect(later.map(({ machineId, kind }) => `${machineId} ${kind}`)).toEqual([
    "m-2 maintenance",
    "m-2 spot",
  ]);
});

test("at the deadline the machine is taken; a service that was away makes up for it", async () => {
  const { store, taken, notices, again } = setUp();
  using _ = store;
  const first = once(taken, "t");
  notices.add(row(store, "m-1"), "spot", new Date(Date.now() - 1));
  expect((await first)[0].detail).toBe("m-1");

  notices.add(row(store, "m-2"), "spot", new Date(Date.now() + 3_600_000));
  notices.close();
  store.putNotice({
    machineId: "m-2",
    cluster: "one",
    kind: "spot",
    deadline: new Date(0).toISOString(),
  });
  store.markGone("m-1", new Date(), "");
  const second = once(taken, "t");
  again().recover();
  expect((await second)[0].detail).toBe("m-2");
});
