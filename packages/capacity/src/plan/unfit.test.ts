import { expect, test } from "vitest";
import type { Snapshot } from "../observe/snapshot.ts";
import { after, intent, job, machine, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import { plan } from "./plan.ts";

const A = poolOf("q1", "a", { dynamic: 2 }, ["small", "large"]);
const FIXED = poolOf("q1", "s", { fixed: 1 });
const [first = ""] = A.dynamicNodes;
const [fixed = ""] = FIXED.staticNodes;

/** Plans until nothing is left to do, with what Slurm makes of it in between. */
function rounds(given: Snapshot): { states: string[]; terminated: string[]; launched: string[] } {
  const states: string[] = [];
  const terminated: string[] = [];
  const launched: string[] = [];
  let now = given;
  for (let round = 0; round < 6; round++) {
    const actions = plan(now);
    for (const action of actions) {
      if (action.kind === "update-nodes") states.push(action.update.state ?? "");
      if (action.kind === "terminate") terminated.push(action.machineId);
      if (action.kind === "launch") launched.push(...action.items.map((item) => item.node));
    }
    now = after(now, actions);
  }
  return { states, terminated, launched };
}

const drained = (name: string, reason: string, state = "IDLE+CLOUD+DRAIN") => ({
  nodes: [node(name, state, { reason })],
  intents: [intent(name, { state: "registered" })],
  machines: [machine(name)],
});

test.each(["Kill task failed", "Duplicate jobid", "Prolog error", "batch job complete failure"])(
  "a node that Slurm itself drained (%s) gets another machine",
  (reason) => {
    const { states, terminated } = rounds(snapshotOf([A], drained(first, reason)));
    expect(states[0]).toBe("DOWN");
    expect(states).toContain("POWER_DOWN_FORCE");
    expect(terminated).toEqual([`m-t-${first}`]);
  },
);

test("a static one too, under its own name and at once", () => {
  const { terminated, launched } = rounds(snapshotOf([FIXED], drained(fixed, "Kill task failed")));
  expect(terminated).toEqual([`m-t-${fixed}`]);
  expect(launched).toEqual([fixed]);
});

test("not while a job is on it, and never when a person drained it", () => {
  const busy = drained(first, "Kill task failed", "MIXED+CLOUD+DRAIN");
  const jobs = [job(7, first, { state: "RUNNING" })];
  expect(plan(snapshotOf([A], { ...busy, jobs }))).toEqual([]);
  expect(plan(snapshotOf([A], drained(first, "kills tasks, looking into it")))).toEqual([]);
});

test("powered down and still drained by Slurm it is released", () => {
  const off = node(first, "IDLE+CLOUD+DRAIN+POWERED_DOWN", { reason: "Kill task failed" });
  expect(plan(snapshotOf([A], { nodes: [off] }))).toMatchObject([
    { kind: "update-nodes", nodes: [first], update: { state: "RESUME" } },
  ]);
});

test("a machine that offers less than slurm.conf says is a failed boot of its offering", () => {
  const reason = "Low RealMemory (reported:400 < 100.00% of configured:512)";
  const snapshot = snapshotOf([A], {
    nodes: [node(first, "IDLE+CLOUD+DRAIN+INVALID_REG", { reason })],
    intents: [intent(first)],
    machines: [machine(first)],
  });
  const actions = plan(snapshot);
  expect(actions.find((one) => one.kind === "offering-failed")).toMatchObject({
    item: { cause: "boot", reason: expect.stringContaining("400 < 100.00% of configured:512") },
  });
  expect(actions.find((one) => one.kind === "health")).toMatchObject({ item: { failures: 1 } });
  expect(rounds(snapshot).terminated).toEqual([`m-t-${first}`]);
});
