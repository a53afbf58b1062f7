import { DescribeSpotPriceHistoryCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { Clock } from "@sluice/model";
import { ByType } from "./by-type.ts";

const KEPT_MILLISECONDS = 300_000;
const TYPES_AT_ONCE = 100;

/** USD per hour, by zone. */
export type Prices = ReadonlyMap<string, number>;

/** What spot machines cost now; what EC2 does not say is not there. */
export function spotPrices(ec2: () => Promise<EC2Client>, clock: Clock): ByType<Prices> {
  return new ByType({
    clock,
    keptMilliseconds: KEPT_MILLISECONDS,
    typesAtOnce: TYPES_AT_ONCE,
    ask: (types) => ask(ec2, clock, types),
  });
}

async function ask(
  ec2: () => Promise<EC2Client>,
  clock: Clock,
  types: readonly string[],
): Promise<ReadonlyMap<string, Prices>> {
  const client = await ec2();
  const now = clock.now();
  const prices = new Map<string, Map<string, number>>();
  const newest = new Map<string, number>();
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
    for (const one of page.SpotPriceHistory ?? []) {
      const { InstanceType: type = "", AvailabilityZone: zone = "" } = one;
      const price = Number(one.SpotPrice);
      const at = one.Timestamp?.getTime() ?? 0;
      const key = `${type}/${zone}`;
      if (!(price > 0) || (newest.get(key) ?? -1) > at) continue;
      newest.set(key, at);
      const ofType = prices.get(type) ?? new Map<string, number>();
      prices.set(type, ofType.set(zone, price));
    }
    NextToken = page.NextToken === "" ? undefined : page.NextToken;
  } while (NextToken !== undefined);
  return prices;
}
