import type { Provider } from "../cluster-file/schema/provider.ts";
import azure from "./data/azure-prices.json" with { type: "json" };
import ec2 from "./data/ec2-prices.json" with { type: "json" };

/** An on-demand price for Linux, without taxes or discounts. */
export interface OnDemandPrice {
  readonly usdPerHour: number;
  /** Where it is the price. */
  readonly region: string;
  /** The day of the price list, `2026-07-20`. */
  readonly asOf: string;
  /** Another region was asked about, whose price is not known and will differ. */
  readonly approximate: boolean;
}

/** One cloud's price list as the data files hold it. */
interface PriceList {
  readonly asOf: string;
  readonly prefix: string;
  readonly regions: readonly string[];
  /**
   * `name letters price price …`, the name without the prefix; the letter at a region's position
   * says which of the prices is that region's, `a` the first, `-` none.
   */
  readonly prices: readonly string[];
}

const LISTS: Readonly<Record<Provider, PriceList | undefined>> = {
  aws: ec2,
  azure,
  local: undefined,
};

const indexes = new Map<PriceList, ReadonlyMap<string, string>>();

/**
 * The on-demand price of a machine type, from the built-in lists; undefined when they don't have it.
 * Without a region it is that of the list's first region that has the type: us-east-1, eastus. In a
 * region that the list has no price for, that same price stands in, marked approximate. Prices of
 * the local cloud are the cluster file's: see `priceFor`.
 */
export function onDemandPrice(
  provider: Provider,
  name: string,
  region?: string,
): OnDemandPrice | undefined {
  const list = LISTS[provider];
  if (list === undefined) return undefined;
  const prices = regionalPrices(list, name);
  const here = prices.find((price) => price.region === region);
  if (here !== undefined) return { ...here, asOf: list.asOf, approximate: false };
  const [first] = prices;
  if (first === undefined) return undefined;
  return { ...first, asOf: list.asOf, approximate: region !== undefined };
}

/**
 * The regions whose prices are built in, for one machine type when it is named. A size of Azure
 * without a price in one of the built-in regions could not be bought there when the list was made.
 */
export function pricedRegions(provider: Provider, name?: string): readonly string[] {
  const list = LISTS[provider];
  if (list === undefined) return [];
  if (name === undefined) return list.regions;
  return regionalPrices(list, name).map((price) => price.region);
}

/** Every machine type whose price is known somewhere. */
export function pricedNames(provider: Provider): Iterable<string> {
  const list = LISTS[provider];
  return list === undefined ? [] : linesByName(list).keys();
}

function regionalPrices(
  list: PriceList,
  name: string,
): readonly { region: string; usdPerHour: number }[] {
  const line = linesByName(list).get(name);
  if (line === undefined) return [];
  const [, letters = "", ...prices] = line.split(" ");
  return list.regions.flatMap((region, position) => {
    const price = prices[letters.charCodeAt(position) - "a".charCodeAt(0)];
    return price === undefined ? [] : [{ region, usdPerHour: Number(price) }];
  });
}

function linesByName(list: PriceList): ReadonlyMap<string, string> {
  const known = indexes.get(list);
  if (known !== undefined) return known;
  const index = new Map(
    list.prices.map((line) => [list.prefix + line.slice(0, line.indexOf(" ")), line]),
  );
  indexes.set(list, index);
  return index;
}
