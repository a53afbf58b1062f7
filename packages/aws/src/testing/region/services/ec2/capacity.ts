import type { CapacityReservation } from "@aws-sdk/client-ec2";
import { onDemandPrice } from "@sluice/model";
import { ServiceError } from "../../contract.ts";
import type { Ec2State } from "./state.ts";
import { knownType, zonesOf } from "./types.ts";

/** What one machine takes of the region's capacity while it is switched on. */
export interface Claim {
  /** Repeatable. */
  release(): void;
}

export interface Wanted {
  readonly type: string;
  readonly zone: string;
  readonly isSpot: boolean;
  /** Machines of it need no capacity beside it. */
  readonly reservation?: CapacityReservation | undefined;
}

/**
 * The buckets that an account's limits of vCPUs are counted in, by the letters that families begin
 * with; the first that fits. https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 */
const QUOTA_BUCKETS: readonly (readonly [string, RegExp])[] = [
  ["HPC", /^hpc/],
  ["Inf", /^inf/],
  ["Trn", /^trn/],
  ["DL", /^dl/],
  ["High memory", /^u/],
  ["G and VT", /^(g|vt)/],
  ["P", /^p/],
  ["F", /^f/],
  ["X", /^x/],
  ["Standard", /^[acdhimrtz]/],
];

/** How many machines may be switched on: the region's, as `faults` orders it, and the account's. */
export class Capacity {
  /**
   * vCPUs that may be switched on at a time, by bucket (`Standard`, `P`), with `/spot` for spot;
   * missing: any number.
   */
  readonly quotas = new Map<string, number>();
  readonly #state: Ec2State;
  readonly #used = new Map<string, number>();

  constructor(state: Ec2State) {
    this.#state = state;
  }

  /**
   * Takes capacity for as many machines as can be had.
   *
   * @throws ServiceError when that is fewer than `least`; then nothing was taken.
   */
  claim(wanted: Wanted, least: number, most: number): readonly Claim[] {
    const { type, zone, isSpot, reservation } = wanted;
    const offered = zonesOf(this.#state, type);
    if (!offered.includes(zone)) {
      throw new ServiceError(
        "Unsupported",
        `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}). Please retry your request by not specifying an Availability Zone or choosing ${offered.join(", ")}.`,
      );
    }
    const byQuota = this.#withinQuota(wanted);
    if (byQuota < least) throw overQuota(isSpot, this.quotas.get(bucketOf(wanted)) ?? 0);
    const here = reservation?.AvailableInstanceCount ?? this.#left(wanted);
    if (here < least) throw reservation === undefined ? this.#insufficient(wanted) : overReserved();
    const count = Math.min(most, byQuota, here);
    return Array.from({ length: count }, () => this.#claimOne(wanted));
  }

  /** What is left of it, for those who choose between offerings. */
  left(wanted: Wanted): number {
    return Math.min(this.#left(wanted), this.#withinQuota(wanted));
  }

  #left({ type, zone, isSpot }: Wanted): number {
    return this.#state.region.faults.capacity.get(capacityKey(type, zone, isSpot)) ?? Infinity;
  }

  #withinQuota(wanted: Wanted): number {
    const bucket = bucketOf(wanted);
    const quota = this.quotas.get(bucket);
    if (quota === undefined) return Infinity;
    const left = quota - (this.#used.get(bucket) ?? 0);
    return Math.max(0, Math.floor(left / knownType(wanted.type).vcpus));
  }

  #claimOne(wanted: Wanted): Claim {
    const { type, zone, isSpot, reservation } = wanted;
    const { capacity } = this.#state.region.faults;
    const key = capacityKey(type, zone, isSpot);
    const bucket = bucketOf(wanted);
    const { vcpus } = knownType(type);
    const isCounted = reservation === undefined && capacity.has(key);
    const count = (by: 1 | -1) => {
      this.#used.set(bucket, (this.#used.get(bucket) ?? 0) + by * vcpus);
      if (reservation !== undefined) {
        reservation.AvailableInstanceCount = (reservation.AvailableInstanceCount ?? 0) - by;
      }
      const left = capacity.get(key);
      // Whoever orders capacity anew may have forgotten what was there before.
      if (isCounted && left !== undefined) capacity.set(key, left - by);
    };
    count(1);
    let isHeld = true;
    return {
      release: () => {
        if (isHeld) count(-1);
        isHeld = false;
      },
    };
  }

  #insufficient({ type, zone, isSpot }: Wanted): ServiceError {
    if (isSpot) {
      return new ServiceError(
        "InsufficientInstanceCapacity",
        "There is no Spot capacity available that matches your request.",
        500,
      );
    }
    const others = zonesOf(this.#state, type).filter((other) => other !== zone);
    return new ServiceError(
      "InsufficientInstanceCapacity",
      `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity. You can currently get ${type} capacity by not specifying an Availability Zone in your request or choosing ${others.join(", ")}.`,
      500,
    );
  }
}

function capacityKey(type: string, zone: string, isSpot: boolean): string {
  return isSpot ? `${type}/${zone}/spot` : `${type}/${zone}`;
}

function bucketOf({ type, isSpot }: Wanted): string {
  const name = QUOTA_BUCKETS.find(([, pattern]) => pattern.test(type))?.[0] ?? "Standard";
  return isSpot ? `${name}/spot` : name;
}

function overQuota(isSpot: boolean, quota: number): ServiceError {
  return isSpot
    ? new ServiceError("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
    : new ServiceError(
        "VcpuLimitExceeded",
        `You have requested more vCPU capacity than your current vCPU limit of ${quota} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`,
      );
}

function overReserved(): ServiceError {
  return new ServiceError(
    "ReservationCapacityExceeded",
    "The requested reservation does not have sufficient compatible and available capacity for this request.",
  );
}

/** Of spot, in USD per hour: a share of the on-demand price that is another in each zone. */
export function spotPrice(state: Ec2State, type: string, zone: string): number {
  const onDemand = onDemandPrice("aws", type, state.region.name)?.usdPerHour ?? 1;
  const share = 0.36 + 0.03 * state.zones.indexOf(zone);
  return Math.round(onDemand * share * 10_000) / 10_000;
}
