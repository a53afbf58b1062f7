import { expect, test } from "vitest";
import { countsOf } from "../../parts/node-bar/node-kinds.ts";
import { hourly, isInService, problemsOf } from "./facts.ts";

const CALM = { status: "RUNNING", unavailable: [], protected: [] };
const NODES = { total: 4, idle: 1, busy: 1, off: 1, starting: 0, stopping: 0, drained: 0, down: 1 };

test("compute machines are not counted twice: the cloud's sum has them in it", () => {
  const fleet = { usdPerHour: 2, unpriced: 0 };
  expect(hourly({ items: [{}], usdPerHour: 5, unpriced: 1 }, fleet)?.usdPerHour).toBe(5);
  // A cloud that has no prices of its own.
  expect(hourly({ items: [], usdPerHour: 0, unpriced: 0 }, fleet)?.usdPerHour).toBe(2);
  expect(hourly(undefined, fleet)).toBeUndefined();
});

test("what is wrong comes in the order of its weight", () => {
  const fleet = {
    status: "STOPPED",
    unavailable: [{}, {}],
    protected: [{ queue: "gpu", computeResource: "p5", reason: null }],
  };
  const cluster = { failures: [{ failureReason: "no disk" }] };
  expect(problemsOf(cluster, fleet, [{ nodes: { down: 1 } }, { nodes: { down: 2 } }])).toEqual([
    { kind: "failure", reason: "no disk" },
    { kind: "protected", where: "gpu/p5", reason: null },
    { kind: "fleet-stopped" },
    { kind: "down", count: 3 },
    { kind: "unavailable", count: 2 },
  ]);
  expect(problemsOf(undefined, CALM, [{ nodes: { down: 0 } }])).toEqual([]);
  expect(problemsOf(undefined, undefined, undefined)).toEqual([]);
});

test("a cluster whose change failed runs on, a stopped one does not", () => {
  expect(["CREATE_COMPLETE", "UPDATE_FAILED"].map(isInService)).toEqual([true, true]);
  expect(["STOPPED", "CREATE_IN_PROGRESS", undefined].map(isInService)).toEqual([
    false,
    false,
    false,
  ]);
});

test("nodes of all queues are one sum", () => {
  expect(countsOf([{ nodes: NODES }, { nodes: NODES }])).toMatchObject({ busy: 2, down: 2 });
});
