import fc from "fast-check";
import { expect, test } from "vitest";
import { hasForeignReason, phaseOf } from "../observe/node-phase.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import type { PoolHealth } from "../store/contract.ts";
import { after, ago, intent, job, machine, NOW, node, snapshotOf } from "../testing/snapshot.ts";
import { poolOf } from "../testing/world.ts";
import type { Action } from "./action.ts";
import { plan } from "./plan.ts";

const SICK = poolOf("q1", "a", { fixed: 1, dynamic: 4 });
const WELL = poolOf("q1", "b", { dynamic: 2 }, ["large"]);
const NAMES = [SICK, WELL].flatMap((spec) => [...spec.staticNodes, ...spec.dynamicNodes]);
const isSick = (name: string) => name.includes("-a-");

const one = fc.record({
  state: fc.constantFrom(
    "IDLE+CLOUD+POWERED_DOWN",
    "DOWN+CLOUD+POWERED_DOWN",
    "IDLE+CLOUD+POWERED_DOWN+POWER_UP",
    "ALLOCATED+CLOUD+NOT_RESPONDING+POWERING_UP",
    "IDLE+CLOUD+NOT_RESPONDING+POWERING_UP",
    "IDLE+CLOUD",
    "ALLOCATED+CLOUD",
    "DOWN+CLOUD",
    "IDLE+CLOUD+POWERING_DOWN",
  ),
  reason: fc.constantFrom(undefined, "sluice: protected: 10", "sluice: no capacity", "a person's"),
  held: fc.constantFrom("nothing", "open", "accepted", "late", "registered", "gone"),
  canRequeue: fc.boolean(),
});

const snapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    nodes: fc.tuple(...NAMES.map(() => one)),
    probeIn: fc.constantFrom(-5, 300),
    isOut: fc.boolean(),
    jobsRead: fc.boolean(),
  })
  .map(({ nodes, probeIn, isOut, jobsRead }) => {
    const all = nodes.map((what, n) => ({ ...what, name: NAMES[n] ?? "", id: n + 1 }));
    const held = all.filter(({ held: what }) => what !== "nothing");
    const health: PoolHealth = {
      pool: SICK.pool,
      failures: 10,
      protectedAt: ago(600),
      probeAt: new Date(NOW.getTime() + probeIn * 1000),
      probes: 1,
      last: { node: "x", machineId: "m", at: ago(600), reason: "silent", console: undefined },
    };
    const busy = all.filter(({ state }) => state.startsWith("ALLOCATED"));
    return snapshotOf([SICK, WELL], {
      nodes: all.map(({ name, state, reason }) => node(name, state, { reason })),
      intents: held.map(({ name, held: what }) => {
        if (what === "open") return intent(name, { state: "open" });
        if (what === "registered") return intent(name, { state: "registered" });
        return intent(name, what === "late" ? { acceptedAt: ago(100), createdAt: ago(101) } : {});
      }),
      machines: held
        .filter(({ held: what }) => what !== "open" && what !== "gone")
        .map(({ name }) => machine(name)),
      gone: new Set(
        held.filter(({ held: what }) => what === "gone").map(({ name }) => `t-${name}`),
      ),
      health: [health],
      jobs: jobsRead
        ? busy.map(({ name, id, canRequeue }) => job(id, name, { canRequeue }))
        : undefined,
      demands: busy.map(({ name, id }) => ({
        jobId: id,
        nodes: [name],
        canRequeue: undefined,
        waiting: false,
      })),
      unavailable: !isOut
        ? []
        : [
            {
              pool: SICK.pool,
              offering: { instanceType: "small", zone: "z1", market: "on-demand" },
              cause: "boot",
              reason: "silent",
              size: 1,
              failures: 1,
              until: new Date(NOW.getTime() + 20_000),
            },
          ],
    });
  });

const of = <K extends Action["kind"]>(actions: readonly Action[], kind: K) =>
  actions.filter((action): action is Extract<Action, { kind: K }> => action.kind === kind);

test("a protected pool gets one machine at most, and none before its probe is due", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      const actions = plan(given);
      const isWell = of(actions, "healthy").length > 0;
      const asked = of(actions, "launch").flatMap((call) => call.items.map((item) => item.node));
      const due = (given.health[0]?.probeAt ?? NOW) <= NOW;
      if (!isWell) expect(asked.filter(isSick).length).toBeLessThanOrEqual(due ? 1 : 0);
    }),
  );
});

test("no person's node is touched, and no job goes back that can't", () => {
  fc.assert(
    fc.property(snapshot, (given) => {
      const actions = plan(given);
      const changed = new Set(of(actions, "update-nodes").flatMap((update) => update.nodes));
      for (const each of given.nodes) {
        if (phaseOf(each) === "off" && hasForeignReason(each)) {
          expect(changed.has(each.name)).toBe(false);
        }
      }
      for (const { jobId } of of(actions, "give-back")) {
        expect(given.jobs?.find((each) => each.id === jobId)?.canRequeue).toBe(true);
      }
    }),
  );
});

test("plans for protected pools come to rest", () => {
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
  );
});
