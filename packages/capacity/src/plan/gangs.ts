import type { Demand } from "../observe/snapshot.ts";
import type { ScalingStrategy } from "../policy.ts";
import type { NodePlace } from "../pools.ts";
import type { Draft, Want } from "./draft.ts";

/** The machines that a gang wants of one pool. */
export interface Part {
  readonly place: NodePlace;
  readonly wants: Want[];
  /** In one call, all or none. */
  readonly atomic: boolean;
}

/** Machines that are of use together only: those of one job, or a single one. */
export interface Gang {
  /** The largest job that they are for; undefined for a node that is wanted without one. */
  readonly demand: Demand | undefined;
  readonly strategy: ScalingStrategy;
  readonly parts: readonly Part[];
  readonly size: number;
  /** How often the job went back of late. */
  readonly returns: number;
}

const STRICTEST_FIRST: readonly ScalingStrategy[] = [
  "all-or-nothing",
  "greedy-all-or-nothing",
  "best-effort",
];

/**
 * The wants of a plan, put together by job, in the order in which they are asked: who went back to
 * the queue most often first, so that no job is passed by for ever; then the large before the small,
 * because they are the hardest to have; then the older job.
 */
export function gangsOf(draft: Draft, wants: readonly Want[]): readonly Gang[] {
  const demandOf = largestDemandByNode(draft.snapshot.demands);
  const { returns } = draft.snapshot;
  const byJob = new Map<number, Want[]>();
  const gangs: Gang[] = [];
  const add = (demand: Demand | undefined, members: readonly Want[]) => {
    const strategy = strategyOf(draft, demand, members);
    gangs.push({
      demand,
      strategy,
      parts: partsOf(members, strategy, isGang(demand)),
      size: members.length,
      returns: (demand && returns.get(demand.jobId)) ?? 0,
    });
  };
  const demands = new Map<number, Demand>();
  for (const want of wants) {
    const demand = demandOf.get(want.name);
    if (demand === undefined || !isGang(demand)) {
      add(demand, [want]);
      continue;
    }
    demands.set(demand.jobId, demand);
    const there = byJob.get(demand.jobId);
    if (there === undefined) byJob.set(demand.jobId, [want]);
    else there.push(want);
  }
  for (const [jobId, members] of byJob) add(demands.get(jobId), members);
  const job = ({ demand }: Gang) => demand?.jobId ?? Number.MAX_SAFE_INTEGER;
  return gangs.toSorted((a, b) => b.returns - a.returns || b.size - a.size || job(a) - job(b));
}

export function isGang(demand: Demand | undefined): boolean {
  return (demand?.nodes.length ?? 1) > 1;
}

/** The strictest of all the pools that the job has nodes in. */
function strategyOf(
  draft: Draft,
  demand: Demand | undefined,
  wants: readonly Want[],
): ScalingStrategy {
  const names = demand?.nodes ?? wants.map((want) => want.name);
  const found = new Set<ScalingStrategy>();
  for (const name of names) {
    const place = draft.snapshot.pools.places.get(name);
    if (place !== undefined) found.add(place.spec.policy.scalingStrategy);
  }
  return STRICTEST_FIRST.find((one) => found.has(one)) ?? "all-or-nothing";
}

function partsOf(
  wants: readonly Want[],
  strategy: ScalingStrategy,
  isOfGang: boolean,
): readonly Part[] {
  const parts = new Map<string, Part>();
  for (const want of wants) {
    const { place } = want;
    const there = parts.get(place.poolId);
    if (there !== undefined) {
      there.wants.push(want);
      continue;
    }
    const atomic = isOfGang && (strategy === "all-or-nothing" || place.spec.pool.placement);
    parts.set(place.poolId, { place, wants: [want], atomic });
  }
  return [...parts.values()];
}

export function largestDemandByNode(demands: readonly Demand[]): ReadonlyMap<string, Demand> {
  const byNode = new Map<string, Demand>();
  for (const demand of demands) {
    for (const node of demand.nodes) {
      const there = byNode.get(node);
      const larger =
        there === undefined ||
        demand.nodes.length > there.nodes.length ||
        (demand.nodes.length === there.nodes.length && demand.jobId < there.jobId);
      if (larger) byNode.set(node, demand);
    }
  }
  return byNode;
}
