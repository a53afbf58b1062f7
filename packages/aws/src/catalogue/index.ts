import type { EC2Client } from "@aws-sdk/client-ec2";
import {
  type Catalogue,
  isCloudError,
  type Market,
  type Offering,
  type OfferingKey,
  type Pool,
} from "@sluice/cloud";
import {
  type CapacityType,
  type Clock,
  type ClusterConfig,
  ec2InstanceType,
  instanceTypes,
  type MachineType,
} from "@sluice/model";
import type { ClusterFacts } from "../facts.ts";
import { subnetsOf, wantedOf } from "../machines/plan/wanted.ts";
import type { Subnets } from "../machines/subnets.ts";
import { MachineTypes } from "./machine-types.ts";
import { quotaOf } from "./quotas.ts";
import { Reservations, type Reserved } from "./reservations.ts";
import { type Prices, spotPrices } from "./spot-prices.ts";
import { typeZones } from "./zones.ts";

export interface AwsCatalogueOptions {
  readonly ec2: () => Promise<EC2Client>;
  readonly config: () => ClusterConfig;
  readonly facts: ClusterFacts;
  readonly subnets: Subnets;
  readonly clock: Clock;
}

/** How long a row is marked for what EC2 said of it. */
const MARKED_MILLISECONDS = 60_000;

/** EC2's menu: it never says what is sold out, only what it sells where, and for how much. */
export function awsCatalogue(options: AwsCatalogueOptions): Catalogue {
  const { ec2, config, facts, subnets, clock } = options;
  const types = new MachineTypes(ec2, clock);
  const prices = spotPrices(ec2, clock);
  const sold = typeZones(ec2, clock);
  const reservations = new Reservations(ec2, clock);

  return {
    async offerings(pool, { signal } = {}) {
      signal?.throwIfAborted();
      const wanted = wantedOf(config(), pool);
      if (wanted === undefined) return [];
      const names = pool.instanceTypes;
      const { id } = pool.reservation ?? {};
      const [zones, machineTypes, spot, soldIn, reserved] = await Promise.all([
        subnets.byZone(subnetsOf(wanted, facts)),
        Promise.all(names.map((name) => types.of(name, config()).catch(ifThereIsNone))),
        pool.markets.includes("spot")
          ? prices.of(names, typesIn(config(), "SPOT"))
          : new Map<string, Prices>(),
        sold.of(names, typesIn(config())),
        id === undefined ? undefined : reservations.of(id),
      ]);
      signal?.throwIfAborted();
      const menu = { pool, spot, reserved, now: clock.now() };
      return machineTypes
        .filter((type) => type !== undefined)
        .flatMap((type) =>
          pool.markets
            .filter((market) => isEverSold(type.name, market))
            .flatMap((market) =>
              [...zones.keys()]
                .filter((zone) => soldIn.get(type.name)?.has(zone) ?? true)
                .flatMap((zone) => row({ instanceType: type.name, zone, market }, type, menu)),
            ),
        );
    },
  };
}

/** All of a file, or of its queues of one kind. */
function typesIn(config: ClusterConfig, capacityType?: CapacityType): readonly string[] {
  return config.Scheduling.SlurmQueues.filter(
    (queue) => capacityType === undefined || queue.CapacityType === capacityType,
  ).flatMap((queue) => queue.ComputeResources.flatMap(instanceTypes));
}

/** A slip in a file must not keep its other types from being asked for. */
function ifThereIsNone(error: unknown): undefined {
  if (!isCloudError(error) || error.kind !== "NotFound") throw error;
}

interface Menu {
  readonly pool: Pool;
  readonly spot: ReadonlyMap<string, Prices>;
  readonly reserved: Reserved | undefined;
  readonly now: Date;
}

function row(key: OfferingKey, machineType: MachineType, menu: Menu): readonly Offering[] {
  const { pool, spot, reserved, now } = menu;
  const { instanceType, zone, market } = key;
  const isReserved = market === "reserved" || market === "block";
  if (isReserved && reserved !== undefined) {
    // A reservation is of one type in one zone.
    if (reserved.instanceType !== instanceType || reserved.zone !== zone) return [];
  }
  const price = market === "spot" ? spot.get(instanceType)?.get(zone) : machineType.pricePerHour;
  const quota = quotaOf(instanceType, market);
  const reason = (isReserved ? usedUp(reserved) : undefined) ?? tooDear(pool, market, price);
  const until = new Date(now.getTime() + MARKED_MILLISECONDS);
  const window = isReserved ? windowOf(reserved) : undefined;
  return [
    {
      ...key,
      machineType,
      price,
      ...(quota === undefined ? {} : { quota }),
      ...(reason === undefined ? {} : { unavailable: { until, reason } }),
      ...(window === undefined ? {} : { window }),
    },
  ];
}

function isEverSold(name: string, market: Market): boolean {
  const usage = ec2InstanceType(name)?.usage;
  return market !== "spot" || usage === undefined || usage.includes("spot");
}

/** A block has both ends; a reservation may have none, and then there is no window. */
function windowOf(reserved: Reserved | undefined): Offering["window"] {
  if (reserved?.from === undefined || reserved.until === undefined) return undefined;
  return { from: reserved.from, until: reserved.until };
}

function usedUp(reserved: Reserved | undefined): string | undefined {
  if (reserved === undefined || reserved.state === "scheduled") return undefined;
  if (reserved.state !== "active") return `the reservation is ${reserved.state}`;
  return reserved.free > 0 ? undefined : `all ${reserved.total} of the reservation are in use`;
}

function tooDear(pool: Pool, market: Market, price: number | undefined): string | undefined {
  const most = pool.maxSpotPrice;
  if (market !== "spot" || most === undefined || price === undefined || price <= most) {
    return undefined;
  }
  return `the spot price is $${price} an hour, above SpotPrice ${most}`;
}
