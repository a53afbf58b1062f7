import type { SlurmNode } from "@sluice/slurm";
import { expect, test } from "vitest";
import type { Snapshot } from "../observe/snapshot.ts";
import { DEFAULT_POOL_POLICY, type WarmPolicy } from "../policy.ts";
import { indexPools } from "../pools.ts";
import { after, ago, intent, job, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { nextDeadline } from "./deadline.ts";
import { plan, planKeeping } from "./plan.ts";
import { warmTarget } from "./warm.ts";
import { whatIf } from "./what-if.ts";

const POLICY: WarmPolicy = {
  count: 2,
  windows: [],
  demandShare: 0,
  demandMinutes: 60,
  stopped: 0,
};
const DEAR = poolOf("q1", "dear", { dynamic: 3 }, ["large"]);
const CHEAP = poolOf("q1", "cheap", { dynamic: 3 });
const SPECS = [DEAR, CHEAP];
const [C1 = "", C2 = "", C3 = ""] = CHEAP.dynamicNodes;
const [D1 = "", D2 = ""] = DEAR.dynamicNodes;
const OFF = "IDLE+CLOUD+POWERED_DOWN";
const STARTING = "IDLE+CLOUD+NOT_RESPONDING+POWERING_UP";

type States = Readonly<Record<string, string | Partial<SlurmNode>>>;

/** Nodes that have been idle for an hour if they are up, unless something else is said of them. */
function given(states: States, warm: Partial<WarmPolicy> = {}, more: Partial<Snapshot> = {}) {
  const snapshot = snapshotOf(SPECS);
  const names = SPECS.flatMap((spec) => spec.dynamicNodes);
  const nodes = names.map((name) => {
    const said = states[name] ?? OFF;
    const idle = { lastBusyTime: ago(3600), slurmdStartTime: ago(4000) };
    return typeof said === "string"
      ? node(name, said, idle)
      : node(name, "IDLE+CLOUD", { ...idle, ...said });
  });
  const up = Object.keys(states).filter((name) => states[name] !== OFF);
  const menu = new Map(
    [...snapshot.menu].map(([id, offerings]) => [
      id,
      offerings.map((one) => ({ ...one, price: id === "q1/dear" ? 2 : 1 })),
    ]),
  );
  return {
    ...snapshot,
    menu,
    pools: indexPools(SPECS, new Map([["q1", { ...POLICY, ...warm }]])),
    nodes,
    intents: up.map((name) =>
      intent(name, { state: states[name] === STARTING ? "accepted" : "registered" }),
    ),
    machines: up.map((name) => machine(name)),
    ...more,
  };
}

const updates = (actions: readonly Action[]) =>
  actions.flatMap((one) => (one.kind === "update-nodes" ? [[one.update.state, one.nodes]] : []));
const changes = (snapshot: Snapshot) => updates(plan(snapshot));
const closed = (instanceType: string, computeResource: string) => ({
  pool: { queue: "q1", computeResource },
  offering: { instanceType, zone: "z1", market: "on-demand" } as const,
  cause: "capacity" as const,
  reason: "none left",
  size: 1,
  failures: 1,
  until: ago(-60),
});

test("the cheapest nodes are switched on until as many are idle as the queue keeps", () => {
  expect(changes(given({}))).toEqual([["POWER_UP", [C1, C2]]]);
  expect(changes(given({ [C1]: "IDLE+CLOUD" }))).toEqual([["POWER_UP", [C2]]]);
  expect(changes(given({ [C1]: "IDLE+CLOUD", [C2]: STARTING }))).toEqual([]);
  expect(changes(given({}, { count: 4 }))).toEqual([["POWER_UP", [C1, C2, C3, D1]]]);
  expect(changes(given({}, { count: 9 }))[0]?.[1]).toHaveLength(6);
});

test("what jobs have, what is drained and what somebody speaks of is not idle", () => {
  const states = { [C1]: "ALLOCATED+CLOUD", [C2]: { reason: "disk", flags: new Set(["DRAIN"]) } };
  const jobs = [job(1, C1, { state: "RUNNING" })];
  expect(changes(given(states, {}, { jobs }))).toEqual([["POWER_UP", [C3, D1]]]);
  const waited = { [C1]: "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP" };
  expect(changes(given(waited, { count: 1 }, { jobs: [job(1, C1)] }))).toContainEqual([
    "POWER_UP",
    [C2],
  ]);
});

test("a pool that nothing can be had for, or that is protected, is passed over", () => {
  const unavailable = [closed("small", "cheap")];
  expect(changes(given({}, {}, { unavailable }))).toContainEqual(["POWER_UP", [D1, D2]]);
  const health = [
    {
      pool: { queue: "q1", computeResource: "cheap" },
      failures: 10,
      protectedAt: ago(10),
      probeAt: ago(-600),
      probes: 0,
      last: { node: C1, machineId: "m", at: ago(10), reason: "silent", console: undefined },
    },
  ];
  expect(changes(given({}, {}, { health }))).toContainEqual(["POWER_UP", [D1, D2]]);
});

test("a fleet that starts or stops keeps nothing warm", () => {
  for (const status of ["STARTING", "STOPPING", "STOPPED"] as const) {
    const fleet = { status, updatedAt: ago(5) };
    expect(changes(given({}, {}, { fleet }))).toEqual([]);
  }
});

test("the target is the larger of what the hour says and the share of what was busy of late", () => {
  const noon = {
    days: [2],
    fromMinute: 720,
    untilMinute: 780,
    timeZone: "UTC",
    count: 1,
  };
  const peak = (minutes: number, nodes: number) => ({
    queue: "q1",
    minute: ago(minutes * 60),
    nodes,
  });
  const target = (warm: Partial<WarmPolicy>, peaks: Snapshot["peaks"] = []) =>
    warmTarget(given({}, warm, { peaks }), "q1");
  expect(target({})).toBe(2);
  expect(target({ windows: [noon] })).toBe(1);
  expect(target({ windows: [noon], demandShare: 0.25 }, [peak(10, 9), peak(50, 4)])).toBe(3);
  expect(target({ demandShare: 0.25 }, [peak(60, 100), peak(59, 10)])).toBe(3);
  expect(target({ demandShare: 0.5 }, [])).toBe(2);
  expect(nextDeadline(given({}, { windows: [noon] }))).toEqual(new Date("2030-01-01T13:00:00Z"));
});

test("idle for too long and more than are kept: the dearest go first, then the longest idle", () => {
  const states = {
    [D1]: "IDLE+CLOUD",
    [C1]: "IDLE+CLOUD",
    [C2]: { lastBusyTime: ago(3700) },
    [C3]: "IDLE+CLOUD",
  };
  expect(changes(given(states, { count: 1 }))).toEqual([["POWER_DOWN", [D1, C2, C3]]]);
  expect(changes(given(states, { count: 2 }))).toEqual([["POWER_DOWN", [D1, C2]]]);
  expect(changes(given(states, { count: 4 }))).toEqual([]);
});

test("idle counts from the last job and from the registration, whichever was later", () => {
  const states = {
    [C1]: { lastBusyTime: ago(599), slurmdStartTime: ago(4000) },
    [C2]: { lastBusyTime: undefined, slurmdStartTime: ago(599) },
    [C3]: { lastBusyTime: undefined, slurmdStartTime: ago(600) },
  };
  expect(changes(given(states, { count: 0 }))).toEqual([["POWER_DOWN", [C3]]]);
  const pools = SPECS.map((spec) => ({
    ...spec,
    policy: { ...DEFAULT_POOL_POLICY, idleSeconds: "never" as const },
  }));
  const never = indexPools(pools, new Map([["q1", { ...POLICY, count: 0 }]]));
  expect(changes(given(states, {}, { pools: never }))).toEqual([]);
});

test("a queue without a policy of its own is left to slurmctld", () => {
  const pools = indexPools(SPECS);
  expect(changes(given({ [C1]: "IDLE+CLOUD" }, {}, { pools }))).toEqual([]);
});

test("nodes of a reservation are switched on in time, unless it is for maintenance", () => {
  const reservation = (start: Date, flags: readonly string[] = []) => ({
    reservations: [
      { name: "r1", start, end: ago(-7200), nodes: `${D1},${C1}`, flags: new Set(flags) },
    ],
  });
  const none = { count: 0 };
  expect(changes(given({}, none, reservation(ago(-180))))).toEqual([["POWER_UP", [D1, C1]]]);
  expect(changes(given({}, none, reservation(ago(-181))))).toEqual([]);
  expect(changes(given({}, none, reservation(ago(-60), ["MAINT"])))).toEqual([]);
  expect(changes(given({}, none, reservation(NOW)))).toEqual([]);
  expect(nextDeadline(given({}, none, reservation(ago(-600))))).toEqual(ago(-420));
});

test("reserved nodes stay before it begins, are nobody's warm nodes, and go when idle in it", () => {
  const up = { [C1]: "IDLE+CLOUD", [C2]: "IDLE+CLOUD" };
  const reserved = (start: Date, ...flags: string[]) => ({
    reservations: [{ name: "r1", start, end: ago(-7200), nodes: C1, flags: new Set(flags) }],
  });
  expect(changes(given(up, { count: 0 }, reserved(ago(-60))))).toEqual([["POWER_DOWN", [C2]]]);
  expect(changes(given(up, { count: 2 }, reserved(ago(-60))))).toEqual([["POWER_UP", [C3]]]);
  expect(changes(given(up, { count: 1 }, reserved(ago(60))))).toEqual([["POWER_DOWN", [C1]]]);
  expect(changes(given(up, { count: 1 }, reserved(ago(60), "MAINT")))).toEqual([]);
});

test("what if these nodes were gone: those that would be brought up because of it", () => {
  const two = given({ [C1]: "IDLE+CLOUD", [C2]: "IDLE+CLOUD" });
  expect(whatIf(two, new Set([C1]), planKeeping)).toEqual(new Set([C1]));
  expect(whatIf(two, new Set([C1, C2]), planKeeping)).toEqual(new Set([C1, C2]));
  const three = given({ [C1]: "IDLE+CLOUD", [C2]: "IDLE+CLOUD", [D1]: "IDLE+CLOUD" });
  expect(whatIf(three, new Set([D1]), planKeeping)).toEqual(new Set());
  // What is missing anyway is not because of them.
  expect(whatIf(given({}), new Set([D1]), planKeeping)).toEqual(new Set());
});

test("a node that would be brought up again at once stays", () => {
  const signals = new Map([[7, { signal: "USR1", seconds: 60, batchOnly: true }]]);
  const soonLost = {
    notices: [
      {
        machineId: `m-t-${C1}`,
        node: C1,
        kind: "spot" as const,
        deadline: ago(-120),
        noticedAt: NOW,
        signalled: [],
      },
    ],
    jobs: [job(7, C1, { state: "RUNNING" })],
    signals,
  };
  const states = { [C1]: "ALLOCATED+CLOUD", [C2]: "IDLE+CLOUD", [C3]: "IDLE+CLOUD" };
  const asked = changes(given(states, { count: 0 }, soonLost));
  expect(asked).toContainEqual(["POWER_DOWN", [C3]]);
  expect(asked).not.toContainEqual(["POWER_UP", [C2]]);
});

test("scaling comes to rest", () => {
  let now: Snapshot = given({ [C1]: "IDLE+CLOUD", [C2]: "IDLE+CLOUD", [D1]: "IDLE+CLOUD" });
  for (let round = 0; round < 4; round++) now = after(now, plan(now));
  expect(plan(now)).toEqual([]);
});
