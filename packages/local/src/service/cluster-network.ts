import { type ClusterConfig, SluiceError } from "@sluice/model";
import {
  formatNetwork,
  hostNetworks,
  type Network,
  overlaps,
  parseNetwork,
  pickNetwork,
} from "../host/network.ts";
import type { ClusterRow } from "./store.ts";

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
  throw new SluiceError(
    "LOCAL_NETWORK_IN_USE",
    "user",
    `Local.Network ${wanted} is in use by ${clash.link} (${formatNetwork(clash.network)})`,
    {
      hint: "give another range, or leave the key out and a free one is chosen",
    },
  );
}
