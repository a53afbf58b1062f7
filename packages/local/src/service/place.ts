import type { LocalMachineType } from "@sluice/model";
import type { Network } from "../host/network.ts";
import { zoneLinks } from "../host/zone-network.ts";
import type { NamesFile } from "./names.ts";

/** A network with zones, as the links of the host are made from it. */
export interface ZonedNetwork {
  readonly network: Network;
  /** The core, which has the host's address. */
  readonly bridge: string;
  readonly zones: readonly string[];
}

/** Where machines of one owner are: a network, a part of its addresses, and its zones. */
export interface Place extends ZonedNetwork {
  /** Whose the machines are: a cluster, or `site:NAME`. */
  readonly owner: string;
  /** Unique over all states of this host. */
  readonly id: string;
  /** Whose the zones are: the same, or the site of a cluster that belongs to one. */
  readonly zoneOwner: string;
  /** The addresses that are its own; all of `network` but in a site. */
  readonly range: Network;
  readonly types: ReadonlyMap<string, LocalMachineType>;
  readonly names: NamesFile;
  /** Folder of its machines' folders. */
  readonly machines: string;
  /** Whether the zone has no power. As it is at the moment of the call. */
  readonly isFailed: (zone: string) => boolean;
  /** Whether the cable of a machine is pulled. */
  readonly isUnplugged: (machineId: string) => boolean;
}

/** The zone of networks that name none. */
export const DEFAULT_ZONE = "local";

/** A network of the one default zone is its core bridge alone. */
export function hasZoneBridges(zones: readonly string[]): boolean {
  return zones.length > 1 || zones[0] !== DEFAULT_ZONE;
}

/** The bridge that machines of a zone are plugged into. */
export function bridgeOf({ bridge, zones }: ZonedNetwork, zone: string): string {
  const index = zones.indexOf(zone);
  return hasZoneBridges(zones) && index >= 0 ? zoneLinks(bridge, index).bridge : bridge;
}
