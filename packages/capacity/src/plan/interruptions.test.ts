import type { SlurmJob } from "@sluice/slurm";
import { expect, test } from "vitest";
import type { Snapshot } from "../observe/snapshot.ts";
import { DEFAULT_POOL_POLICY } from "../policy.ts";
import type { Notice } from "../store/contract.ts";
import { after, ago, intent, job, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { nextDeadline } from "./deadline.ts";
import { plan } from "./plan.ts";

const POOL = {
  ...poolOf("q1", "a", { fixed: 1, dynamic: 4 }),
  policy: { ...DEFAULT_POOL_POLICY, checkpointGraceSeconds: 60 },
};
const OTHER = poolOf("q1", "b", { dynamic: 2 });
const [FIRST = "", SECOND = "", THIRD = "", FOURTH = ""] = POOL.dynamicNodes;
const [FIXED = ""] = POOL.staticNodes;
const OFF = "IDLE+CLOUD+POWERED_DOWN";
const REASON = "sluice: spot interruption, machine goes at 12:02:00 UTC";

const in_ = (seconds: number): Date => ago(-seconds);

function notice(name: string, more: Partial<Notice> = {}): Notice {
  return {
    machineId: `m-t-${name}`,
    node: name,
    kind: "spot",
    deadline: in_(120),
    noticedAt: NOW,
    signalled: [],
    ...more,
  };
}

/** Nodes by name and state, each that is up with its machine; the others are off. */
function given(states: Readonly<Record<string, string>>, more: Partial<Snapshot> = {}): Snapshot {
  const names = [POOL, OTHER].flatMap((spec) => [...spec.staticNodes, ...spec.dynamicNodes]);
  const up = names.filter((name) => states[name] !== undefined);
  return snapshotOf([POOL, OTHER], {
    nodes: names.map((name) => node(name, states[name] ?? (name === FIXED ? "IDLE+CLOUD" : OFF))),
    intents: [...new Set([...up, FIXED])].map((name) =>
      intent(name, { state: states[name]?.includes("POWERING_UP") ? "accepted" : "registered" }),
    ),
    machines: [...new Set([...up, FIXED])].map((name) => machine(name)),
    ...more,
  });
}

const running = (id: number, nodes: string, more: Partial<SlurmJob> = {}) =>
  job(id, nodes, { state: "RUNNING", ...more });

function of<K extends Action["kind"]>(actions: readonly Action[], kind: K) {
  return actions.filter((one): one is Extract<Action, { kind: K }> => one.kind === kind);
}
const updates = (actions: readonly Action[]) =>
  of(actions, "update-nodes").map((one) => [one.update.state, one.nodes]);
const requeued = (actions: readonly Action[]) => of(actions, "requeue").map((one) => one.jobId);
const signalled = (actions: readonly Action[]) =>
  of(actions, "signal-job").map((one) => [one.jobId, one.signal.signal]);

test("the node is drained and a job without a signal goes back at once", () => {
  const actions = plan(
    given(
      { [FIRST]: "ALLOCATED+CLOUD" },
      { notices: [notice(FIRST)], jobs: [running(7, FIRST)], signals: new Map([[7, undefined]]) },
    ),
  );
  expect(of(actions, "update-nodes")).toMatchObject([
    { nodes: [FIRST], update: { state: "DRAIN", reason: REASON } },
  ]);
  expect(requeued(actions)).toEqual([7]);
  expect(of(actions, "signal-job")).toEqual([]);
});

test("a job that can't be requeued runs on: its node is only drained", () => {
  const actions = plan(
    given(
      { [FIRST]: "ALLOCATED+CLOUD" },
      { notices: [notice(FIRST)], jobs: [running(7, FIRST, { canRequeue: false })] },
    ),
  );
  expect(updates(actions)).toEqual([["DRAIN", [FIRST]]]);
  expect(actions).toHaveLength(1);
});

test("a job that asked for a signal gets it once, then its time, then goes back", () => {
  const states = { [FIRST]: "ALLOCATED+CLOUD" };
  const signals = new Map([[7, { signal: "USR1", seconds: 40, batchOnly: true }]]);
  const start = given(states, { notices: [notice(FIRST)], jobs: [running(7, FIRST)], signals });
  const first = plan(start);
  expect(of(first, "signal-job")).toMatchObject([
    { jobId: 7, signal: { signal: "USR1", batchOnly: true } },
  ]);
  expect(of(first, "notices")[0]?.save[0]?.signalled).toEqual([{ jobId: 7, until: in_(40) }]);
  expect(requeued(first)).toEqual([]);

  const next = after(start, first);
  expect(nextDeadline({ ...next, now: in_(1) })).toEqual(in_(40));
  const meanwhile = plan({ ...next, now: in_(39) });
  expect(signalled(meanwhile)).toEqual([]);
  expect(requeued(meanwhile)).toEqual([]);
  expect(requeued(plan({ ...next, now: in_(40) }))).toEqual([7]);
});

test("the time is what the pool allows and the machine has, whatever was asked for", () => {
  const until = (deadline: Date | undefined, seconds: number) => {
    const actions = plan(
      given(
        { [FIRST]: "ALLOCATED+CLOUD" },
        {
          notices: [notice(FIRST, { deadline })],
          jobs: [running(7, FIRST)],
          signals: new Map([[7, { signal: "10", seconds, batchOnly: false }]]),
        },
      ),
    );
    return of(actions, "notices")[0]?.save[0]?.signalled[0]?.until ?? requeued(actions);
  };
  expect(until(in_(120), 300)).toEqual(in_(60));
  expect(until(undefined, 300)).toEqual(in_(60));
  expect(until(in_(30), 300)).toEqual(in_(20));
  expect(until(in_(10), 300)).toEqual([7]);
});

test("nothing is done to a job before it is known what it asked for", () => {
  const actions = plan(
    given({ [FIRST]: "ALLOCATED+CLOUD" }, { notices: [notice(FIRST)], jobs: [running(7, FIRST)] }),
  );
  expect(updates(actions)).toContainEqual(["DRAIN", [FIRST]]);
  expect([...requeued(actions), ...signalled(actions)]).toEqual([]);
});

test("a job on two machines that go is signalled once and requeued once, by the earlier of them", () => {
  const states = { [FIRST]: "ALLOCATED+CLOUD", [SECOND]: "ALLOCATED+CLOUD" };
  const start = given(states, {
    notices: [notice(SECOND, { deadline: in_(50) }), notice(FIRST)],
    jobs: [running(7, `${FIRST},${SECOND}`)],
    signals: new Map([[7, { signal: "USR2", seconds: 60, batchOnly: false }]]),
  });
  const actions = plan(start);
  expect(signalled(actions)).toEqual([[7, "USR2"]]);
  expect(updates(actions).slice(0, 2)).toEqual([
    ["DRAIN", [FIRST]],
    ["DRAIN", [SECOND]],
  ]);
  const next = after(start, actions);
  expect(requeued(plan({ ...next, now: in_(39) }))).toEqual([]);
  expect(requeued(plan({ ...next, now: in_(40) }))).toEqual([7]);
});

test("a job whose other nodes still boot is told no by its hook", () => {
  const actions = plan(
    given(
      { [FIRST]: "ALLOCATED+CLOUD", [SECOND]: "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP" },
      {
        notices: [notice(FIRST)],
        jobs: [job(7, `${FIRST},${SECOND}`)],
        demands: [{ jobId: 7, nodes: [FIRST, SECOND], canRequeue: true, waiting: true }],
      },
    ),
  );
  expect(of(actions, "give-back").map((one) => one.jobId)).toEqual([7]);
  expect(requeued(actions)).toEqual([]);
});

test("while jobs have time, as many nodes of their kind are switched on as will be lost", () => {
  const states = { [FIRST]: "ALLOCATED+CLOUD", [SECOND]: "ALLOCATED+CLOUD" };
  const more = {
    notices: [notice(FIRST), notice(SECOND)],
    jobs: [running(7, FIRST), running(8, SECOND)],
    signals: new Map([7, 8].map((id) => [id, { signal: "USR1", seconds: 60, batchOnly: true }])),
  };
  const up = (snapshot: Snapshot) =>
    of(plan(snapshot), "update-nodes")
      .filter((one) => one.update.state === "POWER_UP")
      .flatMap((one) => one.nodes);
  // The static node is busy or it would do.
  const busy = { ...states, [FIXED]: "ALLOCATED+CLOUD" };
  expect(up(given(busy, more))).toEqual([THIRD, FOURTH]);
  expect(up(given(states, more))).toEqual([THIRD]);
  const coming = { ...busy, [THIRD]: "IDLE+CLOUD+NOT_RESPONDING+POWERING_UP" };
  expect(up(given(coming, more))).toEqual([FOURTH]);
  // Those that somebody else switched off are not touched: the queue's other nodes do.
  const foreign = { [THIRD]: "disk", [FOURTH]: "disk" } as Readonly<Record<string, string>>;
  const noted = given(busy, more);
  const nodes = noted.nodes.map((one) => ({ ...one, reason: foreign[one.name] ?? one.reason }));
  expect(up({ ...noted, nodes })).toEqual(OTHER.dynamicNodes);
});

test("without a job a dynamic node is powered down at once", () => {
  const actions = plan(given({ [FIRST]: "IDLE+CLOUD" }, { notices: [notice(FIRST)] }));
  expect(of(actions, "update-nodes")).toMatchObject([
    { nodes: [FIRST], update: { state: "POWER_DOWN", reason: REASON } },
  ]);
});

test("a static node is drained, goes down without jobs, and its other machine is launched", () => {
  let now = given({}, { notices: [notice(FIXED)] });
  const seen: (readonly Action[])[] = [];
  for (let round = 0; round < 3; round++) {
    const actions = plan(now);
    seen.push(actions);
    now = after(now, actions);
  }
  expect(updates(seen[0] ?? [])).toEqual([["DRAIN", [FIXED]]]);
  expect(updates(seen[1] ?? [])).toEqual([["DOWN", [FIXED]]]);
  expect(of(seen[2] ?? [], "terminate").map((one) => one.node)).toEqual([FIXED]);
  expect(of(seen[2] ?? [], "launch").flatMap((one) => one.items.map((item) => item.node))).toEqual([
    FIXED,
  ]);
});

test("a machine that boots is let go, and another is asked for its node", () => {
  const starting = "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP";
  const actions = plan(
    given({ [FIRST]: starting }, { notices: [notice(FIRST)], jobs: [job(7, FIRST)] }),
  );
  expect(of(actions, "terminate").map((one) => one.machineId)).toEqual([`m-t-${FIRST}`]);
  expect(of(actions, "launch").flatMap((one) => one.items.map((item) => item.node))).toEqual([
    FIRST,
  ]);
});

test("a person's drain stays, with or without jobs", () => {
  for (const state of ["IDLE+CLOUD+DRAIN", "ALLOCATED+CLOUD+DRAIN"]) {
    const start = given({ [FIRST]: state }, { notices: [notice(FIRST)] });
    const nodes = start.nodes.map((one) => (one.name === FIRST ? { ...one, reason: "disk" } : one));
    expect(plan({ ...start, nodes })).toEqual([]);
  }
});

test("the notice ends when its machine is gone", () => {
  const start = given({}, { notices: [notice(FIRST)], intents: [intent(FIXED)] });
  const gone = {
    ...start,
    intents: [...start.intents, intent(FIRST)],
    gone: new Set([`t-${FIRST}`]),
  };
  expect(of(plan(gone), "notices")).toMatchObject([{ save: [], drop: [`m-t-${FIRST}`] }]);
  // Its list may lag behind.
  expect(of(plan(start), "notices")).toEqual([]);
  expect(of(plan({ ...start, now: in_(30) }), "notices")).toMatchObject([
    { drop: [`m-t-${FIRST}`] },
  ]);
});

test("a notice without a node gets one as soon as somebody knows whose machine it is", () => {
  const start = given({ [FIRST]: "ALLOCATED+CLOUD" }, { notices: [notice(FIRST, { node: "" })] });
  const actions = plan(start);
  expect(of(actions, "notices")).toMatchObject([{ save: [{ node: FIRST }] }]);
  expect(updates(actions)).toEqual([["DRAIN", [FIRST]]]);
});

test("five minutes after its deadline a machine that is still there stays, and is used again", () => {
  const start = given(
    { [FIRST]: "ALLOCATED+CLOUD+DRAIN" },
    { notices: [notice(FIRST)], jobs: [running(7, FIRST, { canRequeue: false })] },
  );
  const nodes = start.nodes.map((one) => (one.name === FIRST ? { ...one, reason: REASON } : one));
  expect(plan({ ...start, nodes, now: in_(419) })).toEqual([]);
  const actions = plan({ ...start, nodes, now: in_(420) });
  expect(of(actions, "notices")).toMatchObject([{ drop: [`m-t-${FIRST}`] }]);
  expect(updates(actions)).toEqual([["RESUME", [FIRST]]]);
});

test("a drain of ours that outlived its machine is undone, also on a node that is off", () => {
  const start = given({});
  const drained = (reason: string) => ({
    ...start,
    nodes: start.nodes.map((one) =>
      one.name === FIRST ? node(FIRST, "IDLE+CLOUD+DRAIN+POWERED_DOWN", { reason }) : one,
    ),
  });
  expect(updates(plan(drained(REASON)))).toEqual([["RESUME", [FIRST]]]);
  expect(plan(drained("disk"))).toEqual([]);
});

test("maintenance that is far off drains, and jobs run on until a quarter of an hour before", () => {
  const deadline = in_(3600);
  const start = given(
    { [FIRST]: "ALLOCATED+CLOUD" },
    {
      notices: [notice(FIRST, { kind: "maintenance", deadline })],
      jobs: [running(7, FIRST)],
      signals: new Map([[7, undefined]]),
    },
  );
  const actions = plan(start);
  expect(of(actions, "update-nodes")[0]?.update.reason).toBe(
    "sluice: maintenance, machine goes at 13:00:00 UTC",
  );
  expect(requeued(actions)).toEqual([]);
  const later = after(start, actions);
  expect(nextDeadline(later)).toEqual(in_(2700));
  expect(requeued(plan({ ...later, now: in_(2700) }))).toEqual([7]);
});
