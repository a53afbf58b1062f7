import fc from "fast-check";
import { expect, test } from "vitest";
import { isBusy, phaseOf } from "../observe/node-phase.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { after, ago, intent, job, machine, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { plan } from "./plan.ts";

const POOLS = [
  poolOf("q1", "a", { fixed: 2, dynamic: 3 }, ["small", "large"]),
  poolOf("q2", "b", { dynamic: 2 }),
];
const NAMES = POOLS.flatMap((spec) => [...spec.staticNodes, ...spec.dynamicNodes]);

const state = fc.constantFrom(
  "IDLE+CLOUD+POWERED_DOWN",
  "ALLOCATED+CLOUD+POWERED_DOWN",
  "IDLE+CLOUD+POWERING_DOWN",
  "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP",
  "IDLE+CLOUD+NOT_RESPONDING+POWERING_UP",
  "IDLE+CLOUD",
  "ALLOCATED+CLOUD",
  "MIXED+CLOUD",
  "ALLOCATED+CLOUD+NOT_RESPONDING",
  "IDLE+CLOUD+DRAIN",
  "DOWN+CLOUD",
  "DOWN+CLOUD+POWERED_DOWN",
  "DOWN+CLOUD+POWERING_UP",
  "DOWN+CLOUD+POWER_DOWN",
);
const reason = fc.constantFrom(undefined, "sluice: as planned", "a person's", "Not responding");

/** What one node has: some intents, some machines, in any combination. */
const holding = fc.array(
  fc.record({
    state: fc.constantFrom(
      "open" as const,
      "accepted" as const,
      "registered" as const,
      "condemned" as const,
    ),
    /** What the cloud says of its machine: there, gone, or nothing for so many seconds. */
    listing: fc.constantFrom("there", "gone", 5, 100),
    isKnown: fc.boolean(),
    isStopping: fc.boolean(),
    isInFlight: fc.boolean(),
    age: fc.constantFrom(1, 20, 100),
  }),
  { maxLength: 2 },
);

const snapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    nodes: fc.tuple(...NAMES.map(() => fc.record({ state, reason, holding }))),
    status: fc.constantFrom(
      "RUNNING" as const,
      "STARTING" as const,
      "STOPPING" as const,
      "STOPPED" as const,
    ),
    out: fc.subarray(["small", "large"]),
    canRequeue: fc.boolean(),
    jobsRead: fc.boolean(),
  })
  .map(({ nodes, status, out, canRequeue, jobsRead }) => {
    const held = nodes.flatMap((one, n) =>
      one.holding.map((what, i) => ({ ...what, name: NAMES[n] ?? "", token: `t-${n}-${i}` })),
    );
    const busy = nodes.flatMap((one, n) =>
      one.state.startsWith("ALLOCATED") ? [{ name: NAMES[n] ?? "", id: n + 1 }] : [],
    );
    return snapshotOf(POOLS, {
      fleet: { status, updatedAt: ago(5) },
      partitions: POOLS.map(({ pool }) => ({ name: pool.queue, state: "UP", nodes: "" })),
      nodes: nodes.map((one, n) =>
        node(NAMES[n] ?? "", one.state, { reason: one.reason, address: `ip-t-${n}-0` }),
      ),
      intents: held
        .filter((one) => one.isKnown)
        .map(({ name, token, state: phase, age }) =>
          intent(name, {
            token,
            state: phase,
            createdAt: ago(age),
            ...(phase === "open" ? {} : { acceptedAt: ago(age) }),
          }),
        ),
      machines: held
        .filter((one) => one.listing === "there")
        .map(({ name, token, isStopping, age }) =>
          machine(name, {
            token,
            launchedAt: ago(age),
            state: isStopping ? "stopping" : "running",
          }),
        ),
      gone: new Set(held.filter((one) => one.listing === "gone").map((one) => one.token)),
      absentSince: new Map(
        held.flatMap(({ token, listing }) =>
          typeof listing === "number" ? [[token, ago(listing)]] : [],
        ),
      ),
      inFlight: new Set(
        held.filter((one) => one.isInFlight && one.state === "open").map((one) => one.token),
      ),
      unavailable: out.map((instanceType) => ({
        pool: POOLS[0]?.pool ?? { queue: "", computeResource: "" },
        offering: { instanceType, zone: "z1", market: "on-demand" },
        cause: "capacity",
        reason: "none left",
        size: 1,
        failures: 1,
        until: ago(-20),
      })),
      jobs: jobsRead ? busy.map(({ name, id }) => job(id, name, { canRequeue })) : undefined,
    });
  });

test("the order of what was observed does not matter", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      const turned: Snapshot = {
        ...given,
        nodes: given.nodes.toReversed(),
        machines: given.machines.toReversed(),
        intents: given.intents.toReversed(),
        unavailable: given.unavailable.toReversed(),
        jobs: given.jobs?.toReversed(),
      };
      expect(plan(turned)).toEqual(plan(given));
    }),
  );
});

test("plans that take effect come to rest", () => {
  /** A machine that is to go and that the cloud says nothing of is asked to go again and again. */
  const isRepeated = (action: Action, { machines }: Snapshot) =>
    action.kind === "terminate" && machines.every((one) => one.id !== action.machineId);
  fc.assert(
    fc.property(snapshot, (given) => {
      let now = given;
      for (let round = 0; round < 8; round++) {
        const actions = plan(now);
        if (actions.length === 0) return;
        now = after(now, actions);
      }
      expect(plan(now).filter((action) => !isRepeated(action, now))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("a machine under a job is kept, unless the node has another that it answers from", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      // A machine that the list leaves out may be the one that the node answers from.
      const live = (name: string) => [
        ...given.machines.filter((one) => one.node === name && one.state !== "stopping"),
        ...given.intents.filter((one) => one.node === name && given.absentSince.has(one.token)),
      ];
      const condemned = new Set(
        given.intents.filter((one) => one.state === "condemned").map((one) => one.token),
      );
      for (const action of plan(given)) {
        if (action.kind !== "terminate") continue;
        const where = given.nodes.find((one) => one.name === action.node);
        const what = given.machines.find((one) => one.id === action.machineId);
        if (where === undefined || what === undefined || condemned.has(what.token)) continue;
        if (phaseOf(where) !== "up" || !isBusy(where)) continue;
        expect(live(action.node).length).toBeGreaterThan(1);
        const isItsOwn = what.address === where.address;
        expect(isItsOwn).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});

test("when plans came to rest no node has two machines, and each one wanted is coming", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      let now = given;
      for (let round = 0; round < 8; round++) now = after(now, plan(now));
      const live = now.intents.filter((one) => one.state !== "condemned");
      // Where slurmctld has forgotten a registration nobody can say which of two has the jobs.
      const forgotten = now.nodes.filter((one) => phaseOf(one) === "off" && isBusy(one));
      const unclear = new Set(forgotten.map((one) => one.name));
      const settled = live
        .filter((one) => !now.inFlight.has(one.token) && !unclear.has(one.node))
        .map((one) => one.node);
      expect(new Set(settled).size).toBe(settled.length);
      const held = new Set(live.map((one) => one.node));
      const machines = now.machines.filter((one) => one.state !== "stopping");
      expect(machines.filter((one) => !held.has(one.node))).toEqual([]);
      if (now.fleet.status !== "RUNNING") return;
      for (const one of now.nodes) {
        const { spec } = given.pools.places.get(one.name) ?? {};
        // Missing capacity holds for all who ask for the same.
        const gone = now.unavailable.filter(
          (each) => each.cause === "capacity" || each.pool.queue === spec?.pool.queue,
        );
        const isClosed = spec?.pool.instanceTypes.every((type) =>
          gone.some((each) => each.offering.instanceType === type),
        );
        if (phaseOf(one) !== "starting" || one.base === "DOWN" || isClosed) continue;
        expect(held.has(one.name)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test("a plan over 20,000 nodes launches what is starting, and nothing else", () => {
  const pools = Array.from({ length: 20 }, (_, n) => poolOf("q1", `c${n}`, { dynamic: 1000 }));
  const names = pools.flatMap((spec) => spec.dynamicNodes);
  const states = [
    "IDLE+CLOUD+POWERED_DOWN",
    "ALLOCATED+CLOUD",
    "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP",
    "IDLE+CLOUD",
  ];
  const withMachine = names.filter((_, n) => n % 4 === 1 || n % 4 === 3);
  const given = snapshotOf(pools, {
    nodes: names.map((name, n) => node(name, states[n % 4] ?? "")),
    intents: withMachine.map((name) => intent(name)),
    machines: withMachine.map((name) => machine(name)),
  });
  const actions = plan(given);
  expect(actions.find((one) => one.kind === "launch")?.items).toHaveLength(5000);
});
