import { type ClusterConfig, isSluiceError } from "@sluice/model";
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
import type { ClusterRow, LocalStore } from "./store.ts";

/**
 * The network that the file asks for, or a free one. Throws LOCAL_NETWORK_IN_USE when the file's
 * overlaps one of the host or of another cluster, running or not.
 */
export async function chooseNetwork(
  config: ClusterConfig,
  clusters: readonly ClusterRow[],
): Promise<Network> {
  const used = await hostNetworks();
  const reserved = clusters.map((row) => ({
    link: `cluster ${row.name}`,
    network: parseNetwork(row.network),
  }));
  const wanted = config.Local?.Network;
  if (wanted === undefined)
    return pickNetwork([...used, ...reserved].map(({ network }) => network));
  const network = parseNetwork(wanted);
  const clash = [...used, ...reserved].find((other) => overlaps(network, other.network));
  if (clash === undefined) return network;
  throw networkInUse(`Local.Network ${wanted}`, clash);
}

/**
 * Makes the cluster's bridge, with another network than was chosen when somebody else came first with
 * that; one that the file asks for is not changed.
 */
export async function makeNetwork(
  row: ClusterRow,
  config: ClusterConfig,
  store: Pick<LocalStore, "clusters" | "updateCluster">,
): Promise<void> {
  for (let network = parseNetwork(row.network); ; ) {
    try {
      await makeBridge(row.bridge, network);
      return;
    } catch (error) {
      const isTaken = isSluiceError(error) && error.code === "LOCAL_NETWORK_IN_USE";
      if (!isTaken || config.Local?.Network !== undefined) throw error;
      network = await chooseNetwork(config, store.clusters());
      store.updateCluster(row.name, { network: formatNetwork(network) });
    }
  }
}
