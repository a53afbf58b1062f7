import type { Offering, Pool } from "@sluice/cloud";

/**
 * A menu in the order in which a pool asks: by market as the pool lists them; within a market by
 * price, cheapest first and unknown prices last, or in the order of the pool's instance types.
 * Equals stay in the order of the menu. Markets that the pool does not list are left out.
 */
export function inOrderOfAsking(pool: Pool, menu: readonly Offering[]): readonly Offering[] {
  const market = (offering: Offering) => pool.markets.indexOf(offering.market);
  const type = (offering: Offering) => {
    const at = pool.instanceTypes.indexOf(offering.instanceType);
    return at < 0 ? pool.instanceTypes.length : at;
  };
  const price = (offering: Offering) => offering.price ?? Number.MAX_VALUE;
  const byPrice = (a: Offering, b: Offering) => (pool.order === "price" ? price(a) - price(b) : 0);
  return menu
    .filter((offering) => market(offering) >= 0)
    .toSorted((a, b) => market(a) - market(b) || byPrice(a, b) || type(a) - type(b));
}

/** Why an offering can't be asked, and until when; undefined when time alone won't open it. */
export interface Closure {
  readonly until: Date | undefined;
  readonly reason: string;
}

/** An offering that is sold for a time only, outside of that time. */
export function outsideWindow({ window }: Offering, now: Date): Closure | undefined {
  if (window === undefined) return undefined;
  if (now < window.from) {
    return { until: window.from, reason: `its time begins at ${minute(window.from)}` };
  }
  if (now < window.until) return undefined;
  return { until: undefined, reason: `its time was over at ${minute(window.until)}` };
}

/** What every shortage begins with. */
export const SHORTAGE = "no capacity";

/** @param size of what can't be had at once; 1 when nothing can. */
export function shortage({ until, reason }: Closure, size = 1): string {
  const what = size > 1 ? ` for ${size} machines at once` : "";
  const when = until === undefined ? "" : ` until ${until.toISOString().slice(11, 19)} UTC`;
  return `${SHORTAGE}${what}${when} (${reason})`;
}

function minute(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
