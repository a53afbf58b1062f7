import type { LaunchRequest, OfferingKey, PoolKey } from "@sluice/cloud";

/** RunInstances takes more, and is answered slower the more there are. */
export const LARGEST_BATCH = 500;

/** Requests that one call can ask for: alike in everything but their token and node. */
export interface Batch {
  readonly pool: PoolKey;
  readonly offering: OfferingKey;
  readonly alternatives: readonly OfferingKey[];
  readonly userData: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly requests: readonly LaunchRequest[];
}

/**
 * Puts requests together that can be one call, in the order in which they came; those that are all or
 * nothing are not cut to size.
 */
export function batchesOf(
  requests: readonly LaunchRequest[],
  { atomic }: { readonly atomic: boolean },
): readonly Batch[] {
  const size = atomic ? Number.POSITIVE_INFINITY : LARGEST_BATCH;
  // By itself first: it is long, and the same text for all.
  const byUserData = Map.groupBy(requests, ({ userData }) => userData);
  const groups = [...byUserData.values()].flatMap((some) => [...Map.groupBy(some, alike).values()]);
  return groups.flatMap((group) => {
    const batches: Batch[] = [];
    for (let from = 0; from < group.length; from += Math.min(size, group.length)) {
      const part = group.slice(from, from + size);
      const [first] = part;
      if (first === undefined) break;
      const { pool, offering, alternatives = [], userData, tags } = first;
      batches.push({ pool, offering, alternatives, userData, tags, requests: part });
    }
    return batches;
  });
}

function alike({ pool, offering, alternatives = [], tags }: LaunchRequest): string {
  const key = ({ instanceType, zone, market }: OfferingKey) => [instanceType, zone, market];
  return JSON.stringify([
    [pool.queue, pool.computeResource],
    key(offering),
    alternatives.map(key),
    Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}
