import type { MachineType } from "@sluice/model";
import type { LaunchRequest, Market, Offering, OfferingKey, Pool } from "../contract.ts";
import { CloudError } from "../errors.ts";

/**
 * Machines that may exist at a time: a number, one for each moment, or a schedule of which the last
 * that has begun holds (before the first, any number).
 */
export type SimCapacity =
  | number
  | ((now: Date) => number)
  | readonly { readonly from: Date; readonly count: number }[];

export interface SimReservation {
  readonly instanceType: string;
  readonly zone: string;
  readonly count: SimCapacity;
  readonly window?: Offering["window"];
}

export interface SimMarketOptions {
  readonly types: readonly MachineType[];
  /** One by default. */
  readonly zones?: readonly string[];
  /** Markets that there are; without it, every one. */
  readonly markets?: readonly Market[];
  /** By `type/zone/market`; without an entry any number. */
  readonly capacity?: Readonly<Record<string, SimCapacity>>;
  /** By the id or group that a pool names; its machines are counted here and nowhere else. */
  readonly reservations?: Readonly<Record<string, SimReservation>>;
  /** By `type/zone/market`; machines go when their window ends, with half an hour's notice. */
  readonly windows?: Readonly<Record<string, NonNullable<Offering["window"]>>>;
  /** Machines by the name of the limit; an account's, so that all clusters count together. */
  readonly quotas?: Readonly<Record<string, number>>;
  readonly quotaOf?: (key: OfferingKey) => string | undefined;
  /** USD per hour by `type/zone/market`, where it is not the type's, or 35 % of it for spot. */
  readonly prices?: Readonly<Record<string, number>>;
  /** Whether the menu shows what is sold out; true. EC2's does not know it. */
  readonly menuShowsSoldOut?: boolean;
}

const SPOT_SHARE = 0.35;

export function offeringId(key: OfferingKey): string {
  return `${key.instanceType}/${key.zone}/${key.market}`;
}

/** What there is to be had, and how much of it is taken. */
export class SimMarket {
  readonly capacity: Map<string, SimCapacity>;
  readonly reservations: Map<string, SimReservation>;
  readonly quotas: Map<string, number>;
  readonly #options: SimMarketOptions;
  readonly #zones: readonly string[];
  readonly #taken = new Map<string, number>();
  /** As their catalogue was last asked: a request names its pool, and only the pool names what it
   * has reserved. By cluster, queue and compute resource. */
  readonly #pools = new Map<string, Pool>();

  constructor(options: SimMarketOptions) {
    this.#options = options;
    this.#zones = options.zones ?? ["sim-a"];
    this.capacity = new Map(Object.entries(options.capacity ?? {}));
    this.reservations = new Map(Object.entries(options.reservations ?? {}));
    this.quotas = new Map(Object.entries(options.quotas ?? {}));
  }

  offerings(cluster: string, pool: Pool, now: Date): readonly Offering[] {
    this.#pools.set(`${cluster}/${pool.queue}/${pool.computeResource}`, pool);
    return pool.markets
      .filter((market) => this.#options.markets?.includes(market) ?? true)
      .flatMap((market) =>
        pool.instanceTypes.flatMap((type) =>
          this.#zones.flatMap((zone) => this.#row({ instanceType: type, zone, market }, pool, now)),
        ),
      );
  }

  price(key: OfferingKey): number | undefined {
    const told = this.#options.prices?.[offeringId(key)];
    if (told !== undefined) return told;
    const ofType = this.#type(key.instanceType)?.pricePerHour;
    return ofType !== undefined && key.market === "spot" ? ofType * SPOT_SHARE : ofType;
  }

  window(cluster: string, request: Pick<LaunchRequest, "pool" | "offering">): Offering["window"] {
    const { offering } = request;
    const reservation = this.#reservation(offering, this.#poolOf(cluster, request));
    return reservation?.window ?? this.#options.windows?.[offeringId(offering)];
  }

  /** Why one more machine can't be had at the moment; undefined when it can. */
  refusal(
    cluster: string,
    request: Pick<LaunchRequest, "pool" | "offering">,
    now: Date,
  ): CloudError | undefined {
    const { offering } = request;
    const { instanceType, zone, market } = offering;
    if (this.#type(instanceType) === undefined) {
      return new CloudError("LaunchRejected", `there is no instance type ${instanceType}`);
    }
    if (!this.#zones.includes(zone)) {
      return new CloudError("LaunchRejected", `there is no zone ${zone}`);
    }
    if (this.#options.markets?.includes(market) === false) {
      return new CloudError("LaunchRejected", `there is no market ${market}`);
    }
    const reservation = this.#reservation(offering, this.#poolOf(cluster, request));
    if (reservation !== undefined && !isFor(reservation, offering)) {
      return new CloudError("LaunchRejected", `the reservation is not for ${offeringId(offering)}`);
    }
    const window = this.window(cluster, request);
    if (window !== undefined && (now < window.from || now >= window.until)) {
      const times = `${window.from.toISOString()} to ${window.until.toISOString()}`;
      return new CloudError("InsufficientCapacity", `${offeringId(offering)} is from ${times}`);
    }
    const quota = this.#options.quotaOf?.(offering);
    const allowed = quota === undefined ? undefined : this.quotas.get(quota);
    if (allowed !== undefined && this.#count(`quota ${quota}`) >= allowed) {
      return new CloudError("QuotaExceeded", `the limit ${quota} of ${allowed} is reached`);
    }
    if (this.#room(offering, this.#poolOf(cluster, request), now) <= 0) {
      return new CloudError("InsufficientCapacity", `no ${offeringId(offering)} left`);
    }
    return undefined;
  }

  /** What a machine takes from, for `take` and `give`. */
  shares(cluster: string, request: Pick<LaunchRequest, "pool" | "offering">): readonly string[] {
    const { offering } = request;
    const quota = this.#options.quotaOf?.(offering);
    return [
      this.#stock(offering, this.#poolOf(cluster, request)),
      ...(quota === undefined ? [] : [`quota ${quota}`]),
    ];
  }

  take(shares: readonly string[]): void {
    for (const share of shares) this.#taken.set(share, this.#count(share) + 1);
  }

  give(shares: readonly string[]): void {
    for (const share of shares) this.#taken.set(share, this.#count(share) - 1);
  }

  #row(key: OfferingKey, pool: Pool, now: Date): readonly Offering[] {
    const machineType = this.#type(key.instanceType);
    if (machineType === undefined) return [];
    const reservation = this.#reservation(key, pool);
    if (reservation !== undefined && !isFor(reservation, key)) return [];
    const window = reservation?.window ?? this.#options.windows?.[offeringId(key)];
    const quota = this.#options.quotaOf?.(key);
    const soldOut = this.#room(key, pool, now) <= 0 && this.#options.menuShowsSoldOut !== false;
    const until = new Date(now.getTime() + 1000);
    return [
      {
        ...key,
        machineType,
        price: this.price(key),
        ...(soldOut ? { unavailable: { until, reason: "sold out" } } : {}),
        ...(window === undefined ? {} : { window }),
        ...(quota === undefined ? {} : { quota }),
      },
    ];
  }

  /** How many more of this offering may exist. */
  #room(key: OfferingKey, pool: Pool | undefined, now: Date): number {
    const limit = this.#reservation(key, pool)?.count ?? this.capacity.get(offeringId(key));
    return capacityAt(limit, now) - this.#count(this.#stock(key, pool));
  }

  #stock(key: OfferingKey, pool: Pool | undefined): string {
    return this.#reservation(key, pool) === undefined
      ? offeringId(key)
      : `reservation ${reservationName(pool)}`;
  }

  #reservation(key: OfferingKey, pool: Pool | undefined): SimReservation | undefined {
    if (key.market !== "reserved" && key.market !== "block") return undefined;
    return this.reservations.get(reservationName(pool) ?? "");
  }

  #poolOf(cluster: string, { pool }: Pick<LaunchRequest, "pool">): Pool | undefined {
    return this.#pools.get(`${cluster}/${pool.queue}/${pool.computeResource}`);
  }

  #type(name: string): MachineType | undefined {
    return this.#options.types.find((type) => type.name === name);
  }

  #count(share: string): number {
    return this.#taken.get(share) ?? 0;
  }
}

function isFor(reservation: SimReservation, key: OfferingKey): boolean {
  return reservation.instanceType === key.instanceType && reservation.zone === key.zone;
}

function reservationName(pool: Pool | undefined): string | undefined {
  return pool?.reservation?.id ?? pool?.reservation?.group;
}

function capacityAt(capacity: SimCapacity | undefined, now: Date): number {
  if (capacity === undefined) return Number.POSITIVE_INFINITY;
  if (typeof capacity === "number") return capacity;
  if (typeof capacity === "function") return capacity(now);
  return capacity.findLast((one) => one.from <= now)?.count ?? Number.POSITIVE_INFINITY;
}
