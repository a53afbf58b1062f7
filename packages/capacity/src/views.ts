import type { Machine } from "@sluice/cloud";
import type { ComputeFleet, NodeView, UnavailableOffering } from "@sluice/model";
import type { SlurmNode, SlurmPartition } from "@sluice/slurm";
import { isReady, phaseOf } from "./observe/node-phase.ts";
import type { Pools } from "./pools.ts";
import type { FleetRecord, Unavailability } from "./store/contract.ts";

/** The cluster's nodes as people see them, in the order of the cluster file. */
export function toNodeViews(
  nodes: readonly SlurmNode[],
  machines: readonly Machine[],
  pools: Pools,
): readonly NodeView[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const byNode = new Map<string, Machine>();
  for (const machine of machines) {
    if (machine.state !== "stopping" || !byNode.has(machine.node))
      byNode.set(machine.node, machine);
  }
  return [...pools.places].flatMap(([name, { spec }]) => {
    const node = byName.get(name);
    if (node === undefined) return [];
    const machine = byNode.get(name);
    return {
      name,
      queue: spec.pool.queue,
      computeResource: spec.pool.computeResource,
      state: node.state,
      reason: node.reason ?? null,
      machineId: machine?.id ?? null,
      address: machine?.address ?? null,
    };
  });
}

export function toFleetView(
  fleet: FleetRecord,
  partitions: readonly SlurmPartition[],
  nodes: readonly SlurmNode[],
  unavailable: readonly Unavailability[],
  pools: Pools,
  now: Date,
): ComputeFleet {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const counts = new Map(pools.queues.map((name) => [name, { total: 0, up: 0, starting: 0 }]));
  for (const [name, { spec }] of pools.places) {
    const count = counts.get(spec.pool.queue);
    const node = byName.get(name);
    if (count === undefined || node === undefined) continue;
    count.total += 1;
    if (isReady(node)) count.up += 1;
    else if (phaseOf(node) === "starting") count.starting += 1;
  }
  return {
    status: fleet.status,
    lastStatusUpdatedTime: fleet.updatedAt.toISOString(),
    queues: [...counts].map(([name, count]) => ({
      name,
      state: partitions.find((partition) => partition.name === name)?.state ?? "UNKNOWN",
      nodes: count,
    })),
    unavailable: unavailable.filter((one) => one.until > now).map(toUnavailableOffering),
  };
}

function toUnavailableOffering({
  pool,
  offering,
  reason,
  until,
}: Unavailability): UnavailableOffering {
  const { queue, computeResource } = pool;
  return { queue, computeResource, ...offering, reason, until: until.toISOString() };
}
