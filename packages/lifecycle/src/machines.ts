import type { Machine } from "@sluice/cloud";
import { headControl } from "./head-control.ts";
import type { ClusterOperation } from "./operation.ts";

/**
 * Every machine of a cluster. Where the cloud can't tell which nodes its machines are, the head is
 * asked; one that does not answer leaves them with their ids.
 */
export async function machinesOf({
  cloud,
  name,
  signal,
}: ClusterOperation): Promise<readonly Machine[]> {
  const machines = await cloud.infrastructure.machines(name);
  const nameless = machines.some(({ node, id, state }) => node === id && state !== "gone");
  if (!nameless) return machines;
  const control = headControl(cloud.shell, name, signal === undefined ? {} : { signal });
  const nodes = await control.nodes().catch(() => {
    signal?.throwIfAborted();
    return [];
  });
  const byMachine = new Map(nodes.map((node) => [node.machineId, node.name]));
  return machines.map((machine) => ({
    ...machine,
    node: byMachine.get(machine.id) ?? machine.node,
  }));
}
