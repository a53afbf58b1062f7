import { DescribeSpotPriceHistoryCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { Clock } from "@sluice/model";

const KEPT_MILLISECONDS = 300_000;
/** One call asks for so many types at most. */
const TYPES_AT_ONCE = 100;

/** What spot machines cost now, by `TYPE/ZONE`; what EC2 does not say is not there. */
export class SpotPrices {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly until: number; readonly prices: Promise<Prices> }>();

  constructor(ec2: () => Promise<EC2Client>, clock: Clock) {
    this.#ec2 = ec2;
    this.#clock = clock;
  }

  /**
   * Never rejects: without prices machines are asked for all the same.
   *
   * @param others that will be asked for soon, so that few calls tell of all.
   */
  async of(types: readonly string[], others: readonly string[] = []): Promise<Prices> {
    const now = this.#clock.now().getTime();
    const isMissing = (type: string) => (this.#kept.get(type)?.until ?? 0) <= now;
    const missing = types.some(isMissing)
      ? [...new Set([...types, ...others])].filter(isMissing)
      : [];
    for (let from = 0; from < missing.length; from += TYPES_AT_ONCE) {
      const part = missing.slice(from, from + TYPES_AT_ONCE);
      const prices = this.#ask(part).catch((): Prices => new Map());
      for (const type of part) this.#kept.set(type, { until: now + KEPT_MILLISECONDS, prices });
    }
    const known = await Promise.all(new Set(types.map((type) => this.#kept.get(type)?.prices)));
    return new Map(known.flatMap((prices) => [...(prices ?? [])]));
  }

  async #ask(types: readonly string[]): Promise<Prices> {
    const client = await this.#ec2();
    const now = this.#clock.now();
    const newest = new Map<string, { readonly at: number; readonly price: number }>();
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new DescribeSpotPriceHistoryCommand({
          // A type that there is not is an error among InstanceTypes, and nothing in a filter.
          Filters: [
            { Name: "instance-type", Values: [...types] },
            { Name: "product-description", Values: ["Linux/UNIX"] },
          ],
          // "If you specify the same time for both, the price that is in force is returned."
          StartTime: now,
          EndTime: now,
          ...(NextToken === undefined ? {} : { NextToken }),
        }),
      );
      for (const {
        InstanceType,
        AvailabilityZone,
        SpotPrice,
        Timestamp,
      } of page.SpotPriceHistory ?? []) {
        const price = Number(SpotPrice);
        const at = Timestamp?.getTime() ?? 0;
        const key = `${InstanceType}/${AvailabilityZone}`;
        if (!(price > 0) || (newest.get(key)?.at ?? -1) > at) continue;
        newest.set(key, { at, price });
      }
      NextToken = page.NextToken === "" ? undefined : page.NextToken;
    } while (NextToken !== undefined);
    return new Map([...newest].map(([key, { price }]) => [key, price]));
  }
}

export type Prices = ReadonlyMap<string, number>;
