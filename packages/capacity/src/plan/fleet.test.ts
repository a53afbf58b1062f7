import { expect, test } from "vitest";
import type { Snapshot } from "../observe/snapshot.ts";
import { intent, job, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { plan } from "./plan.ts";

const A = poolOf("q1", "a", { dynamic: 4 }, ["small", "large"]);
const SOLE = poolOf("q1", "b", { dynamic: 3 });

const OFF = "IDLE+CLOUD+POWERED_DOWN";

function planOf(spec: typeof A, more: Partial<Snapshot>): readonly Action[] {
  return plan(snapshotOf([spec], more));
}
function of<K extends Action["kind"]>(actions: readonly Action[], kind: K) {
  return actions.filter((one): one is Extract<Action, { kind: K }> => one.kind === kind);
}
const terminated = (actions: readonly Action[]) =>
  of(actions, "terminate").map((one) => one.machineId);
const updates = (actions: readonly Action[]) =>
  of(actions, "update-nodes").map((one) => [one.update.state, one.nodes]);

test("the fleet stops in order: jobs back, nodes down, machines away, stopped", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const fleet = { status: "STOPPING", updatedAt: NOW } as const;
  const partitions = [{ name: "q1", state: "INACTIVE", nodes: "" }];
  const having = {
    fleet,
    partitions,
    intents: [intent(first, { state: "registered" })],
    machines: [machine(first)],
  };
  const running = planOf(SOLE, {
    ...having,
    nodes: [node(first, "ALLOCATED+CLOUD")],
    jobs: [job(3, first, { state: "RUNNING" })],
  });
  expect(updates(running)).toEqual([["DOWN", [first]]]);
  expect(of(running, "give-back").map((one) => one.jobId)).toEqual([3]);
  expect(terminated(running)).toEqual([]);
  const reason = "sluice: the compute fleet is stopped";
  const down = planOf(SOLE, { ...having, nodes: [node(first, "DOWN+CLOUD", { reason })] });
  expect(updates(down)).toEqual([["POWER_DOWN_FORCE", [first]]]);
  expect(terminated(down)).toEqual([`m-t-${first}`]);
  const gone = planOf(SOLE, { fleet, partitions, nodes: [node(first, OFF)] });
  expect(of(gone, "fleet-status").map((one) => one.status)).toEqual(["STOPPED"]);
});

test("the fleet starts: partitions up, then running", () => {
  const nodes = SOLE.dynamicNodes.map((name) => node(name, OFF));
  const started = planOf(SOLE, {
    nodes,
    fleet: { status: "START_REQUESTED", updatedAt: NOW },
    partitions: [{ name: "q1", state: "INACTIVE", nodes: "" }],
  });
  expect(of(started, "update-partition")).toMatchObject([{ partition: "q1", state: "UP" }]);
  expect(of(started, "fleet-status").map((one) => one.status)).toEqual(["STARTING"]);
  const up = planOf(SOLE, {
    nodes,
    fleet: { status: "STARTING", updatedAt: NOW },
    partitions: [{ name: "q1", state: "UP", nodes: "" }],
  });
  expect(of(up, "fleet-status").map((one) => one.status)).toEqual(["RUNNING"]);
});
