import { describe, expect, test } from "vitest";
import type { PoolSpec } from "../contract.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import type { PoolHealth } from "../store/contract.ts";
import { after, ago, intent, job, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { nextDeadline } from "./deadline.ts";
import { plan } from "./plan.ts";

const STARTING = "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP";
const OFF = "IDLE+CLOUD+POWERED_DOWN";
const SHUT = "DOWN+CLOUD+POWERED_DOWN";
const REASON = "sluice: protected: 3 machines in a row did not register (no slurmd)";

const strict = (spec: PoolSpec, protectAfterFailures = 3): PoolSpec => ({
  ...spec,
  policy: { ...spec.policy, protectAfterFailures },
});
const POOL = strict(poolOf("q1", "a", { dynamic: 4 }, ["small", "large"]));
const KEY = { queue: "q1", computeResource: "a" };
const [N1 = "", N2 = "", N3 = "", N4 = ""] = POOL.dynamicNodes;

const soon = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

function health(more: Partial<PoolHealth> = {}): PoolHealth {
  const last = { node: N1, machineId: "m-0", at: ago(60), reason: "no slurmd", console: undefined };
  return {
    pool: KEY,
    failures: 2,
    protectedAt: undefined,
    probeAt: undefined,
    probes: 0,
    last,
    ...more,
  };
}
const shut = (more: Partial<PoolHealth> = {}) =>
  health({ failures: 3, protectedAt: ago(600), probeAt: soon(300), ...more });

function of<K extends Action["kind"]>(actions: readonly Action[], kind: K) {
  return actions.filter((one): one is Extract<Action, { kind: K }> => one.kind === kind);
}
const planOf = (more: Partial<Snapshot>, spec = POOL) => plan(snapshotOf([spec], more));
const updates = (actions: readonly Action[]) =>
  of(actions, "update-nodes").map((one) => [one.update.state, one.nodes]);
const launched = (actions: readonly Action[]) =>
  of(actions, "launch").flatMap((one) => one.items.map((item) => item.node));

/** A machine on each of these nodes that should have registered long ago. */
const overdue = (...names: readonly string[]): Partial<Snapshot> => ({
  nodes: names.map((name) => node(name, STARTING)),
  intents: names.map((name) => intent(name, { acceptedAt: ago(61), createdAt: ago(62) })),
  machines: names.map((name) => machine(name)),
});

describe("failed boots", () => {
  test("are counted, and the console of the machine is kept", () => {
    const actions = planOf(overdue(N1));
    expect(of(actions, "health")).toMatchObject([
      { item: { pool: KEY, failures: 1, last: { node: N1, machineId: `m-t-${N1}`, at: NOW } } },
    ]);
    expect(of(actions, "terminate")).toMatchObject([{ machineId: `m-t-${N1}`, consoleFor: KEY }]);
    expect(launched(actions)).toEqual([N1]);
  });

  test("are counted too when the machine vanished, but not when the cloud took it back", () => {
    const vanished: Partial<Snapshot> = {
      nodes: [node(N1, STARTING)],
      intents: [intent(N1)],
      gone: new Set([`t-${N1}`]),
    };
    expect(of(planOf(vanished), "health")).toMatchObject([{ item: { failures: 1 } }]);
    const notice = {
      machineId: `m-t-${N1}`,
      node: N1,
      kind: "spot" as const,
      deadline: undefined,
      noticedAt: ago(30),
      signalled: [],
    };
    expect(of(planOf({ ...vanished, notices: [notice] }), "health")).toEqual([]);
  });

  test("of a machine that registered once are none", () => {
    const lost = intent(N1, { state: "registered" });
    const actions = planOf({
      nodes: [node(N1, STARTING)],
      intents: [lost],
      gone: new Set([lost.token]),
    });
    expect(of(actions, "health")).toEqual([]);
  });

  test("are forgotten when a machine of the pool registers", () => {
    const actions = planOf({
      nodes: [node(N2, "ALLOCATED+CLOUD")],
      intents: [intent(N2)],
      machines: [machine(N2)],
      health: [health()],
    });
    expect(of(actions, "healthy").map((one) => one.pool)).toEqual([KEY]);
  });

  test("never protect a pool whose limit is 0", () => {
    const actions = planOf(
      { ...overdue(N1, N2), health: [health({ failures: 99 })] },
      strict(POOL, 0),
    );
    expect(of(actions, "health")).toMatchObject([
      { item: { failures: 101, protectedAt: undefined } },
    ]);
    expect(launched(actions)).toEqual([N1, N2]);
  });
});

describe("a protected pool", () => {
  test("begins with the last failure that is allowed: jobs go back, spare nodes are shut", () => {
    const late = overdue(N1);
    const actions = planOf({
      ...late,
      nodes: [node(N1, STARTING), node(N2, OFF), node(N3, "ALLOCATED+CLOUD"), node(N4, OFF)],
      intents: [...(late.intents ?? []), intent(N3, { state: "registered" })],
      machines: [machine(N1), machine(N3)],
      jobs: [job(7, N1), job(8, N3, { state: "RUNNING" })],
      health: [health()],
    });
    expect(of(actions, "health")[0]?.item).toMatchObject({
      failures: 3,
      protectedAt: NOW,
      probeAt: soon(600),
      probes: 0,
    });
    expect(launched(actions)).toEqual([]);
    expect(of(actions, "give-back").map((one) => one.jobId)).toEqual([7]);
    expect(updates(actions)).toEqual([["DOWN", [N1, N2, N4]]]);
    expect(of(actions, "update-nodes")[0]?.update.reason).toBe(
      "sluice: protected: 3 machines in a row did not register (machine did not register within 60 s); see describe-compute-fleet",
    );
    expect(of(actions, "terminate").map((one) => one.node)).toEqual([N1]);
  });

  test("keeps a job that can't be requeued waiting, without a machine", () => {
    const actions = planOf({
      nodes: [node(N1, STARTING)],
      jobs: [job(7, N1, { canRequeue: false })],
      health: [shut()],
    });
    expect(actions).toEqual([]);
  });

  test("gives nothing back while nobody knows whether the job can be requeued", () => {
    const demands = [{ jobId: 7, nodes: [N1], canRequeue: undefined, waiting: true }];
    const actions = planOf({
      nodes: [node(N1, STARTING)],
      jobs: undefined,
      demands,
      health: [shut()],
    });
    expect(actions).toEqual([]);
  });

  test("forgets what was not accepted yet, and lets machines on their way come", () => {
    const actions = planOf({
      nodes: [node(N1, STARTING), node(N2, STARTING)],
      intents: [intent(N1, { state: "open" }), intent(N2)],
      machines: [machine(N2)],
      jobs: [job(7, N1), job(8, N2)],
      health: [shut()],
    });
    expect(of(actions, "remember").flatMap((one) => one.drop)).toEqual([`t-${N1}`]);
    expect(updates(actions)).toEqual([["DOWN", [N1]]]);
    expect(of(actions, "terminate")).toEqual([]);
  });

  test("does not switch static nodes on, and leaves a person's alone", () => {
    const fixed = strict(poolOf("q1", "a", { fixed: 3 }));
    const [s1 = "", s2 = "", s3 = ""] = fixed.staticNodes;
    const nodes = [
      node(s1, SHUT, { reason: REASON }),
      node(s2, OFF),
      node(s3, "IDLE+CLOUD+DRAIN+POWERED_DOWN", { reason: "broken fan" }),
    ];
    expect(updates(planOf({ nodes, health: [shut()] }, fixed))).toEqual([["DOWN", [s2]]]);
  });

  test("is the reason that counts on nodes that were shut for another", () => {
    const nodes = [node(N1, SHUT, { reason: "sluice: no capacity until 11:00:00 UTC (x)" })];
    expect(updates(planOf({ nodes, health: [shut()] }))).toEqual([["DOWN", [N1]]]);
    expect(planOf({ nodes: [node(N1, SHUT, { reason: REASON })], health: [shut()] })).toEqual([]);
  });

  test("wakes the node manager when its probe is due", () => {
    expect(nextDeadline(snapshotOf([POOL], { health: [shut()] }))).toEqual(soon(300));
  });

  test("ends when the fleet is started", () => {
    const fleet = { status: "START_REQUESTED", updatedAt: NOW } as const;
    const nodes = [node(N1, SHUT, { reason: REASON })];
    const actions = planOf({ fleet, nodes, health: [shut()] });
    expect(of(actions, "healthy").map((one) => one.pool)).toEqual([KEY]);
    const running = { fleet: { status: "RUNNING", updatedAt: NOW } as const, nodes };
    expect(updates(planOf(running))).toEqual([["RESUME", [N1]]]);
  });

  test("of a compute resource that is gone is forgotten", () => {
    const pool = { queue: "q1", computeResource: "old" };
    const actions = planOf({ nodes: [node(N1, OFF)], health: [shut({ pool })] });
    expect(of(actions, "healthy").map((one) => one.pool)).toEqual([pool]);
  });
});

describe("a probe", () => {
  const due = shut({ probeAt: ago(1) });
  const quiet = (): Snapshot =>
    snapshotOf([POOL], {
      nodes: POOL.dynamicNodes.map((name) => node(name, SHUT, { reason: REASON })),
      health: [due],
    });

  test("is one node, released and switched on, and one machine", () => {
    const first = plan(quiet());
    expect(updates(first)).toEqual([["RESUME", [N1]]]);
    const released = after(quiet(), first);
    const second = plan(released);
    expect(updates(second)).toEqual([["POWER_UP", [N1]]]);
    expect(plan(after(released, second))).toEqual([]);
    const starting = {
      ...released,
      nodes: released.nodes.map((one) => (one.name === N1 ? node(N1, STARTING) : one)),
    };
    const third = plan(starting);
    expect(launched(third)).toEqual([N1]);
    expect(plan(after(starting, third))).toEqual([]);
  });

  test("is the machine that somebody waits for already", () => {
    const actions = planOf({
      nodes: [node(N1, SHUT, { reason: REASON }), node(N2, STARTING), node(N3, STARTING)],
      jobs: [job(7, N2, { canRequeue: false }), job(8, N3, { canRequeue: false })],
      health: [due],
    });
    expect(launched(actions)).toEqual([N2]);
    expect(updates(actions)).toEqual([]);
  });

  test("that fails makes the next one wait twice as long, up to a limit", () => {
    const failed = of(planOf({ ...overdue(N1), health: [due] }), "health")[0]?.item;
    expect(failed).toMatchObject({ failures: 4, probes: 1, probeAt: soon(1200) });
    const tenth = of(planOf({ ...overdue(N1), health: [{ ...due, probes: 9 }] }), "health");
    expect(tenth[0]?.item.probeAt).toEqual(soon(7200));
  });

  test("is not what was on its way when the pool was protected", () => {
    const [failed] = of(planOf({ ...overdue(N1), health: [shut()] }), "health");
    expect(failed?.item).toMatchObject({ failures: 4, probes: 0, probeAt: soon(300) });
  });

  test("that registers releases all nodes", () => {
    const before = snapshotOf([POOL], {
      nodes: [node(N1, "IDLE+CLOUD"), node(N2, SHUT, { reason: REASON })],
      intents: [intent(N1)],
      machines: [machine(N1)],
      health: [due],
    });
    const actions = plan(before);
    expect(of(actions, "healthy")).toHaveLength(1);
    expect(updates([...actions, ...plan(after(before, actions))])).toEqual([["RESUME", [N2]]]);
  });

  test("waits while nothing can be had", () => {
    const until = soon(20);
    const unavailable = ["small", "large"].map((instanceType) => ({
      pool: KEY,
      offering: { instanceType, zone: "z1", market: "on-demand" as const },
      cause: "capacity" as const,
      reason: "none left",
      size: 1,
      failures: 1,
      until,
    }));
    expect(plan({ ...quiet(), unavailable })).toEqual([]);
  });
});
