import type { ClusterConfig, ComputeResource, SlurmQueue } from "./config.ts";
import type { IdleTime } from "./schema/duration.ts";

/** What holds in a queue where its keys leave it to the rest of the file. */
export interface QueueSettings {
  readonly scalingStrategy: ClusterConfig["Scheduling"]["ScalingStrategy"];
  readonly idleTime: IdleTime;
  /** Seconds before a reservation of Slurm begins. */
  readonly reservationLeadSeconds: number;
}

export function queueSettings(config: ClusterConfig, queue: SlurmQueue): QueueSettings {
  const { ScalingStrategy, SlurmSettings } = config.Scheduling;
  return {
    scalingStrategy: queue.ScalingStrategy ?? ScalingStrategy,
    idleTime: queue.ScaledownIdletime ?? SlurmSettings.ScaledownIdletime,
    // A local machine is up in seconds.
    reservationLeadSeconds:
      queue.ReservationLead?.seconds ?? (config.Provider === "local" ? 10 : 180),
  };
}

/** A capacity reservation by exactly one of its id and a resource group that it is in. */
export type CapacityReservation = { readonly id: string } | { readonly group: string };

/**
 * What the machines of a compute resource come out of: its own CapacityReservationTarget before its
 * queue's. Undefined without one, and where the chosen cloud knows no such thing.
 */
export function capacityReservation(
  config: Pick<ClusterConfig, "Provider">,
  queue: SlurmQueue,
  resource: ComputeResource,
): CapacityReservation | undefined {
  const target = resource.CapacityReservationTarget ?? queue.CapacityReservationTarget;
  const { CapacityReservationId: id, CapacityReservationResourceGroupArn: group } = target ?? {};
  if (config.Provider === "local") return undefined;
  if (id !== undefined) return { id };
  return group === undefined || config.Provider !== "aws" ? undefined : { group };
}

/** Where machines are placed close together; `name` is that of an existing group. */
export interface Placement {
  readonly name?: string;
}

/**
 * The placement group of a compute resource: what it says itself before what its queue says.
 * Undefined without one.
 */
export function placementGroup(
  queue: SlurmQueue,
  resource: ComputeResource,
): Placement | undefined {
  const own = resource.Networking?.PlacementGroup;
  const says = own?.Enabled !== undefined || own?.Id !== undefined || own?.Name !== undefined;
  const { Enabled, Id, Name } = (says ? own : queue.Networking?.PlacementGroup) ?? {};
  const name = Name ?? Id;
  if (!(Enabled ?? name !== undefined)) return undefined;
  return name === undefined ? {} : { name };
}
