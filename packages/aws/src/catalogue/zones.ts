import { DescribeInstanceTypeOfferingsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { Clock } from "@sluice/model";
import { ByType } from "./by-type.ts";

const KEPT_MILLISECONDS = 24 * 3600_000;
/** "Up to 200 values" in a filter. */
const TYPES_AT_ONCE = 200;

/** Zones in which EC2 sells a type: one without an entry may be sold in any. */
export function typeZones(
  ec2: () => Promise<EC2Client>,
  clock: Clock,
): ByType<ReadonlySet<string>> {
  return new ByType({
    clock,
    keptMilliseconds: KEPT_MILLISECONDS,
    typesAtOnce: TYPES_AT_ONCE,
    ask: (types) => ask(ec2, types),
  });
}

async function ask(
  ec2: () => Promise<EC2Client>,
  types: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const client = await ec2();
  const found = new Map(types.map((type) => [type, new Set<string>()]));
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: "availability-zone",
        Filters: [{ Name: "instance-type", Values: [...types] }],
        MaxResults: 1000,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    for (const { InstanceType = "", Location = "" } of page.InstanceTypeOfferings ?? []) {
      found.get(InstanceType)?.add(Location);
    }
    NextToken = page.NextToken === "" ? undefined : page.NextToken;
  } while (NextToken !== undefined);
  return found;
}
