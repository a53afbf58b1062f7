import { parseStoredClusterFile } from "@sluice/model";
import type { UsageSource } from "./contract.ts";
import { type JobPrice, jobPrices, type PricedJob } from "./prices.ts";

/** Prices of clusters by the files that are in force, each read once. */
export class PriceBook {
  readonly #known = new Map<
    string,
    { readonly text: string; readonly prices: (job: PricedJob) => JobPrice }
  >();

  /** What jobs of it cost; of a file that can't be read nothing has a known price. */
  of({ name, record: { configText } }: UsageSource): (job: PricedJob) => JobPrice {
    const known = this.#known.get(name);
    if (known?.text === configText) return known.prices;
    const parsed = parseStoredClusterFile(configText, name);
    const prices = jobPrices(parsed.ok ? parsed.config : undefined);
    this.#known.set(name, { text: configText, prices });
    return prices;
  }
}
