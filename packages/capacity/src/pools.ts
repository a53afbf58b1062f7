import type { Offering, OfferingKey, PoolKey } from "@sluice/cloud";
import type { PoolSpec } from "./contract.ts";
import type { WarmPolicy } from "./policy.ts";

/** Where a node belongs. `order` is its place among all nodes of the cluster file. */
export interface NodePlace {
  readonly spec: PoolSpec;
  readonly poolId: string;
  readonly isStatic: boolean;
  readonly order: number;
}

/** The compute resources of a cluster, found by node name or by pool. */
export interface Pools {
  readonly specs: ReadonlyMap<string, PoolSpec>;
  readonly places: ReadonlyMap<string, NodePlace>;
  readonly queues: readonly string[];
  readonly warm: ReadonlyMap<string, WarmPolicy>;
}

export function poolId({ queue, computeResource }: PoolKey): string {
  return `${queue}/${computeResource}`;
}

export function offeringId({ instanceType, zone, market }: OfferingKey): string {
  return `${instanceType}/${zone}/${market}`;
}

export function offeringKey({ instanceType, zone, market }: OfferingKey): OfferingKey {
  return { instanceType, zone, market };
}

export function indexPools(
  specs: readonly PoolSpec[],
  warm: ReadonlyMap<string, WarmPolicy> = new Map(),
): Pools {
  const places = new Map<string, NodePlace>();
  for (const spec of specs) {
    const id = poolId(spec.pool);
    const add = (node: string, isStatic: boolean) =>
      places.set(node, { spec, poolId: id, isStatic, order: places.size });
    for (const node of spec.staticNodes) add(node, true);
    for (const node of spec.dynamicNodes) add(node, false);
  }
  return {
    specs: new Map(specs.map((spec) => [poolId(spec.pool), spec])),
    places,
    queues: [...new Set(specs.map((spec) => spec.pool.queue))],
    warm,
  };
}

/** The menu of each pool, by pool id. */
export type Menu = ReadonlyMap<string, readonly Offering[]>;
