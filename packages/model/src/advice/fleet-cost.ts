import type { AdviceFile, ResourceView } from "./file.ts";
import { usd } from "./money.ts";
import { typeNames } from "./words.ts";

/** Those that are paid for by the hour: reserved ones cost the same when they are off. */
export function paidByTheHour(resources: readonly ResourceView[]): ResourceView[] {
  return resources.filter(({ isReserved }) => !isReserved);
}

/** Nothing of the cluster comes and goes. */
export function isAllStatic(file: AdviceFile): boolean {
  const resources = paidByTheHour(file.resources);
  return resources.length > 0 && resources.every(({ dynamic }) => dynamic === 0);
}

/** Some nodes of some compute resources, by on-demand prices. */
export interface FleetCost {
  readonly nodes: number;
  /** Of those whose price is known. */
  readonly usdPerHour: number;
  /** The amount for so many hours, and whose price is not in it. */
  for(hours: number): string;
}

/** Every dynamic node, each on the dearest machine type that may back it. */
export function dynamicCost(resources: readonly ResourceView[]): FleetCost {
  return costOf(resources, "dearest", ({ dynamic }) => dynamic);
}

/** Every node, each on the dearest machine type that may back it. */
export function fullCost(resources: readonly ResourceView[]): FleetCost {
  return costOf(resources, "dearest", ({ resource }) => resource.MaxCount);
}

/** Every static node, each on the cheapest machine type that may back it. */
export function staticCost(resources: readonly ResourceView[]): FleetCost {
  return costOf(resources, "cheapest", ({ resource }) => resource.MinCount);
}

function costOf(
  resources: readonly ResourceView[],
  which: "dearest" | "cheapest",
  countOf: (view: ResourceView) => number,
): FleetCost {
  const wanted = paidByTheHour(resources).filter((view) => countOf(view) > 0);
  const unpriced = wanted.filter((view) => view[which] === undefined);
  const usdPerHour = wanted.reduce(
    (sum, view) => sum + countOf(view) * (view[which]?.usdPerHour ?? 0),
    0,
  );
  const names = typeNames(
    unpriced.flatMap(({ types }) => types.filter(({ price }) => price === undefined)),
  );
  return {
    nodes: wanted.reduce((sum, view) => sum + countOf(view), 0),
    usdPerHour,
    for: (hours) => {
      const isKnown = unpriced.length === 0;
      const note = isKnown ? "" : ` (the price of ${names} is not known here)`;
      return `${usdPerHour === 0 && !isKnown ? "an unknown amount" : usd(usdPerHour * hours)}${note}`;
    },
  };
}
