import fc from "fast-check";
import { expect, test } from "vitest";
import { isBusy, phaseOf } from "../observe/node-phase.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { indexPools } from "../pools.ts";
import { after, ago, intent, job, machine, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import { plan } from "./plan.ts";

const POOLS = [
  poolOf("q1", "a", { fixed: 1, dynamic: 3 }),
  poolOf("q1", "b", { dynamic: 2 }, ["large"]),
];
const NAMES = POOLS.flatMap((spec) => [...spec.staticNodes, ...spec.dynamicNodes]);
const OURS = "sluice: spot interruption, machine goes soon";

const UP = ["IDLE+CLOUD", "ALLOCATED+CLOUD", "IDLE+CLOUD+DRAIN", "ALLOCATED+CLOUD+DRAIN"];
const state = fc.constantFrom(
  ...UP,
  "IDLE+CLOUD+POWERED_DOWN",
  "IDLE+CLOUD+DRAIN+POWERED_DOWN",
  "IDLE+CLOUD+POWERING_DOWN",
  "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP",
  "IDLE+CLOUD+NOT_RESPONDING+POWERING_UP",
  "DOWN+CLOUD",
);

const one = fc.record({
  state,
  reason: fc.constantFrom(undefined, OURS, "a person's"),
  held: fc.constantFrom(undefined, "accepted" as const, "registered" as const, "parked" as const),
  machine: fc.constantFrom("running" as const, "stopped" as const),
  notice: fc.constantFrom(undefined, 5, 100, -400),
  isSignalled: fc.boolean(),
  idleFor: fc.constantFrom(10, 1000),
  canRequeue: fc.boolean(),
});

const snapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    nodes: fc.tuple(...NAMES.map(() => one)),
    warm: fc.nat(4),
    stopped: fc.nat(2),
    reserved: fc.subarray(NAMES),
    begins: fc.constantFrom(-60, 60),
    grace: fc.constantFrom(undefined, 60),
  })
  .map(({ nodes, warm, stopped, reserved, begins, grace }) => {
    const all = nodes.map((each, n) => ({ ...each, name: NAMES[n] ?? "", id: n + 1 }));
    const policy = { count: warm, windows: [], demandShare: 0, demandMinutes: 60, stopped };
    const held = all.flatMap((each) =>
      each.held === undefined ? [] : [{ ...each, held: each.held }],
    );
    const asked = { signal: "USR1", seconds: 60, batchOnly: true };
    return snapshotOf(POOLS, {
      pools: indexPools(POOLS, new Map([["q1", policy]])),
      nodes: all.map((each) =>
        node(each.name, each.state, { reason: each.reason, lastBusyTime: ago(each.idleFor) }),
      ),
      intents: held.map((each) => intent(each.name, { state: each.held, acceptedAt: ago(50) })),
      machines: held.map((each) =>
        machine(each.name, { state: each.held === "parked" ? each.machine : "running" }),
      ),
      notices: held.flatMap(({ name, id, notice, isSignalled }) =>
        notice === undefined
          ? []
          : [
              {
                machineId: `m-t-${name}`,
                node: name,
                kind: "spot" as const,
                deadline: ago(-notice),
                noticedAt: ago(450),
                signalled: isSignalled ? [{ jobId: id, until: ago(notice === 100 ? -20 : 0) }] : [],
              },
            ],
      ),
      jobs: all
        .filter((each) => each.state.startsWith("ALLOCATED"))
        .map(({ id, name, state: of, canRequeue }) =>
          job(id, name, { state: of.includes("POWERING") ? "CONFIGURING" : "RUNNING", canRequeue }),
        ),
      signals: new Map(all.map(({ id }) => [id, grace === undefined ? undefined : asked])),
      reservations: [
        {
          name: "r",
          start: ago(-begins),
          end: ago(-7200),
          nodes: reserved.join(","),
          flags: new Set(),
        },
      ],
    });
  });

test("the order of what was observed does not matter", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      const turned = {
        ...given,
        nodes: given.nodes.toReversed(),
        machines: given.machines.toReversed(),
        intents: given.intents.toReversed(),
        notices: given.notices.toReversed(),
        jobs: given.jobs?.toReversed(),
      };
      const sorted = (of: Snapshot) =>
        plan(of).map((action) =>
          action.kind === "update-nodes" ? { ...action, nodes: action.nodes.toSorted() } : action,
        );
      expect(sorted(turned)).toEqual(sorted(given));
    }),
    { numRuns: 500 },
  );
});

test("plans that take effect come to rest", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      let now = given;
      for (let round = 0; round < 12; round++) {
        const actions = plan(now);
        if (actions.length === 0) return;
        now = after(now, actions);
      }
      expect(plan(now)).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test("no machine under a job goes, and no job is sent back that can't be, or is sent back twice", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      const actions = plan(given);
      const nodes = new Map(given.nodes.map((each) => [each.name, each]));
      const bound = new Set(given.jobs?.filter((each) => !each.canRequeue).map((each) => each.id));
      const back: number[] = [];
      for (const action of actions) {
        if (action.kind === "requeue" || action.kind === "give-back") back.push(action.jobId);
        if (action.kind !== "terminate" && action.kind !== "park") continue;
        const of = nodes.get(action.node);
        const isUsed = of !== undefined && isBusy(of) && phaseOf(of) === "up";
        expect(isUsed).toBe(false);
      }
      expect(new Set(back).size).toBe(back.length);
      expect(back.filter((id) => bound.has(id))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test("a node is asked for one thing at a time, and never for one that a person's word forbids", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      const asked = plan(given).flatMap((action) =>
        action.kind === "update-nodes"
          ? action.nodes.map((name) => ({ name, state: action.update.state }))
          : [],
      );
      const names = asked.map((each) => each.name);
      expect(new Set(names).size).toBe(names.length);
      for (const { name, state: to } of asked) {
        const of = given.nodes.find((each) => each.name === name);
        if (of?.reason !== "a person's" || !of.flags.has("DRAIN")) continue;
        // Setting a node down that lost its machine keeps drain and reason.
        expect(to).toBe("DOWN");
      }
    }),
    { numRuns: 1000 },
  );
});

test("of nodes that are off, never more have stopped machines than are wanted", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      let now = given;
      for (let round = 0; round < 12; round++) now = after(now, plan(now));
      const off = now.nodes.filter((each) => phaseOf(each) === "off").map((each) => each.name);
      const parked = now.intents.filter((each) => each.state === "parked");
      expect(parked.filter((each) => off.includes(each.node)).length).toBeLessThanOrEqual(
        now.pools.warm.get("q1")?.stopped ?? 0,
      );
    }),
    { numRuns: 500 },
  );
});
