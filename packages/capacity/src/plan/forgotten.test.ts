import { expect, test } from "vitest";
import { ago, intent, machine, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import { plan } from "./plan.ts";

const POOL = poolOf("q1", "a", { dynamic: 1 });
const NODE = "q1-dy-a-1";
/** As slurmctld has a node that registered before it was killed, and had not written that down. */
const FORGOTTEN = "ALLOCATED+CLOUD+POWERED_DOWN";
const registered = intent(NODE, { state: "registered", acceptedAt: ago(60) });

test("the machine of a node that slurmctld forgot stays as long as jobs run there", () => {
  const machines = [machine(NODE)];
  const planFor = (state: string) =>
    plan(snapshotOf([POOL], { nodes: [node(NODE, state)], machines, intents: [registered] }));
  expect(planFor(FORGOTTEN).filter(({ kind }) => kind === "terminate")).toEqual([]);
  expect(planFor("IDLE+CLOUD+COMPLETING+POWERED_DOWN").map(({ kind }) => kind)).not.toContain(
    "terminate",
  );
  expect(planFor("IDLE+CLOUD+POWERED_DOWN").map(({ kind }) => kind)).toContain("terminate");
});

test("when that machine dies its jobs go back", () => {
  const actions = plan(
    snapshotOf([POOL], {
      nodes: [node(NODE, FORGOTTEN)],
      intents: [registered],
      gone: new Set([registered.token]),
    }),
  );
  expect(actions).toContainEqual(
    expect.objectContaining({
      kind: "update-nodes",
      nodes: [NODE],
      update: expect.objectContaining({ state: "DOWN" }),
    }),
  );
});
