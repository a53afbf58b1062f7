import { DescribeCapacityReservationsCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { Clock } from "@sluice/model";
import { Remembered } from "../machines/remembered.ts";

const KEPT_MILLISECONDS = 60_000;

/** A capacity reservation or block. */
export interface Reserved {
  readonly instanceType: string;
  readonly zone: string;
  readonly state: string;
  readonly total: number;
  readonly free: number;
  readonly from: Date | undefined;
  readonly until: Date | undefined;
}

export class Reservations {
  readonly #ec2: () => Promise<EC2Client>;
  readonly #kept: Remembered<Reserved | undefined>;

  constructor(ec2: () => Promise<EC2Client>, clock: Clock) {
    this.#ec2 = ec2;
    this.#kept = new Remembered(clock, KEPT_MILLISECONDS);
  }

  /** Undefined when it can't be looked at: a launch out of it finds out. */
  of(id: string): Promise<Reserved | undefined> {
    return this.#kept.get(id, () => this.#ask(id)).catch(() => undefined);
  }

  async #ask(id: string): Promise<Reserved | undefined> {
    const client = await this.#ec2();
    const { CapacityReservations = [] } = await client.send(
      new DescribeCapacityReservationsCommand({ CapacityReservationIds: [id] }),
    );
    const [found] = CapacityReservations;
    if (found === undefined) return undefined;
    return {
      instanceType: found.InstanceType ?? "",
      zone: found.AvailabilityZone ?? "",
      state: found.State ?? "",
      total: found.TotalInstanceCount ?? 0,
      free: found.AvailableInstanceCount ?? 0,
      from: found.StartDate,
      until: found.EndDate,
    };
  }
}
