import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Intent, Unavailability } from "./contract.ts";
import { openCapacityStore } from "./sqlite.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-store-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = () => join(folder, "capacity.db");

const intent: Intent = {
  token: "t1",
  node: "q-dy-a-1",
  pool: { queue: "q", computeResource: "a" },
  offering: { instanceType: "small", zone: "z1", market: "spot" },
  state: "open",
  jobId: 7,
  attempts: 1,
  asks: 0,
  createdAt: new Date(1_000),
  acceptedAt: undefined,
  machineId: undefined,
  listed: false,
  notBefore: new Date(2_000),
};

test("everything written is there after the file is opened again", () => {
  const gone: Unavailability = {
    pool: intent.pool,
    offering: intent.offering,
    cause: "capacity",
    reason: "none left",
    size: 1,
    failures: 3,
    until: new Date(9_000),
  };
  {
    using store = openCapacityStore(file());
    store.saveIntents([intent, { ...intent, token: "t2", node: "q-dy-a-2" }]);
    store.saveIntents(
      [{ ...intent, state: "accepted", machineId: "m", acceptedAt: new Date(5), listed: true }],
      ["t2"],
    );
    store.saveUnavailable([gone]);
    store.saveFleet({ status: "STOPPING", updatedAt: new Date(77) });
    store.addReturnedJobs([
      { jobId: 4, at: new Date(1) },
      { jobId: 5, at: new Date(2) },
    ]);
    store.dropReturnedJobs([4]);
  }
  using store = openCapacityStore(file());
  expect(store.intents()).toEqual([
    { ...intent, state: "accepted", machineId: "m", acceptedAt: new Date(5), listed: true },
  ]);
  expect(store.unavailable()).toEqual([gone]);
  expect(store.fleet()).toEqual({ status: "STOPPING", updatedAt: new Date(77) });
  expect(store.returnedJobs()).toEqual([{ jobId: 5, at: new Date(2) }]);
});

test("a new store belongs to a running fleet", () => {
  using store = openCapacityStore(":memory:");
  expect(store.fleet().status).toBe("RUNNING");
});

test("events keep their numbers, and only the newest are kept", () => {
  using store = openCapacityStore(":memory:");
  const event = (n: number) => ({
    time: "2030-01-01T00:00:00Z",
    kind: "launched",
    message: `${n}`,
  });
  store.addEvents(Array.from({ length: 5_010 }, (_, n) => event(n)));
  expect(store.events(0, 10_000)).toHaveLength(5_000);
  expect(store.events(5_008, 10).map((e) => [e.id, e.message])).toEqual([
    [5_009, "5008"],
    [5_010, "5009"],
  ]);
  expect(store.events(0, 1)[0]?.id).toBe(5_010);
});

test("a file of a later version is refused with a code of its own", () => {
  const db = new DatabaseSync(file());
  db.exec("PRAGMA user_version = 999");
  db.close();
  expect(() => openCapacityStore(file())).toThrow(
    expect.objectContaining({ code: "CAPACITY_STORE_NEWER" }),
  );
});

test("what is not a database is refused with a hint", () => {
  expect(() => openCapacityStore(join(folder, "missing", "x.db"))).toThrow(
    expect.objectContaining({ code: "CAPACITY_STORE_UNUSABLE" }),
  );
});
