import type { ClusterConfig, ComputeResource, SlurmQueue } from "@sluice/model";

/**
 * The leaf switch of a compute resource's nodes, by its placement group, which no job of several
 * nodes should leave. Each compute resource has one of its own unless it names one, and then those
 * that name the same share it, over queues, too. Undefined without a placement group, and on the
 * local cloud, which has none.
 */
export function leafSwitches(
  config: ClusterConfig,
): (queue: SlurmQueue, resource: ComputeResource) => string | undefined {
  if (config.Provider === "local") return () => undefined;
  const named = new Map<string, string>();
  return (queue, resource) => {
    const { Enabled, Id, Name } = placementGroup(queue, resource) ?? {};
    const name = Name ?? Id;
    if (!(Enabled ?? name !== undefined)) return undefined;
    const own = `${queue.Name}.${resource.Name}`;
    if (name === undefined) return own;
    if (!named.has(name)) named.set(name, own);
    return named.get(name);
  };
}

/** What the compute resource says goes before what its queue says. */
function placementGroup(queue: SlurmQueue, resource: ComputeResource) {
  const own = resource.Networking?.PlacementGroup;
  const says = own?.Enabled !== undefined || own?.Id !== undefined || own?.Name !== undefined;
  return says ? own : queue.Networking?.PlacementGroup;
}
