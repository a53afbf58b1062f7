import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type KeptBatch, MachineStore } from "./store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "machines-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => new MachineStore(join(folder, "aws.sqlite"));

function batch(id: string, more: Partial<KeptBatch> = {}): KeptBatch {
  return {
    id,
    call: "RunInstances",
    pool: { queue: "q", computeResource: "c" },
    offering: { instanceType: "c5.large", zone: "eu-central-1a", market: "spot" },
    atomic: true,
    createdAt: new Date("2026-11-21T10:00:00Z"),
    input: '{"MaxCount":3}',
    ...more,
  };
}

const slots = (...tokens: readonly string[]) =>
  tokens.map((token) => ({ token, node: `n-${token}` }));

test("what was written down is there for the next process", () => {
  const first = open();
  first.open(batch("b"), slots("1", "2", "3"));
  first.assign("b", ["i-1"]);
  first[Symbol.dispose]();
  const second = open();
  expect(second.batch("b")).toEqual(batch("b"));
  expect(second.slotOfInstance("i-1")).toEqual({
    batch: "b",
    token: "1",
    node: "n-1",
    instanceId: "i-1",
  });
  expect(second.slot("2")?.instanceId).toBeUndefined();
  second[Symbol.dispose]();
});

test("an instance keeps its slot, in whatever parts and order a batch is seen", () => {
  using store = open();
  store.open(batch("b"), slots("1", "2", "3"));
  store.assign("b", ["i-3"]);
  store.assign("b", ["i-1", "i-2", "i-3"]);
  store.assign("b", ["i-2", "i-3", "i-1", "i-4"]);
  expect(["i-1", "i-2", "i-3", "i-4"].map((id) => store.slotOfInstance(id)?.token)).toEqual([
    "2",
    "3",
    "1",
    undefined,
  ]);
});

test("once EC2 has answered, what is left of a batch may be asked for otherwise", () => {
  using store = open();
  store.open(batch("b"), slots("1", "2"));
  store.assign("b", ["i-1"]);
  store.close("b");
  expect(store.batch("b")?.input).toBeUndefined();
  expect(store.slot("2")).toBeUndefined();
  store.open(batch("c"), slots("2"));
  expect(store.slot("2")?.batch).toBe("c");
});

test("nothing is left of a launch that EC2 refused", () => {
  using store = open();
  store.open(batch("b"), slots("1"));
  store.close("b");
  expect(store.batch("b")).toBeUndefined();
  store.open(batch("b"), slots("1"));
  expect(store.slotsOf("b")).toHaveLength(1);
});

test("a token is written down once", () => {
  using store = open();
  store.open(batch("b"), slots("1"));
  expect(() => store.open(batch("c"), slots("0", "1"))).toThrow();
  expect(store.slot("0")).toBeUndefined();
  expect(store.batch("c")).toBeUndefined();
});

test("launches are forgotten after a week, unless a machine of theirs lives", () => {
  const later = new Date("2026-12-21T10:00:00Z");
  const first = open();
  first.open(batch("lives"), slots("1", "2"));
  first.assign("lives", ["i-1"]);
  first.open(batch("never answered"), slots("3"));
  first.open(batch("later", { createdAt: later }), slots("4"));
  first[Symbol.dispose]();
  using store = open();
  expect(["1", "2", "3", "4"].filter((token) => store.slot(token))).toEqual(["1", "2", "4"]);
  store.forget(["i-1"]);
  expect(store.slot("1")).toBeUndefined();
});

test("notices are kept by machine, the newest", () => {
  const first = open();
  const deadline = new Date("2026-11-21T10:02:00Z");
  first.saveNotice({ machineId: "i-1", kind: "maintenance", deadline: undefined });
  first.saveNotice({ machineId: "i-1", kind: "spot", deadline });
  first.saveNotice({ machineId: "i-2", kind: "spot", deadline });
  first.dropNotices(["i-2"]);
  first[Symbol.dispose]();
  using store = open();
  expect(store.notices()).toEqual([{ machineId: "i-1", kind: "spot", deadline }]);
});
