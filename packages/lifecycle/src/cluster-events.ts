import type { Progress } from "@sluice/cloud";
import { type FleetEvent, isSluiceError } from "@sluice/model";
import { headControl } from "./head-control.ts";
import { type ClusterOperation, requireCluster } from "./operation.ts";

export interface ClusterEvent {
  readonly time: string;
  /** Who saw it: the cloud's long-lived things, or the node manager on the head. */
  readonly source: "cluster" | "fleet";
  /** The resource of a cluster event, the kind of a fleet event. */
  readonly kind: string;
  readonly status?: Progress["status"];
  readonly node?: string;
  readonly job?: string;
  readonly machineId?: string;
  readonly message: string;
}

export interface ClusterEvents {
  readonly events: readonly ClusterEvent[];
  /** Why the node manager's events are missing, when they are. */
  readonly incomplete?: string;
}

/**
 * Everything that happened to a cluster, oldest first. A head that does not answer leaves its own
 * events out and says so in `incomplete`.
 *
 * Errors: `CLUSTER_NOT_FOUND`.
 */
export async function clusterEvents(operation: ClusterOperation): Promise<ClusterEvents> {
  const { cloud, name, signal } = operation;
  const record = await requireCluster(cloud, name);
  const cluster = (await cloud.infrastructure.events(name)).map(fromProgress);
  if (record.status !== "CREATE_COMPLETE") {
    return { events: cluster, incomplete: `the head node is off (${record.status})` };
  }
  try {
    const control = headControl(cloud.shell, name, signal === undefined ? {} : { signal });
    const fleet = (await control.events()).events.map(fromFleet);
    return { events: [...cluster, ...fleet].sort(byTime) };
  } catch (error) {
    if (!isSluiceError(error) || error.source === "user") throw error;
    return { events: cluster, incomplete: error.message };
  }
}

function fromProgress({ time, resource, status, message }: Progress): ClusterEvent {
  return { time: time.toISOString(), source: "cluster", kind: resource, status, message };
}

function fromFleet(event: FleetEvent): ClusterEvent {
  return { ...event, source: "fleet" };
}

function byTime(a: ClusterEvent, b: ClusterEvent): number {
  return Date.parse(a.time) - Date.parse(b.time);
}
