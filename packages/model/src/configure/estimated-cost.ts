import { costOf } from "../change/cost.ts";
import type { ClusterConfig } from "../cluster-file/config.ts";

/**
 * What a cluster's machines cost in USD an hour, on demand: those that are always on, and with every
 * node up. Machine types in `unknown` have no price and count as nothing.
 */
export function estimatedCost(config: ClusterConfig): {
  readonly least: number;
  readonly most: number;
  readonly unknown: readonly string[];
} {
  const { cost, unknown } = costOf(config);
  return { least: cost.least, most: cost.most, unknown: [...unknown] };
}
