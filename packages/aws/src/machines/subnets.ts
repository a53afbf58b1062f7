import type { EC2Client } from "@aws-sdk/client-ec2";
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

/** "Up to 200 values" in a filter. */
const IDS_AT_ONCE = 200;

/** Subnets of the cluster. All of them are asked for together: a file may have hundreds of queues. */
export class Subnets {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #all: () => readonly string[];
  readonly #kept: Remembered<ReadonlyMap<string, Subnet>>;

  /** @param all ids of those that are likely to be asked for. */
  constructor(ec2: () => Promise<EC2Client>, clock: Clock, all: () => readonly string[]) {
    this.#ec2 = ec2;
    this.#all = all;
    this.#kept = new Remembered(clock, KEPT_MILLISECONDS);
  }

  /** In the order of the ids; one that does not exist is left out. */
  async of(ids: readonly string[]): Promise<readonly Subnet[]> {
    const all = new Set(this.#all());
    const others = ids.filter((id) => !all.has(id));
    const [known, more] = await Promise.all([
      this.#describe([...all]),
      others.length === 0 ? undefined : this.#describe(others),
    ]);
    return ids.flatMap((id) => known.get(id) ?? more?.get(id) ?? []);
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

  #describe(ids: readonly string[]): Promise<ReadonlyMap<string, Subnet>> {
    return this.#kept.get(ids.join(), () => this.#ask(ids));
  }

  async #ask(ids: readonly string[]): Promise<ReadonlyMap<string, Subnet>> {
    const { DescribeSubnetsCommand } = await import("@aws-sdk/client-ec2");
    const found = new Map<string, Subnet>();
    try {
      const client = await this.#ec2();
      for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
        const Values = ids.slice(from, from + IDS_AT_ONCE);
        const { Subnets = [] } = await client.send(
          new DescribeSubnetsCommand({ Filters: [{ Name: "subnet-id", Values }] }),
        );
        for (const { SubnetId: id = "", AvailabilityZone, CidrBlock, ...subnet } of Subnets) {
          const free = subnet.AvailableIpAddressCount ?? 0;
          found.set(id, { id, zone: AvailabilityZone ?? "", cidr: CidrBlock ?? "", free });
        }
      }
    } catch (error) {
      throw cloudErrorOf(error, "the cluster's subnets");
    }
    return found;
  }
}
