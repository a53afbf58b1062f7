import { priceFor } from "../catalogue/machine-types.ts";
import {
  type ClusterConfig,
  type ComputeResource,
  instanceTypes,
  type SlurmQueue,
  type WarmNodes,
  WEEKDAYS,
} from "../cluster-file/config.ts";
import { headPlaces } from "../cluster-file/zones.ts";
import type { CostPerHour } from "./contract.ts";

/** What a cluster costs an hour, and machine types that have no price in it. */
export interface ClusterCost {
  readonly cost: CostPerHour;
  readonly unknown: ReadonlySet<string>;
}

type PriceOf = (machineType: string) => number;

export function costOf(config: ClusterConfig): ClusterCost {
  const unknown = new Set<string>();
  const priceOf = prices(config, unknown);
  const login = (config.LoginNodes?.Pools ?? []).reduce(
    (sum, { Count, InstanceType }) => sum + Count * priceOf(InstanceType),
    0,
  );
  const heads = headPlaces(config).reduce((sum, one) => sum + priceOf(one.instanceType), 0);
  const always = heads + login;
  const cost = { least: always, most: always };
  for (const queue of config.Scheduling.SlurmQueues) {
    const prices = queue.ComputeResources.map((resource) => pricesOf(resource, priceOf));
    cost.least += leastOf(queue, prices);
    for (const { resource, dearest } of prices) cost.most += resource.MaxCount * dearest;
  }
  return { cost: { least: rounded(cost.least), most: rounded(cost.most) }, unknown };
}

/** Without what adding fractions leaves behind. */
function rounded(usd: number): number {
  return Number(usd.toFixed(6));
}

function prices(config: ClusterConfig, unknown: Set<string>): PriceOf {
  const known = new Map<string, number>();
  return (name) => {
    let price = known.get(name);
    if (price === undefined) {
      const found = priceFor(config, name)?.usdPerHour;
      if (found === undefined) unknown.add(name);
      price = found ?? 0;
      known.set(name, price);
    }
    return price;
  };
}

interface Prices {
  readonly resource: ComputeResource;
  readonly cheapest: number;
  readonly dearest: number;
}

function pricesOf(resource: ComputeResource, priceOf: PriceOf): Prices {
  const prices = instanceTypes(resource).map(priceOf);
  return { resource, cheapest: Math.min(...prices), dearest: Math.max(...prices) };
}

/** Static nodes, and those beside them that are kept warm, which are of the cheapest resources. */
function leastOf(queue: SlurmQueue, prices: readonly Prices[]): number {
  let cost = 0;
  let warm = warmAtLeast(queue.WarmNodes);
  for (const { resource, cheapest } of prices) {
    cost += resource.MinCount * cheapest;
    // An idle static node is a warm one.
    warm -= resource.MinCount;
  }
  for (const { resource, cheapest } of prices.toSorted((a, b) => a.cheapest - b.cheapest)) {
    const nodes = Math.min(Math.max(0, warm), resource.MaxCount - resource.MinCount);
    cost += nodes * cheapest;
    warm -= nodes;
  }
  return cost;
}

/**
 * Idle nodes that are kept at every hour of the week: the fewest that any time of it may ask for.
 * Windows that leave no time out lift that, because where several hold the largest does.
 */
function warmAtLeast(policy: WarmNodes | undefined): number {
  if (policy === undefined) return 0;
  const { Count, Schedule } = policy;
  const always = Schedule.filter(
    ({ Days, Hours }) =>
      new Set(Days).size === WEEKDAYS.length && Hours.untilMinute - Hours.fromMinute === 24 * 60,
  );
  return always.length > 0
    ? Math.max(...always.map((window) => window.Count))
    : Math.min(Count, ...Schedule.map((window) => window.Count));
}
