import type { ApplyRequest } from "@sluice/cloud";
import { type ClusterConfig, isSluiceError, localZones } from "@sluice/model";
import {
  formatNetwork,
  hostNetworks,
  makeBridge,
  type Network,
  networkInUse,
  overlaps,
  parseNetwork,
  pickNetwork,
} from "../host/network.ts";
import { makeZones, removeNetworkLinks } from "../host/zone-network.ts";
import { siteNotFound, zoneNotFound } from "./not-found.ts";
import { hasZoneBridges } from "./place.ts";
import { freeRange, reservedNetworks } from "./site-network.ts";
import { readSiteFile } from "./site-plan.ts";
import type { ClusterRow, LocalStore } from "./store.ts";

/**
 * The network that the file asks for, or a free one. Throws LOCAL_NETWORK_IN_USE when the file's
 * overlaps one of the host or of another cluster, running or not.
 */
export async function chooseNetwork(
  config: ClusterConfig,
  store: Pick<LocalStore, "clusters" | "sites">,
): Promise<Network> {
  const used = await hostNetworks();
  const reserved = reservedNetworks(store);
  const wanted = config.Local?.Network;
  if (wanted === undefined)
    return pickNetwork([...used, ...reserved].map(({ network }) => network));
  const network = parseNetwork(wanted);
  const clash = [...used, ...reserved].find((other) => overlaps(network, other.network));
  if (clash === undefined) return network;
  throw networkInUse(`Local.Network ${wanted}`, clash);
}

/**
 * Makes the cluster's bridge and those of its zones, with another network than was chosen when somebody else came first with
 * that; one that the file asks for is not changed. A cluster of a site has the site's.
 */
export async function makeNetwork(
  row: ClusterRow,
  config: ClusterConfig,
  store: Pick<LocalStore, "clusters" | "sites" | "updateCluster">,
): Promise<void> {
  if (row.site !== null) return;
  for (let network = parseNetwork(row.network); ; ) {
    try {
      await makeBridge(row.bridge, network);
      const zones = localZones(config);
      if (hasZoneBridges(zones)) await makeZones(row.bridge, zones.length);
      return;
    } catch (error) {
      const isTaken = isSluiceError(error) && error.code === "LOCAL_NETWORK_IN_USE";
      if (!isTaken || config.Local?.Network !== undefined) throw error;
      network = await chooseNetwork(config, store);
      store.updateCluster(row.name, { network: formatNetwork(network) });
    }
  }
}

/** What `makeNetwork` made. */
export async function removeNetwork({
  site,
  bridge,
}: Pick<ClusterRow, "site" | "bridge">): Promise<void> {
  if (site === null) await removeNetworkLinks(bridge);
}

/** Where a cluster's machines will be. */
export interface ChosenPlace {
  readonly network: Network;
  /** Of the site that it belongs to. */
  readonly within?: { readonly site: string; readonly bridge: string; readonly range: Network };
}

/**
 * A network of its own, or a range of its site's.
 *
 * Errors: those of `chooseNetwork`; `SITE_NOT_FOUND`, `ZONE_NOT_FOUND`, `LOCAL_NETWORK_FULL`.
 */
export async function choosePlace(
  { config, site: name }: Pick<ApplyRequest, "config" | "site">,
  store: Pick<LocalStore, "clusters" | "sites">,
): Promise<ChosenPlace> {
  if (name === undefined) return { network: await chooseNetwork(config, store) };
  const site = store.sites.get(name);
  if (site === undefined) throw siteNotFound(name);
  const zones = readSiteFile(site.text, name).Zones;
  const strange = localZones(config).find((zone) => !zones.includes(zone));
  if (strange !== undefined) throw zoneNotFound(`site ${name}`, strange, zones);
  const network = parseNetwork(site.network);
  const taken = store.clusters().flatMap((row) => (row.site === name ? (row.range ?? []) : []));
  const range = freeRange(network, taken);
  return { network, within: { site: name, bridge: site.bridge, range } };
}
