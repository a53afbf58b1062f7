import type { ClusterConfig } from "./config.ts";
import { LOCAL_ZONE } from "./schema/zones.ts";

/** Where a head is. Slot 1 is the head's own place, 2 that of the second one; neither leads by it. */
export interface HeadPlace {
  readonly slot: 1 | 2;
  /** A zone of the local cloud. On AWS the subnet says it, and this is empty. */
  readonly zone: string;
  readonly instanceType: string;
}

/** What these need of a cluster; files that are read only in part have it too. */
export type ZonedConfig = Pick<ClusterConfig, "Provider" | "HeadNode" | "Scheduling" | "Local">;

/** Zones of a local cluster, in the order of its file; none on another cloud. */
export function localZones({
  Provider,
  Local,
}: Pick<ClusterConfig, "Provider" | "Local">): readonly string[] {
  return Provider === "local" ? (Local?.Zones ?? [LOCAL_ZONE]) : [];
}

/** One place, or two with `HeadNode.Standby`. */
export function headPlaces(
  config: Pick<ClusterConfig, "Provider" | "HeadNode" | "Local">,
): readonly HeadPlace[] {
  const { InstanceType, Standby, Zone } = config.HeadNode;
  const zones = localZones(config);
  const own = zones.length === 0 ? "" : (Zone ?? zones[0] ?? LOCAL_ZONE);
  const first: HeadPlace = { slot: 1, zone: own, instanceType: InstanceType };
  if (Standby === undefined) return [first];
  const other = Standby.Zone ?? zones.find((zone) => zone !== own) ?? own;
  const instanceType = Standby.InstanceType ?? InstanceType;
  return [first, { slot: 2, zone: zones.length === 0 ? "" : other, instanceType }];
}

/** Zones that machines of a local queue may be in; none on another cloud, or for no queue of it. */
export function queueZones(config: ZonedConfig, queueName: string): readonly string[] {
  const queue = config.Scheduling.SlurmQueues.find(({ Name }) => Name === queueName);
  if (queue === undefined || config.Provider !== "local") return [];
  return queue.Networking?.Zones ?? localZones(config);
}
