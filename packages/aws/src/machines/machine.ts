import type { Instance } from "@aws-sdk/client-ec2";
import type { Machine, MachineRole, MachineState, Market } from "@sluice/cloud";
import { TAGS } from "../names.ts";
import { tagRecord } from "./plan/tags.ts";
import type { KeptBatch, MachineStore, Slot } from "./store.ts";

/**
 * An instance as a machine of the cluster. One that nobody here asked for (the memory of a former head
 * was lost) has no node, and a token of its own.
 */
export function machineOf(instance: Instance, store: MachineStore): Machine {
  const id = instance.InstanceId ?? "";
  const tags = tagRecord(instance.Tags);
  const slot = store.slotOfInstance(id);
  const batch = store.batch(slot?.batch ?? "");
  const queue = tags[TAGS.queue];
  const computeResource = tags[TAGS.computeResource];
  return {
    id,
    token: slot?.token ?? `unknown-${id}`,
    role: roleOf(tags[TAGS.role]),
    node: slot?.node ?? "",
    pool:
      queue === undefined || computeResource === undefined ? undefined : { queue, computeResource },
    offering: {
      instanceType: instance.InstanceType ?? "",
      zone: instance.Placement?.AvailabilityZone ?? "",
      market: batch?.offering.market ?? marketOf(instance),
    },
    state: stateOf(instance.State?.Name),
    address: instance.PrivateIpAddress,
    launchedAt: instance.LaunchTime ?? new Date(0),
    tags,
  };
}

/** A machine that was accepted and that EC2 does not show yet. */
export function pendingMachine(
  instanceId: string,
  { pool, offering, createdAt }: KeptBatch,
  { token, node }: Slot,
): Machine {
  return {
    id: instanceId,
    token,
    role: "compute",
    node,
    pool,
    offering,
    state: "pending",
    address: undefined,
    launchedAt: createdAt,
    tags: {},
  };
}

/** EC2's `stopping` is on the way to `stopped`: it can't be started yet, and it is not going for ever. */
function stateOf(name: string | undefined): MachineState {
  switch (name) {
    case "running":
    case "stopping":
      return "running";
    case "shutting-down":
      return "stopping";
    case "stopped":
      return "stopped";
    case "terminated":
      return "gone";
    default:
      return "pending";
  }
}

function roleOf(tag: string | undefined): MachineRole {
  return tag === "head" || tag === "login" ? tag : "compute";
}

function marketOf({ InstanceLifecycle, CapacityReservationSpecification }: Instance): Market {
  if (InstanceLifecycle === "spot") return "spot";
  if (InstanceLifecycle === "capacity-block") return "block";
  const target = CapacityReservationSpecification?.CapacityReservationTarget;
  return target === undefined ? "on-demand" : "reserved";
}
