import { SluiceError } from "@sluice/model";
import {
  formatNetwork,
  hostNetworks,
  type Network,
  networkInUse,
  overlaps,
  parseNetwork,
  pickNetwork,
} from "../host/network.ts";
import type { LocalStore } from "./store.ts";

/** What a site has unless its file names a network: 16 ranges of 1,024 addresses. */
const SITE_PREFIX = 18;
/** The site's own range is the first, each of its clusters has one of the others. */
const RANGE_PREFIX = 22;

/** The index-th range of a site's network. */
export function siteRange(network: Network, index: number): Network {
  return { base: network.base + index * 2 ** (32 - RANGE_PREFIX), prefix: RANGE_PREFIX };
}

/**
 * The network that is wanted, or a free one.
 *
 * Errors: `LOCAL_NETWORK_IN_USE`, `LOCAL_NETWORK_FULL`.
 */
export async function chooseSiteNetwork(
  wanted: string | undefined,
  store: Pick<LocalStore, "clusters" | "sites">,
): Promise<Network> {
  const used = [...(await hostNetworks()), ...reservedNetworks(store)];
  if (wanted === undefined) {
    return pickNetwork(
      used.map(({ network }) => network),
      SITE_PREFIX,
    );
  }
  const network = parseNetwork(wanted);
  const clash = used.find((other) => overlaps(network, other.network));
  if (clash === undefined) return network;
  throw networkInUse(`Network ${wanted}`, clash);
}

/** Networks of all clusters and sites, running or not. */
export function reservedNetworks(
  store: Pick<LocalStore, "clusters" | "sites">,
): readonly { readonly link: string; readonly network: Network }[] {
  return [
    ...store.sites.list().map(({ name, network }) => ({ link: `site ${name}`, network })),
    ...store.clusters().map(({ name, network }) => ({ link: `cluster ${name}`, network })),
  ].map(({ link, network }) => ({ link, network: parseNetwork(network) }));
}

/** The first range that no cluster of the site has. Errors: `LOCAL_NETWORK_FULL`. */
export function freeRange(network: Network, taken: readonly string[]): Network {
  const count = 2 ** Math.max(0, RANGE_PREFIX - network.prefix);
  for (let index = 1; index < count; index++) {
    const range = siteRange(network, index);
    if (!taken.includes(formatNetwork(range))) return range;
  }
  throw new SluiceError(
    "LOCAL_NETWORK_FULL",
    "system",
    `no range is free in ${formatNetwork(network)}, which has ${count - 1} for clusters`,
    { hint: "delete a cluster of the site" },
  );
}
