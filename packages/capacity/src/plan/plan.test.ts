import { expect, test } from "vitest";
import type { Snapshot } from "../observe/snapshot.ts";
import { ago, intent, job, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { plan } from "./plan.ts";

const A = poolOf("q1", "a", { dynamic: 4 }, ["small", "large"]);
const SOLE = poolOf("q1", "b", { dynamic: 3 });
const FIXED = poolOf("q1", "s", { fixed: 2 });

const STARTING = "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP";
const OFF = "IDLE+CLOUD+POWERED_DOWN";

function planOf(spec: typeof A, more: Partial<Snapshot>): readonly Action[] {
  return plan(snapshotOf([spec], more));
}
function of<K extends Action["kind"]>(actions: readonly Action[], kind: K) {
  return actions.filter((one): one is Extract<Action, { kind: K }> => one.kind === kind);
}
const launched = (actions: readonly Action[]) =>
  of(actions, "launch").map((one) => [
    one.offering.instanceType,
    one.atomic,
    one.items.map((item) => item.node),
  ]);
const terminated = (actions: readonly Action[]) =>
  of(actions, "terminate").map((one) => one.machineId);
const updates = (actions: readonly Action[]) =>
  of(actions, "update-nodes").map((one) => [one.update.state, one.nodes]);
const out = (type: string, spec: typeof A, until = new Date(NOW.getTime() + 20_000)) => ({
  pool: spec.pool,
  offering: { instanceType: type, zone: "z1", market: "on-demand" } as const,
  cause: "capacity" as const,
  reason: "none left",
  size: 1,
  failures: 1,
  until,
});

test("nothing to do, nothing planned", () => {
  expect(planOf(A, { nodes: A.dynamicNodes.map((name) => node(name, OFF)) })).toEqual([]);
});

test("a node that is powering up gets a machine; one that is not, does not", () => {
  const states = [STARTING, OFF, "IDLE+CLOUD+POWERING_DOWN", "ALLOCATED+CLOUD+POWERED_DOWN"];
  const nodes = A.dynamicNodes.map((name, n) => node(name, states[n] ?? ""));
  expect(launched(planOf(A, { nodes }))).toEqual([["small", false, ["q1-dy-a-1"]]]);
});

test("an open intent is asked again with its token, but not while its call runs or before its time", () => {
  const nodes = A.dynamicNodes.slice(0, 3).map((name) => node(name, STARTING));
  const [first = "", second = "", third = ""] = A.dynamicNodes;
  const actions = planOf(A, {
    nodes,
    intents: [
      intent(first, { state: "open" }),
      intent(second, { state: "open" }),
      intent(third, { state: "open", notBefore: new Date(NOW.getTime() + 1) }),
    ],
    inFlight: new Set([`t-${second}`]),
  });
  expect(of(actions, "launch").flatMap((one) => one.items)).toMatchObject([
    { node: first, token: `t-${first}` },
  ]);
});

test("an open intent whose machine is listed is accepted, not asked again", () => {
  const name = "q1-dy-a-1";
  const actions = planOf(A, {
    nodes: [node(name, STARTING)],
    intents: [intent(name, { state: "open" })],
    machines: [machine(name)],
  });
  expect(of(actions, "launch")).toEqual([]);
  expect(of(actions, "remember")[0]?.save).toMatchObject([
    { state: "accepted", machineId: `m-t-${name}`, acceptedAt: NOW },
  ]);
});

test("an offering that is unavailable is passed over", () => {
  const nodes = [node("q1-dy-a-1", STARTING)];
  const unavailable = [out("small", A)];
  expect(launched(planOf(A, { nodes, unavailable }))).toEqual([["large", false, ["q1-dy-a-1"]]]);
  const over = [out("small", A, ago(1))];
  expect(launched(planOf(A, { nodes, unavailable: over }))[0]?.[0]).toBe("small");
});

test("when nothing is left the job goes back, its nodes and their siblings are set down", () => {
  const [first = "", second = "", third = ""] = SOLE.dynamicNodes;
  const actions = planOf(SOLE, {
    nodes: [node(first, STARTING), node(second, OFF), node(third, "ALLOCATED+CLOUD")],
    intents: [intent(third, { state: "registered" })],
    machines: [machine(third)],
    unavailable: [out("small", SOLE)],
    jobs: [job(7, first), job(8, third, { state: "RUNNING" })],
  });
  expect(of(actions, "give-back").map((one) => one.jobId)).toEqual([7]);
  // Siblings first: a job that goes back must not be given them.
  expect(updates(actions)).toEqual([["DOWN", [second, first]]]);
  expect(of(actions, "update-nodes")[0]?.update.reason).toBe(
    "sluice: no capacity until 12:00:20 UTC (none left)",
  );
  expect(terminated(actions)).toEqual([]);
});

test.each([
  [OFF, ["DOWN"]],
  // Else Slurm has it for a job in the moment between its being off and the next pass.
  ["IDLE+CLOUD+POWERING_DOWN", ["DOWN"]],
  ["DOWN+CLOUD+POWERING_DOWN", []],
  ["IDLE+CLOUD+POWERED_DOWN+POWER_UP", []],
  ["ALLOCATED+CLOUD+POWERED_DOWN", []],
])("a node that is %s of a pool without offerings is set: %s", (state, expected) => {
  const [first = ""] = SOLE.dynamicNodes;
  const actions = planOf(SOLE, {
    nodes: [node(first, state)],
    unavailable: [out("small", SOLE)],
    jobs: [],
  });
  expect(updates(actions).map(([change]) => change)).toEqual(expected);
});

test("nodes that too large a job was refused on are DOWN until they are off, then small jobs may have them", () => {
  const [first = "", second = "", third = ""] = SOLE.dynamicNodes;
  const reason = "sluice: no capacity for 3 machines at once until 12:00:20 UTC (none left)";
  const unavailable = [{ ...out("small", SOLE), size: 3 }];
  const going = [
    node(first, "IDLE+CLOUD+POWERING_DOWN", { reason }),
    node(second, "DOWN+CLOUD+POWERING_DOWN", { reason }),
    node(third, "IDLE+CLOUD+POWERING_DOWN", { reason: "sluice: machine m-1 vanished" }),
  ];
  const held = planOf(SOLE, { nodes: going, unavailable, jobs: [] });
  expect(updates(held)).toEqual([["DOWN", [first]]]);
  expect(of(held, "update-nodes")[0]?.update.reason).toBe(reason);
  const off = [node(first, "DOWN+CLOUD+POWERED_DOWN", { reason })];
  expect(updates(planOf(SOLE, { nodes: off, unavailable, jobs: [] }))).toEqual([
    ["RESUME", [first]],
  ]);
});

test("a job that can't be requeued keeps its node and waits", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const actions = planOf(SOLE, {
    nodes: [node(first, STARTING)],
    unavailable: [out("small", SOLE)],
    jobs: [job(7, first, { canRequeue: false })],
  });
  expect(actions).toEqual([]);
});

test("nodes that we set down are released when capacity may be back; a person's are not", () => {
  const [first = "", second = "", third = ""] = SOLE.dynamicNodes;
  const nodes = [
    node(first, "DOWN+CLOUD+POWERED_DOWN", { reason: "sluice: no capacity until 11:59:59 UTC" }),
    node(second, "DOWN+CLOUD+POWERED_DOWN", { reason: "broken fan" }),
    node(third, "DOWN+CLOUD+POWERED_DOWN", { reason: "ResumeTimeout reached" }),
  ];
  expect(updates(planOf(SOLE, { nodes, unavailable: [out("small", SOLE, ago(1))] }))).toEqual([
    ["RESUME", [first, third]],
  ]);
  expect(planOf(SOLE, { nodes, unavailable: [out("small", SOLE)] })).toEqual([]);
});

test("a machine that does not register in time goes, and the next offering is asked at once", () => {
  const name = "q1-dy-a-1";
  const actions = planOf(A, {
    nodes: [node(name, STARTING)],
    intents: [intent(name, { acceptedAt: ago(60) })],
    machines: [machine(name)],
    jobs: [job(7, name)],
  });
  expect(terminated(actions)).toEqual([`m-t-${name}`]);
  expect(of(actions, "offering-failed")[0]?.item).toMatchObject({
    cause: "boot",
    reason: "machine did not register within 60 s",
  });
  expect(launched(actions)).toEqual([["large", false, [name]]]);
  expect(of(actions, "give-back")).toEqual([]);
});

test("without another offering a failed boot gives the job back in the same plan", () => {
  const [first = "", second = ""] = SOLE.dynamicNodes;
  const actions = planOf(SOLE, {
    nodes: [node(first, STARTING), node(second, OFF)],
    intents: [intent(first, { acceptedAt: ago(60) })],
    machines: [machine(first)],
    jobs: [job(7, first)],
  });
  expect(of(actions, "give-back").map((one) => one.jobId)).toEqual([7]);
  // Siblings first: a job that goes back must not be given them.
  expect(updates(actions)).toEqual([["DOWN", [second, first]]]);
  expect(terminated(actions)).toEqual([`m-t-${first}`]);
});

test("a vanished machine: its node goes down and its job back; then the node is powered down", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const vanished = planOf(SOLE, {
    nodes: [node(first, "ALLOCATED+CLOUD")],
    intents: [intent(first, { state: "registered" })],
    gone: new Set([`t-${first}`]),
    jobs: [job(7, first, { state: "RUNNING" })],
  });
  expect(updates(vanished)).toEqual([["DOWN", [first]]]);
  expect(of(vanished, "give-back").map((one) => one.jobId)).toEqual([7]);
  const next = planOf(SOLE, {
    nodes: [node(first, "DOWN+CLOUD", { reason: "sluice: machine m vanished" })],
  });
  expect(updates(next)).toEqual([["POWER_DOWN_FORCE", [first]]]);
});

test("a machine that is not listed, nor said to be gone, has the time to boot that any has", () => {
  const [first = ""] = A.dynamicNodes;
  const absentFor = (seconds: number) =>
    planOf(A, {
      nodes: [node(first, STARTING)],
      intents: [intent(first, { listed: false, acceptedAt: ago(seconds) })],
      absentSince: new Map([[`t-${first}`, ago(seconds)]]),
    });
  expect(absentFor(59)).toEqual([]);
  expect(launched(absentFor(61)).flatMap(([, , names]) => names)).toEqual([first]);
});

test("a list that leaves out a machine whose node answers is wrong, however long", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const absent = (state: string) =>
    planOf(SOLE, {
      nodes: [node(first, state)],
      intents: [intent(first, { state: "registered" })],
      absentSince: new Map([[`t-${first}`, ago(3600)]]),
      jobs: [job(7, first, { state: "RUNNING" })],
    });
  expect(absent("ALLOCATED+CLOUD")).toEqual([]);
  expect(updates(absent("ALLOCATED+CLOUD+NOT_RESPONDING"))).toEqual([["DOWN", [first]]]);
});

test("a machine that is to go is asked to until it is gone, or long not listed", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const condemned = (more: Partial<Snapshot>) =>
    planOf(SOLE, {
      nodes: [node(first, OFF)],
      intents: [intent(first, { state: "condemned" })],
      ...more,
    });
  const token = `t-${first}`;
  expect(terminated(condemned({}))).toEqual([`m-${token}`]);
  expect(terminated(condemned({ absentSince: new Map([[token, ago(5)]]) }))).toEqual([
    `m-${token}`,
  ]);
  const dropped = (more: Partial<Snapshot>) =>
    of(condemned(more), "remember").flatMap((one) => one.drop);
  expect(dropped({ gone: new Set([token]) })).toEqual([token]);
  expect(dropped({ absentSince: new Map([[token, ago(31)]]) })).toEqual([token]);
});

test("a dead static node is relaunched at once and resumed when its machine registered", () => {
  const [first = ""] = FIXED.staticNodes;
  const down = { reason: "sluice: machine m vanished" };
  expect(launched(planOf(FIXED, { nodes: [node(first, "DOWN+CLOUD", down)] }))).toEqual([
    ["small", false, [first]],
  ]);
  const withMachine = (start: Date) =>
    planOf(FIXED, {
      nodes: [node(first, "DOWN+CLOUD", { ...down, slurmdStartTime: start })],
      intents: [intent(first)],
      machines: [machine(first)],
    });
  expect(withMachine(ago(500))).toEqual([]);
  expect(updates(withMachine(ago(2)))).toEqual([["RESUME", [first]]]);
});

test("a static node that is off is powered up, unless the fleet is stopped or someone drained it", () => {
  const [first = "", second = ""] = FIXED.staticNodes;
  const nodes = [node(first, OFF), node(second, `${OFF}+DRAIN`, { reason: "disk" })];
  expect(updates(planOf(FIXED, { nodes }))).toEqual([["POWER_UP", [first]]]);
  const fleet = { status: "STOPPED", updatedAt: NOW } as const;
  expect(planOf(FIXED, { nodes, fleet })).toEqual([]);
});

test.each([OFF, "IDLE+CLOUD+POWERING_DOWN"])("the machine of a node that is %s goes", (state) => {
  const [first = ""] = SOLE.dynamicNodes;
  const actions = planOf(SOLE, {
    nodes: [node(first, state)],
    intents: [intent(first, { state: "registered" })],
    machines: [machine(first)],
  });
  expect(terminated(actions)).toEqual([`m-t-${first}`]);
});

test("a young machine whose node was just resumed is left alone", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const actions = planOf(SOLE, {
    nodes: [node(first, "IDLE+CLOUD+POWERING_DOWN")],
    intents: [intent(first, { acceptedAt: ago(2) })],
    machines: [machine(first)],
    resumed: new Set([first]),
  });
  expect(actions).toEqual([]);
});

test("of two machines for a node the registered one stays, though it is younger", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const actions = planOf(SOLE, {
    nodes: [node(first, "ALLOCATED+CLOUD", { address: "ip-young" })],
    intents: [
      intent(first, { token: "old", acceptedAt: ago(50) }),
      intent(first, { token: "young", acceptedAt: ago(5) }),
    ],
    machines: [machine(first, { token: "old" }), machine(first, { token: "young" })],
  });
  expect(terminated(actions)).toEqual(["m-old"]);
});

test("a machine of the node's life before is replaced when ResumeProgram names the node", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const seen = {
    nodes: [node(first, STARTING)],
    intents: [intent(first, { state: "registered" })],
    machines: [machine(first)],
  };
  expect(planOf(SOLE, seen)).toEqual([]);
  const actions = planOf(SOLE, { ...seen, resumed: new Set([first]) });
  expect(terminated(actions)).toEqual([`m-t-${first}`]);
  expect(launched(actions)).toEqual([["small", false, [first]]]);
});

test("a suspended node's machine goes at once, unless a job runs there again", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const at = (state: string) =>
    planOf(SOLE, {
      nodes: [node(first, state)],
      intents: [intent(first, { state: "registered" })],
      machines: [machine(first)],
      suspended: new Set([`t-${first}`]),
    });
  expect(terminated(at("DOWN+CLOUD"))).toEqual([`m-t-${first}`]);
  expect(terminated(at("ALLOCATED+CLOUD"))).toEqual([]);
});

test("a drained node keeps its machine, its reason and its peace", () => {
  const [first = "", second = ""] = SOLE.dynamicNodes;
  const actions = planOf(SOLE, {
    nodes: [
      node(first, "IDLE+CLOUD+DRAIN", { reason: "disk" }),
      node(second, "DOWN+CLOUD+DRAIN", { reason: "disk" }),
    ],
    intents: [intent(first, { state: "registered" }), intent(second, { state: "registered" })],
    machines: [machine(first), machine(second)],
  });
  expect(actions).toEqual([]);
});

test("when a drained node loses its machine its reason stays", () => {
  const [first = ""] = SOLE.dynamicNodes;
  const actions = planOf(SOLE, {
    nodes: [node(first, "IDLE+CLOUD+DRAIN", { reason: "disk" })],
    intents: [intent(first, { state: "registered" })],
    gone: new Set([`t-${first}`]),
  });
  expect(of(actions, "update-nodes")[0]?.update).toEqual({ state: "DOWN", reason: "disk" });
});

test("a slurmctld that knows none of the nodes has nothing done in its name", () => {
  const machines = [machine("q1-dy-a-1"), machine("elsewhere")];
  expect(planOf(A, { nodes: [], machines })).toEqual([]);
  expect(planOf(A, { nodes: [node("other", OFF)], machines })).toEqual([]);
});

test("a node that the cluster file has no more loses its machine once Slurm has it down", () => {
  const name = "q9-dy-old-1";
  const having = { intents: [intent(name, { state: "registered" })], machines: [machine(name)] };
  const [other = ""] = SOLE.dynamicNodes;
  expect(
    planOf(SOLE, { ...having, nodes: [node(other, OFF), node(name, "ALLOCATED+CLOUD")] }),
  ).toEqual([]);
  expect(terminated(planOf(SOLE, { ...having, nodes: [node(other, OFF)] }))).toEqual([
    `m-t-${name}`,
  ]);
});
