import { type ClusterConfig, type HeadPlace, headPlaces } from "@sluice/model";
import { addressAt, type Network } from "../host/network.ts";

/** Of the address that the cluster's nodes, users and servers know. */
const COMMON_ADDRESS = 2;

/** A head's place, with what the machine there is called and its own address. */
export interface HeadSlot extends HeadPlace {
  /** Its host name is `head` in any case. */
  readonly node: string;
  readonly address: string;
}

/** The address that is the head's, or that of the one of two that leads. */
export function commonAddress(range: Network): string {
  return addressAt(range, COMMON_ADDRESS);
}

export function headSlots(
  config: Pick<ClusterConfig, "Provider" | "HeadNode" | "Local">,
  range: Network,
): readonly HeadSlot[] {
  const places = headPlaces(config);
  if (places.length === 1)
    return places.map((place) => ({ ...place, node: "head", address: commonAddress(range) }));
  return places.map((place) => ({
    ...place,
    node: `head-${place.slot}`,
    address: addressAt(range, COMMON_ADDRESS + place.slot),
  }));
}

/** Whether a head of that name is one of two. */
export function isOneOfTwo(node: string): boolean {
  return node !== "head";
}
