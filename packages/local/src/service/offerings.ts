import type { Market, Offering } from "@sluice/cloud";
import type { LocalMachineType } from "@sluice/model";

/** What a spot machine costs when the cluster file does not say, as a share of the usual price. */
const SPOT_SHARE = 0.3;

/** What a pool may have. */
export interface OfferingsWanted {
  readonly instanceTypes: readonly string[];
  readonly markets: readonly Market[];
  /** In the order in which they are to be asked where nothing else decides. */
  readonly zones: readonly string[];
}

/** Nobody can reserve machines of this host, so that those markets have no rows. */
export function offerings(
  types: ReadonlyMap<string, LocalMachineType>,
  { instanceTypes, markets, zones }: OfferingsWanted,
): readonly Offering[] {
  return instanceTypes.flatMap((instanceType) => {
    const machineType = types.get(instanceType);
    if (machineType === undefined) return [];
    return markets
      .filter((market) => market === "on-demand" || market === "spot")
      .flatMap((market) =>
        zones.map((zone) => ({
          instanceType,
          zone,
          market,
          machineType,
          price: market === "spot" ? spotPrice(machineType) : machineType.pricePerHour,
        })),
      );
  });
}

function spotPrice({ spotPricePerHour, pricePerHour }: LocalMachineType): number | undefined {
  if (spotPricePerHour !== undefined) return spotPricePerHour;
  return pricePerHour === undefined ? undefined : pricePerHour * SPOT_SHARE;
}
