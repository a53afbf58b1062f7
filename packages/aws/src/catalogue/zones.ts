import { DescribeInstanceTypeOfferingsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { Clock } from "@sluice/model";

const KEPT_MILLISECONDS = 24 * 3600_000;
/** What could not be asked is asked again so soon. */
const FAILED_MILLISECONDS = 60_000;
/** "Up to 200 values" in a filter. */
const TYPES_AT_ONCE = 200;

type Zones = ReadonlySet<string>;

/** Zones in which EC2 sells a type. */
export class TypeZones {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #clock: Clock;
  readonly #kept = new Map<
    string,
    { readonly until: number; readonly zones: Promise<Zones | undefined> }
  >();

  constructor(ec2: () => Promise<EC2Client>, clock: Clock) {
    this.#ec2 = ec2;
    this.#clock = clock;
  }

  /**
   * By type; one without an entry is sold in any zone, as far as is known. Never rejects.
   *
   * @param others that will be asked for soon, so that few calls tell of all.
   */
  async of(
    types: readonly string[],
    others: readonly string[] = [],
  ): Promise<ReadonlyMap<string, Zones>> {
    const now = this.#clock.now().getTime();
    const isMissing = (type: string) => (this.#kept.get(type)?.until ?? 0) <= now;
    const missing = types.some(isMissing)
      ? [...new Set([...types, ...others])].filter(isMissing)
      : [];
    for (let from = 0; from < missing.length; from += TYPES_AT_ONCE) {
      const part = missing.slice(from, from + TYPES_AT_ONCE);
      const asked = this.#ask(part).catch(() => undefined);
      for (const type of part) {
        const zones = asked.then((found) => {
          if (found === undefined) {
            this.#kept.set(type, { until: now + FAILED_MILLISECONDS, zones });
          }
          return found?.get(type);
        });
        this.#kept.set(type, { until: now + KEPT_MILLISECONDS, zones });
      }
    }
    const known = await Promise.all(
      types.map(async (type) => [type, await this.#kept.get(type)?.zones] as const),
    );
    return new Map(known.flatMap(([type, zones]) => (zones === undefined ? [] : [[type, zones]])));
  }

  async #ask(types: readonly string[]): Promise<ReadonlyMap<string, Zones>> {
    const client = await this.#ec2();
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
}
