import type { Machine } from "@sluice/cloud";
import { expect, test } from "vitest";
import type { Snapshot } from "../observe/snapshot.ts";
import { indexPools } from "../pools.ts";
import type { Intent } from "../store/contract.ts";
import { ago, intent, job, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { isLively, nextDeadline } from "./deadline.ts";
import { plan } from "./plan.ts";

const POOL = poolOf("q1", "a", { dynamic: 3 });
const [FIRST = "", SECOND = "", THIRD = ""] = POOL.dynamicNodes;
const OFF = "IDLE+CLOUD+POWERED_DOWN";
const STOPPING = "IDLE+CLOUD+POWERING_DOWN";
const STARTING = "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP";

interface Held {
  readonly state: string;
  readonly intent: Intent["state"];
  readonly machine: Machine["state"];
  readonly reason?: string;
}

function given(
  held: Readonly<Record<string, Held>>,
  stopped = 1,
  more: Partial<Snapshot> = {},
): Snapshot {
  const names = Object.keys(held);
  const policy = { count: 0, windows: [], demandShare: 0, demandMinutes: 60, stopped };
  return snapshotOf([POOL], {
    pools: indexPools([POOL], new Map([["q1", policy]])),
    nodes: POOL.dynamicNodes.map((name) =>
      node(name, held[name]?.state ?? OFF, { reason: held[name]?.reason }),
    ),
    intents: names.map((name) =>
      intent(name, { state: held[name]?.intent ?? "registered", acceptedAt: ago(3600) }),
    ),
    machines: names.map((name) => machine(name, { state: held[name]?.machine ?? "running" })),
    ...more,
  });
}

function of<K extends Action["kind"]>(actions: readonly Action[], kind: K) {
  return actions.filter((one): one is Extract<Action, { kind: K }> => one.kind === kind);
}
const states = (actions: readonly Action[]) =>
  of(actions, "remember").flatMap((one) => one.save.map((it) => [it.node, it.state]));
const going = (actions: readonly Action[]) => of(actions, "terminate").map((one) => one.node);

const LEFT = { state: STOPPING, intent: "registered", machine: "running" } as const;
const PARKED = { state: OFF, intent: "parked", machine: "stopped" } as const;

test("of nodes that are switched off, as many keep their machines as are to be stopped", () => {
  const actions = plan(given({ [FIRST]: LEFT, [SECOND]: LEFT }));
  expect(states(actions)).toEqual([
    [FIRST, "parked"],
    [SECOND, "condemned"],
  ]);
  expect(going(actions)).toEqual([SECOND]);
  const full = plan(given({ [FIRST]: PARKED, [SECOND]: LEFT }));
  expect(going(full)).toEqual([SECOND]);
});

test.each([STOPPING, OFF])("a hook that is late does not end a parked machine: %s", (state) => {
  const suspended = new Set([intent(FIRST).token]);
  const held = { state, intent: "parked", machine: "running" } as const;
  const actions = plan(given({ [FIRST]: held }, 1, { suspended }));
  expect(going(actions)).toEqual([]);
  expect(of(actions, "park").map((one) => one.node)).toEqual([FIRST]);
});

test("the machines of the nodes that Slurm chooses first are the ones to keep", () => {
  const actions = plan(given({ [FIRST]: LEFT, [SECOND]: PARKED }));
  expect(states(actions)).toEqual(
    expect.arrayContaining([
      [FIRST, "parked"],
      [SECOND, "condemned"],
    ]),
  );
  expect(going(actions)).toEqual([SECOND]);
});

test("SuspendProgram's word is enough", () => {
  const actions = plan(given({ [FIRST]: LEFT }, 1, { suspended: new Set([`t-${FIRST}`]) }));
  expect(states(actions)).toEqual([[FIRST, "parked"]]);
  expect(going(actions)).toEqual([]);
});

test("it is asked to stop until the cloud lists it as stopped", () => {
  const running = { ...PARKED, machine: "running" } as const;
  expect(of(plan(given({ [FIRST]: running })), "park").map((one) => one.machineId)).toEqual([
    `m-t-${FIRST}`,
  ]);
  const rest = given({ [FIRST]: PARKED });
  expect(plan(rest)).toEqual([]);
  expect(nextDeadline(rest)).toBeUndefined();
  expect(isLively(rest)).toBe(false);
});

test("only a machine that has worked, and that nobody has a word against, is kept", () => {
  const kept = (held: Held, more: Partial<Snapshot> = {}) =>
    going(plan(given({ [FIRST]: held }, 1, more))).length === 0;
  expect(kept(LEFT)).toBe(true);
  expect(kept({ ...LEFT, intent: "accepted" })).toBe(false);
  expect(kept({ ...LEFT, reason: "disk" })).toBe(false);
  expect(kept({ ...LEFT, state: "DOWN+CLOUD+POWER_DOWN" })).toBe(false);
  const notice = {
    machineId: `m-t-${FIRST}`,
    node: FIRST,
    kind: "spot" as const,
    deadline: undefined,
    noticedAt: NOW,
    signalled: [],
  };
  expect(kept(LEFT, { notices: [notice] })).toBe(false);
  const offering = { instanceType: "small", zone: "z1", market: "spot" } as const;
  const intents = [intent(FIRST, { state: "registered", offering })];
  expect(kept(LEFT, { intents })).toBe(false);
});

test("a node that is wanted again gets its own machine back, with a boot time of its own", () => {
  const wanted = given({ [FIRST]: { ...PARKED, state: STARTING } }, 1, { jobs: [job(7, FIRST)] });
  const actions = plan(wanted);
  expect(of(actions, "unpark")).toMatchObject([{ machineId: `m-t-${FIRST}`, node: FIRST }]);
  expect(of(actions, "remember").flatMap((one) => one.save)).toMatchObject([
    { node: FIRST, state: "accepted", acceptedAt: NOW },
  ]);
  expect(of(actions, "launch")).toEqual([]);
});

test("it is asked to start until it is not listed as stopped, and is replaced when it never boots", () => {
  const waiting = (acceptedAt: Date) =>
    plan(
      given({ [FIRST]: { ...PARKED, state: STARTING } }, 1, {
        intents: [intent(FIRST, { state: "accepted", acceptedAt })],
        jobs: [job(7, FIRST)],
      }),
    );
  expect(of(waiting(ago(10)), "unpark")).toHaveLength(1);
  const late = waiting(ago(60));
  expect(going(late)).toEqual([FIRST]);
  expect(of(late, "launch")).toEqual([]);
  expect(of(late, "offering-failed")).toHaveLength(1);
});

test("a machine that has not stopped yet when its node is wanted makes way for a new one", () => {
  const actions = plan(
    given({ [FIRST]: { ...PARKED, machine: "running", state: STARTING } }, 1, {
      jobs: [job(7, FIRST)],
    }),
  );
  expect(going(actions)).toEqual([FIRST]);
  expect(of(actions, "launch").flatMap((one) => one.items.map((item) => item.node))).toEqual([
    FIRST,
  ]);
});

test("what is stopped and not wanted goes: too many, the fleet stops, its node is in no file", () => {
  const three = { [FIRST]: PARKED, [SECOND]: PARKED, [THIRD]: PARKED };
  expect(going(plan(given(three, 1)))).toEqual([SECOND, THIRD]);
  expect(going(plan(given(three, 0)))).toHaveLength(3);
  const fleet = { status: "STOPPING" as const, updatedAt: ago(5) };
  expect(going(plan(given(three, 3, { fleet })))).toHaveLength(3);
  const stranger = "q1-dy-a-9";
  const left = given({ [stranger]: PARKED }, 3);
  expect(going(plan(left))).toEqual([stranger]);
});

test("a stopped machine that no intent names is one that was parked before memory was lost", () => {
  const lost = given({ [FIRST]: PARKED }, 1, { intents: [] });
  expect(states(plan(lost))).toEqual([[FIRST, "parked"]]);
  expect(going(plan(given({ [FIRST]: PARKED }, 0, { intents: [] })))).toEqual([FIRST]);
});

test("a machine in use that somebody stopped is lost: its job goes back, and it goes", () => {
  const actions = plan(
    given({ [FIRST]: { state: "ALLOCATED+CLOUD", intent: "registered", machine: "stopped" } }, 1, {
      jobs: [job(7, FIRST, { state: "RUNNING" })],
    }),
  );
  expect(going(actions)).toEqual([FIRST]);
  expect(of(actions, "update-nodes").map((one) => [one.update.state, one.nodes])).toEqual([
    ["DOWN", [FIRST]],
  ]);
  expect(of(actions, "give-back").map((one) => one.jobId)).toEqual([7]);
});
