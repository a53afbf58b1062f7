import type { EC2Client } from "@aws-sdk/client-ec2";
import { CloudError } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import { cloudErrorOf } from "./errors.ts";
import { Remembered } from "./remembered.ts";

/** How many addresses are free is asked as often. */
const KEPT_MILLISECONDS = 60_000;

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly cidr: string;
  readonly free: number;
}

export class Subnets {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #kept: Remembered<readonly Subnet[]>;

  constructor(ec2: () => Promise<EC2Client>, clock: Clock) {
    this.#ec2 = ec2;
    this.#kept = new Remembered(clock, KEPT_MILLISECONDS);
  }

  /** In the order of the ids, which are of a queue or of the cluster. */
  of(ids: readonly string[]): Promise<readonly Subnet[]> {
    return this.#kept.get(ids.join(), () => this.#describe(ids));
  }

  /** For each zone the one with the most free addresses. */
  async byZone(ids: readonly string[]): Promise<ReadonlyMap<string, Subnet>> {
    const zones = new Map<string, Subnet>();
    for (const subnet of await this.of(ids)) {
      const there = zones.get(subnet.zone);
      if (there === undefined || there.free < subnet.free) zones.set(subnet.zone, subnet);
    }
    return zones;
  }

  /** One of them had no address left. */
  forget(): void {
    this.#kept.forget();
  }

  async #describe(ids: readonly string[]): Promise<readonly Subnet[]> {
    if (ids.length === 0) {
      throw new CloudError("LaunchRejected", "the cluster has no subnet for its machines");
    }
    const { DescribeSubnetsCommand } = await import("@aws-sdk/client-ec2");
    try {
      const client = await this.#ec2();
      const { Subnets = [] } = await client.send(
        new DescribeSubnetsCommand({ SubnetIds: [...ids] }),
      );
      return Subnets.map((subnet) => ({
        id: subnet.SubnetId ?? "",
        zone: subnet.AvailabilityZone ?? "",
        cidr: subnet.CidrBlock ?? "",
        free: subnet.AvailableIpAddressCount ?? 0,
      })).toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
    } catch (error) {
      throw cloudErrorOf(error, `subnets ${ids.join(", ")}`);
    }
  }
}
