import type { Market, Offering } from "@sluice/cloud";
import { expect, test } from "vitest";
import type { PoolSpec } from "../contract.ts";
import type { Demand, Snapshot } from "../observe/snapshot.ts";
import type { ScalingStrategy } from "../policy.ts";
import { poolId } from "../pools.ts";
import type { Unavailability } from "../store/contract.ts";
import { ago, intent, job, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { inOrderOfAsking } from "./offerings.ts";
import { plan } from "./plan.ts";

const STARTING = "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP";
const OFF = "IDLE+CLOUD+POWERED_DOWN";

const A = poolOf("q1", "a", { dynamic: 8 }, ["small", "large"]);
const SOLE = poolOf("q1", "b", { dynamic: 8 });
const OTHER = poolOf("q2", "c", { dynamic: 4 });

const withStrategy = (spec: PoolSpec, scalingStrategy: ScalingStrategy): PoolSpec => ({
  ...spec,
  policy: { ...spec.policy, scalingStrategy },
});

const offering = (
  instanceType: string,
  market: Market,
  more: Partial<Offering> = {},
): Offering => ({
  instanceType,
  zone: "z1",
  market,
  machineType: {
    name: instanceType,
    arch: "x86_64",
    vcpus: 1,
    threadsPerCore: 1,
    memoryMiB: 1024,
  },
  price: undefined,
  ...more,
});

function of<K extends Action["kind"]>(actions: readonly Action[], kind: K) {
  return actions.filter((one): one is Extract<Action, { kind: K }> => one.kind === kind);
}
const asked = (actions: readonly Action[]) =>
  of(actions, "launch").map((one) => [
    one.offering.instanceType,
    one.atomic ? "atomic" : "any",
    one.items.map((item) => item.node),
  ]);
const down = (actions: readonly Action[]) =>
  of(actions, "update-nodes")
    .filter((one) => one.update.state === "DOWN")
    .flatMap((one) => one.nodes)
    .toSorted();

const refused = (
  instanceType: string,
  { pool }: PoolSpec,
  more: Partial<Unavailability> = {},
): Unavailability => ({
  pool: { queue: pool.queue, computeResource: pool.computeResource },
  offering: { instanceType, zone: "z1", market: "on-demand" },
  cause: "capacity",
  reason: "none left",
  size: 1,
  failures: 1,
  until: new Date(NOW.getTime() + 20_000),
  ...more,
});

const demand = (jobId: number, nodes: readonly string[]): Demand => ({
  jobId,
  nodes,
  canRequeue: true,
  waiting: true,
});

/** Jobs that wait for all of their nodes, which are all starting. */
function waiting(
  specs: readonly PoolSpec[],
  jobs: Readonly<Record<number, readonly string[]>>,
  more: Partial<Snapshot> = {},
): readonly Action[] {
  const names = Object.values(jobs).flat();
  return plan(
    snapshotOf(specs, {
      nodes: names.map((name) => node(name, STARTING)),
      jobs: Object.entries(jobs).map(([id, nodes]) =>
        job(Number(id), nodes.join(","), { nodeCount: nodes.length }),
      ),
      ...more,
    }),
  );
}

test("a menu is asked by market, then by price with unknown prices last, or as the file has it", () => {
  const pool = { ...A.pool, markets: ["spot", "on-demand"] as const, order: "price" as const };
  const menu = [
    offering("small", "on-demand", { price: 1 }),
    offering("large", "on-demand", { price: 2 }),
    offering("small", "spot"),
    offering("large", "spot", { price: 0.5 }),
    offering("small", "block", { price: 0 }),
  ];
  const named = (order: "price" | "file") =>
    inOrderOfAsking({ ...pool, order }, menu).map((one) => `${one.instanceType} ${one.market}`);
  const onDemand = ["small on-demand", "large on-demand"];
  expect(named("price")).toEqual(["large spot", "small spot", ...onDemand]);
  expect(named("file")).toEqual(["small spot", "large spot", ...onDemand]);
});

test("what is sold for a time only is asked in that time, and says when it begins", () => {
  const spec = { ...SOLE, pool: { ...SOLE.pool, markets: ["block"] as const } };
  const [first = "", second = ""] = spec.dynamicNodes;
  const at = (from: number, until: number) => {
    const window = { from: ago(-from), until: ago(-until) };
    const menu = new Map([[poolId(spec.pool), [offering("small", "block", { window })]]]);
    const nodes = [node(first, STARTING), node(second, OFF)];
    return plan(snapshotOf([spec], { nodes, menu, jobs: [job(7, first)] }));
  };
  expect(asked(at(0, 60))).toEqual([["small", "any", [first]]]);
  const reasonOf = (actions: readonly Action[]) =>
    of(actions, "update-nodes").map((one) => one.update.reason);
  expect(down(at(60, 120))).toEqual([first, second]);
  expect(reasonOf(at(60, 120))[0]).toBe(
    "sluice: no capacity until 12:01:00 UTC (its time begins at 2030-01-01 12:01 UTC)",
  );
  expect(of(at(60, 120), "give-back")).toMatchObject([{ jobId: 7 }]);
  expect(reasonOf(at(-60, 0))[0]).toMatch(/its time was over at 2030-01-01 12:00 UTC/);
});

test("fewer than were refused at once may still be had", () => {
  const [one = "", ...rest] = A.dynamicNodes;
  const unavailable = [refused("small", A, { size: 3 })];
  const actions = waiting(
    [A],
    { 1: [one], 2: rest.slice(0, 2), 3: rest.slice(2, 5) },
    { unavailable },
  );
  expect(asked(actions)).toEqual([
    ["large", "atomic", rest.slice(2, 5)],
    ["small", "atomic", rest.slice(0, 2)],
    ["small", "any", [one]],
  ]);
});

test("a gang too large for what is known goes back; small jobs start, and no spare node goes down", () => {
  const [one = "", ...rest] = SOLE.dynamicNodes;
  const gang = rest.slice(0, 4);
  const nodes = SOLE.dynamicNodes.map((name) =>
    node(name, name === one || gang.includes(name) ? STARTING : OFF),
  );
  const unavailable = [refused("small", SOLE, { size: 4 })];
  const actions = waiting([SOLE], { 1: [one], 2: gang }, { nodes, unavailable });
  expect(asked(actions)).toEqual([["small", "any", [one]]]);
  expect(down(actions)).toEqual(gang);
  expect(of(actions, "give-back")).toEqual([
    {
      kind: "give-back",
      jobId: 2,
      notBefore: ago(-20),
      reason: "no capacity for 4 machines at once until 12:00:20 UTC (none left)",
    },
  ]);
});

test("a job that could go elsewhere and comes back for the same comes back later each time", () => {
  const gang = SOLE.dynamicNodes.slice(0, 4);
  const unavailable = [refused("small", SOLE, { size: 4, until: ago(-25) })];
  const specs = [SOLE, poolOf("q1", "z", { dynamic: 8 }, ["large"])];
  const notBefore = (returns: number) => {
    const actions = waiting(specs, { 2: gang }, { unavailable, returns: new Map([[2, returns]]) });
    return of(actions, "give-back").map((one) => one.notBefore);
  };
  expect([0, 1, 2, 5].map(notBefore)).toEqual([[undefined], [ago(-2)], [ago(-4)], [ago(-25)]]);
});

test("in a queue with another pool Slurm is sent there for a moment, then small jobs may come", () => {
  const gang = A.dynamicNodes.slice(0, 2);
  const spare = A.dynamicNodes.slice(2);
  const nodes = A.dynamicNodes.map((name) => node(name, gang.includes(name) ? STARTING : OFF));
  const after = (seconds: number) => {
    const until = new Date(NOW.getTime() + (30 - seconds) * 1000);
    const unavailable = ["small", "large"].map((type) => refused(type, A, { size: 2, until }));
    return waiting(
      [A, { ...SOLE, pool: { ...SOLE.pool, instanceTypes: ["huge"] } }],
      { 2: gang },
      {
        nodes,
        unavailable,
      },
    );
  };
  expect(down(after(1))).toEqual([...gang, ...spare].toSorted());
  expect(down(after(5))).toEqual(gang);
});

test("one call finds out whether there is capacity again; the others go elsewhere or wait", () => {
  const over = { until: ago(1), failures: 3 };
  const [n1 = "", n2 = "", n3 = "", n4 = "", n5 = ""] = A.dynamicNodes;
  const jobs = { 1: [n1], 2: [n2, n3], 3: [n4, n5] };
  expect(asked(waiting([A], jobs, { unavailable: [refused("small", A, over)] }))).toEqual([
    ["small", "atomic", [n2, n3]],
    ["large", "atomic", [n4, n5]],
    ["large", "any", [n1]],
  ]);
  const [s1 = "", s2 = "", s3 = ""] = SOLE.dynamicNodes;
  const sole = { unavailable: [refused("small", SOLE, over)] };
  const alone = waiting([SOLE], { 1: [s1], 2: [s2], 3: [s3] }, sole);
  expect(asked(alone)).toEqual([["small", "any", [s1]]]);
  expect(of(alone, "give-back")).toEqual([]);
  const probing = waiting(
    [SOLE],
    { 1: [s1], 2: [s2], 3: [s3] },
    {
      ...sole,
      intents: [intent(s1, { state: "open" })],
      inFlight: new Set([`t-${s1}`]),
    },
  );
  expect(probing).toEqual([]);
});

test("missing capacity holds for every pool, but not where machines have to be close together", () => {
  const [first = ""] = OTHER.dynamicNodes;
  const unavailable = [refused("small", SOLE)];
  const at = (spec: PoolSpec) => asked(waiting([SOLE, spec], { 1: [first] }, { unavailable }));
  expect(at(OTHER)).toEqual([]);
  const placed = { ...OTHER, pool: { ...OTHER.pool, placement: true } };
  expect(at(placed)).toEqual([["small", "any", [first]]]);
  const boots = [refused("small", SOLE, { cause: "boot" })];
  expect(asked(waiting([SOLE, OTHER], { 1: [first] }, { unavailable: boots }))).toEqual([
    ["small", "any", [first]],
  ]);
});

test("a limit closes whatever counts against it, until a machine of it goes or the fleet is started", () => {
  const [first = ""] = A.dynamicNodes;
  const [other = ""] = OTHER.dynamicNodes;
  const menu = new Map([
    [
      poolId(A.pool),
      [
        offering("small", "on-demand", { quota: "L-1" }),
        offering("large", "on-demand", { quota: "L-1" }),
      ],
    ],
    [poolId(OTHER.pool), [offering("small", "on-demand", { quota: "L-2" })]],
  ]);
  const limit = refused("small", A, { cause: "quota", reason: "L-1 is reached" });
  const at = (more: Partial<Snapshot> = {}) =>
    waiting([A, OTHER], { 1: [first], 2: [other] }, { menu, unavailable: [limit], ...more });
  expect(asked(at())).toEqual([["small", "any", [other]]]);
  expect(of(at(), "give-back").map((one) => one.jobId)).toEqual([1]);
  const gone = intent("q1-dy-a-8", { state: "condemned" });
  const relieved = at({
    nodes: [node(first, STARTING), node(other, STARTING), node("q1-dy-a-8", OFF)],
    intents: [gone],
    gone: new Set([gone.token]),
  });
  expect(of(relieved, "ease-offerings")).toMatchObject([{ save: [{ ...limit, until: NOW }] }]);
  expect(asked(relieved)).toContainEqual(["small", "any", [first]]);
  const started = at({ fleet: { status: "START_REQUESTED", updatedAt: NOW } });
  expect(of(started, "ease-offerings")).toHaveLength(1);
});

test("strategies: what is asked together, and what becomes of the machines of a job that can't have all", () => {
  const gang = SOLE.dynamicNodes.slice(0, 3);
  const [has = "", ...wants] = gang;
  const at = (strategy: ScalingStrategy, unavailable: readonly Unavailability[]) =>
    waiting(
      [withStrategy(SOLE, strategy)],
      { 5: gang },
      {
        unavailable,
        intents: [intent(has, { jobId: 5 })],
        machines: [machine(has)],
      },
    );
  const none = [refused("small", SOLE)];
  expect(asked(at("all-or-nothing", []))).toEqual([["small", "atomic", wants]]);
  expect(asked(at("greedy-all-or-nothing", []))).toEqual([["small", "any", wants]]);
  expect(down(at("all-or-nothing", none))).toEqual(gang);
  expect(down(at("greedy-all-or-nothing", none))).toEqual(gang);
  expect(down(at("best-effort", none))).toEqual(wants);
  for (const strategy of ["all-or-nothing", "greedy-all-or-nothing", "best-effort"] as const) {
    expect(of(at(strategy, none), "give-back").map((one) => one.jobId)).toEqual([5]);
  }
});

test("a job over two pools has all or goes back whole; the strictest of their strategies holds", () => {
  const other = { ...poolOf("q1", "c", { dynamic: 4 }, ["large"]) };
  const [a1 = "", a2 = ""] = SOLE.dynamicNodes;
  const [c1 = "", c2 = ""] = other.dynamicNodes;
  const specs = [withStrategy(SOLE, "best-effort"), other];
  const jobs = { 5: [a1, a2, c1, c2] };
  expect(asked(waiting(specs, jobs))).toEqual([
    ["small", "atomic", [a1, a2]],
    ["large", "atomic", [c1, c2]],
  ]);
  const short = waiting(specs, jobs, { unavailable: [refused("large", other)] });
  expect(asked(short)).toEqual([]);
  expect(of(short, "give-back").map((one) => one.jobId)).toEqual([5]);
  const half = waiting(specs, jobs, {
    unavailable: [refused("large", other)],
    intents: [a1, a2].map((name) => intent(name, { jobId: 5 })),
    machines: [a1, a2].map((name) => machine(name)),
  });
  expect(down(half)).toEqual([a1, a2, c1, c2]);
});

test("a job that runs elsewhere on the same nodes keeps its machine when another goes back", () => {
  const [shared = "", wanted = ""] = SOLE.dynamicNodes;
  const actions = plan(
    snapshotOf([SOLE], {
      nodes: [node(shared, "MIXED+CLOUD"), node(wanted, STARTING)],
      intents: [intent(shared, { state: "registered", jobId: 5 })],
      machines: [machine(shared)],
      jobs: [job(5, `${shared},${wanted}`), job(6, shared, { state: "RUNNING" })],
      unavailable: [refused("small", SOLE)],
    }),
  );
  expect(down(actions)).toEqual([wanted]);
});

test("machines that are to be close together are never split over offerings", () => {
  const placed = withStrategy({ ...A, pool: { ...A.pool, placement: true } }, "best-effort");
  const gang = A.dynamicNodes.slice(0, 3);
  const [has = "", ...wants] = gang;
  expect(asked(waiting([placed], { 5: gang }))).toEqual([["small", "atomic", gang]]);
  const there = { intents: [intent(has, { jobId: 5 })], machines: [machine(has)] };
  expect(asked(waiting([placed], { 5: gang }, there))).toEqual([["small", "atomic", wants]]);
  const unavailable = [refused("small", A, { size: 2 })];
  const short = waiting([placed], { 5: gang }, { ...there, unavailable });
  expect(asked(short)).toEqual([]);
  expect(of(short, "give-back").map((one) => one.jobId)).toEqual([5]);
});

test("large gangs first, but who went back comes before them", () => {
  const names = A.dynamicNodes;
  const jobs = {
    1: names.slice(0, 1),
    2: names.slice(1, 3),
    3: names.slice(3, 6),
    4: names.slice(6, 8),
  };
  const order = (returns: ReadonlyMap<number, number>) =>
    of(waiting([A], jobs, { returns }), "launch").map((one) => one.items[0]?.jobId);
  expect(order(new Map())).toEqual([3, 2, 4, 1]);
  expect(
    order(
      new Map([
        [4, 1],
        [1, 2],
      ]),
    ),
  ).toEqual([1, 4, 3, 2]);
});

test("what hooks told of is enough; single machines of one offering go in one call", () => {
  const [n1 = "", n2 = "", n3 = "", n4 = ""] = A.dynamicNodes;
  const actions = plan(
    snapshotOf([A], {
      nodes: [n1, n2, n3, n4].map((name) => node(name, STARTING)),
      demands: [demand(1, [n1]), demand(2, [n2, n3]), demand(3, [n4])],
      jobs: undefined,
    }),
  );
  expect(asked(actions)).toEqual([
    ["small", "atomic", [n2, n3]],
    ["small", "any", [n1, n4]],
  ]);
});
