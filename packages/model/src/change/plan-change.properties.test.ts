import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { machineTypeOf } from "../catalogue/machine-types.ts";
import { type ClusterConfig, instanceTypes, type Tag } from "../cluster-file/config.ts";
import { nodeGroups } from "../cluster-file/node-groups.ts";
import { arbitraryConfig, arbitraryPair } from "../testing/arbitrary-config.ts";
import type { Change } from "./contract.ts";
import { planChange } from "./plan-change.ts";
import { stagedConfig } from "./staged-config.ts";

const running = { fleet: "running" } as const;
const stopped = { fleet: "stopped" } as const;

const config = fc.oneof(arbitraryConfig("local"), arbitraryConfig("aws"));
const pair = fc.oneof(arbitraryPair("local"), arbitraryPair("aws"));
/** A new file that drains, and has nothing that this would not do for. */
const gradual = pair.map(([before, after]): readonly [ClusterConfig, ClusterConfig] => {
  const { HeadNode, Image, Region, Users } = before;
  const { SlurmQueues } = after.Scheduling;
  const SlurmSettings = {
    ...before.Scheduling.SlurmSettings,
    QueueUpdateStrategy: "DRAIN" as const,
  };
  const Scheduling = { ...before.Scheduling, SlurmSettings, SlurmQueues };
  return [before, { ...after, HeadNode, Image, Region, Users, Scheduling }];
});
const fleet = fc.constantFrom(running, stopped);

/** A pair of whole files takes 25 ms to make and to shrink. */
const RUNS = Number(process.env.SLUICE_RUNS ?? 40);

function holds<T>(property: fc.IProperty<T>): void {
  fc.assert(property, { numRuns: RUNS });
}

const pathsOf = (changes: readonly Change[]) => changes.map(({ path }) => path).toSorted();
const isOrder = (path: string) => path.endsWith("[0]");
const namesOf = (of: ClusterConfig) => nodeGroups(of).flatMap((group) => group.names());

describe("planChange", () => {
  it("has nothing to do where nothing changes", () => {
    holds(
      fc.property(config, fleet, (same, options) => {
        const plan = planChange(same, structuredClone(same), options);
        expect(plan).toMatchObject({ changes: [], addedNodes: [], removedNodes: [], steps: [] });
        expect(plan.effect).toBeUndefined();
        expect(plan.cost.after).toEqual(plan.cost.before);
      }),
    );
  });

  it("says each path once", () => {
    holds(
      fc.property(pair, ([before, after]) => {
        const paths = pathsOf(planChange(before, after, running).changes);
        expect(paths).toEqual([...new Set(paths)]);
      }),
    );
  });

  it("keeps to the policy of each key, whatever the strategy", () => {
    holds(
      fc.property(pair, fleet, ([before, after], options) => {
        for (const { policy, effect } of planChange(before, after, options).changes) {
          if (policy === "UNSUPPORTED") expect(effect).toBe("refused");
          if (policy === "SUPPORTED") expect(effect).toBe("live");
        }
      }),
    );
  });

  it("drains as the new file's strategy says, and nothing when the fleet is stopped", () => {
    const gradual = { DRAIN: "drain", TERMINATE: "terminate", COMPUTE_FLEET_STOP: "fleet-stop" };
    holds(
      fc.property(pair, ([before, after]) => {
        const { QueueUpdateStrategy } = after.Scheduling.SlurmSettings;
        const may = ["live", "refused", "fleet-stop", gradual[QueueUpdateStrategy]];
        for (const { effect } of planChange(before, after, running).changes) {
          expect(may).toContain(effect);
        }
        for (const { effect } of planChange(before, after, stopped).changes) {
          expect(["live", "refused"]).toContain(effect);
        }
      }),
    );
  });

  it("names nodes that are there, for changes that wait for nodes and for no other", () => {
    holds(
      fc.property(pair, ([before, after]) => {
        const there = new Set(namesOf(before));
        for (const { nodes, effect } of planChange(before, after, running).changes) {
          expect(nodes.length > 0).toBe(effect === "drain" || effect === "terminate");
          expect(new Set(nodes).size).toBe(nodes.length);
          expect(nodes.every((name) => there.has(name))).toBe(true);
        }
      }),
    );
  });

  it("counts nodes that come and go by their names", () => {
    holds(
      fc.property(pair, ([before, after]) => {
        const { addedNodes, removedNodes } = planChange(before, after, running);
        const [old, young] = [new Set(namesOf(before)), new Set(namesOf(after))];
        expect(new Set(addedNodes)).toEqual(new Set([...young].filter((name) => !old.has(name))));
        expect(new Set(removedNodes)).toEqual(new Set([...old].filter((name) => !young.has(name))));
      }),
    );
  });

  it("has every node off that goes, before the change that takes it", () => {
    holds(
      fc.property(gradual, ([before, after]) => {
        const { changes, removedNodes, effect } = planChange(before, after, running);
        fc.pre(effect !== "refused" && effect !== "fleet-stop");
        const off = new Set(changes.flatMap(({ nodes }) => nodes));
        expect(removedNodes.filter((name) => !off.has(name))).toEqual([]);
      }),
    );
  });

  it("is undone at the same places", () => {
    holds(
      fc.property(pair, ([before, after]) => {
        const there = planChange(before, after, running);
        const back = planChange(after, before, running);
        expect(pathsOf(back.changes)).toEqual(pathsOf(there.changes));
        expect(new Set(back.addedNodes)).toEqual(new Set(there.removedNodes));
        expect(back.cost.after).toEqual(there.cost.before);
      }),
    );
  });

  it("does not depend on the order of keys", () => {
    holds(
      fc.property(pair, ([before, after]) => {
        const plan = planChange(before, after, running);
        const [turned, other] = [backwards(before), backwards(after)];
        expect(planChange(turned, other, running)).toEqual(plan);
      }),
    );
  });
});

describe("stagedConfig", () => {
  it("is the old file with no change applied, and the new one with all", () => {
    holds(
      fc.property(pair, ([before, after]) => {
        const plan = planChange(before, after, running);
        expect(stagedConfig(before, after, plan, new Set())).toEqual(before);
        const all = new Set(plan.changes.map(({ path }) => path));
        expect(stagedConfig(before, after, plan, all)).toEqual(after);
      }),
    );
  });

  it("leaves exactly those changes to be made that were not applied", () => {
    holds(
      fc.property(pair, fc.infiniteStream(fc.boolean()), ([before, after], coins) => {
        const plan = planChange(before, after, running);
        const paths = pathsOf(plan.changes);
        const applied = new Set(paths.filter(() => coins.next().value));
        const stage = stagedConfig(before, after, plan, applied);
        const own = (path: string) => !isOrder(path);
        const left = pathsOf(planChange(stage, after, running).changes);
        expect(left.filter(own)).toEqual(paths.filter((path) => own(path) && !applied.has(path)));
        const made = pathsOf(planChange(before, stage, running).changes);
        expect(made.filter(own)).toEqual(paths.filter((path) => own(path) && applied.has(path)));
      }),
    );
  });

  it("is a cluster that works at each stage of an update", () => {
    holds(
      fc.property(gradual, ([before, after]) => {
        const plan = planChange(before, after, running);
        fc.pre(plan.effect !== "refused");
        for (const { config: stage } of stagesOf(before, after, plan)) {
          const names = namesOf(stage);
          expect(new Set(names).size).toBe(names.length);
          for (const queue of stage.Scheduling.SlurmQueues) {
            for (const resource of queue.ComputeResources) {
              const { InstanceType, Instances, MinCount, MaxCount } = resource;
              expect((InstanceType === undefined) !== (Instances === undefined)).toBe(true);
              expect(Instances).not.toEqual([]);
              for (const name of instanceTypes(resource)) {
                expect(machineTypeOf(stage.Provider, name, stage)).toBeDefined();
              }
              expect(MinCount).toBeLessThanOrEqual(MaxCount);
            }
          }
        }
      }),
    );
  });

  it("never has a node that is up and not what its file says", () => {
    holds(
      fc.property(gradual, ([before, after]) => {
        const plan = planChange(before, after, running);
        fc.pre(plan.effect !== "refused" && plan.effect !== "fleet-stop");
        let up = machinesOf(before);
        for (const { config: stage, off, held } of stagesOf(before, after, plan)) {
          const described = machinesOf(stage);
          for (const [name, machine] of up) {
            const now = described.get(name);
            if (off.has(name) || now === undefined) continue;
            expect([name, now.made]).toEqual([name, machine.made]);
            expect(now.types).toEqual(expect.arrayContaining([...machine.types]));
          }
          // Every node starts as this stage describes it, but for those that others wait for.
          up = new Map([...described].filter(([name]) => !held.has(name)));
        }
      }),
    );
  });
});

interface Stage {
  readonly config: ClusterConfig;
  /** Nodes that are off when the stage begins. */
  readonly off: ReadonlySet<string>;
  /** Those of them that stay off, because a change that is not applied yet names them. */
  readonly held: ReadonlySet<string>;
}

/** As `update-cluster` goes: live changes, then each as its nodes are off. */
function stagesOf(
  before: ClusterConfig,
  after: ClusterConfig,
  plan: { readonly changes: readonly Change[] },
): readonly Stage[] {
  const gradual = plan.changes.filter(({ nodes }) => nodes.length > 0);
  const applied = new Set(
    plan.changes.filter(({ effect }) => effect === "live").map(({ path }) => path),
  );
  let held: ReadonlySet<string> = new Set();
  const stage = (nodes: readonly string[]): Stage => {
    const off = new Set([...held, ...nodes]);
    for (const change of gradual) {
      if (change.nodes.every((name) => off.has(name))) applied.add(change.path);
    }
    const waiting = gradual.filter(({ path }) => !applied.has(path));
    const named = new Set(waiting.flatMap((change) => change.nodes));
    held = new Set([...off].filter((name) => named.has(name)));
    return { config: stagedConfig(before, after, plan, new Set(applied)), off, held };
  };
  return [stage([]), ...gradual.map(({ nodes }) => stage(nodes))];
}

interface StartedAs {
  /** Types that it may be of, with their sizes. */
  readonly types: readonly string[];
  /** What else it was started with. */
  readonly made: unknown;
}

/** What the machine of each node was started as. */
function machinesOf(config: ClusterConfig): ReadonlyMap<string, StartedAs> {
  const ofTags = (all: readonly Tag[]) => all.map(({ Key, Value }) => `${Key}=${Value}`).toSorted();
  const sizeOf = (name: string) => {
    const type = machineTypeOf(config.Provider, name, config);
    return `${name} ${type?.vcpus} ${type?.memoryMiB}`;
  };
  return new Map(
    nodeGroups(config).flatMap((group) => {
      const { queue, computeResource: resource } = group;
      const machine = {
        types: instanceTypes(resource).map(sizeOf),
        made: [
          queue.CapacityType,
          queue.Networking?.SubnetIds,
          queue.Networking?.PlacementGroup?.Name,
          resource.DisableSimultaneousMultithreading,
          [queue, resource].map(({ Tags }) => ofTags(Tags)),
          config.SharedStorage.map(({ Name, MountDir }) => [Name, MountDir]),
        ],
      };
      return group.names().map((name) => [name, machine] as const);
    }),
  );
}

function backwards<T>(value: T): T {
  if (Array.isArray(value)) return value.map(backwards) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, part]) => [key, backwards(part)])
      .toReversed(),
  ) as T;
}
