import {
  type ClusterConfig,
  type ComputeResource,
  placementGroup,
  type SlurmQueue,
} from "@sluice/model";

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
    const placement = placementGroup(queue, resource);
    if (placement === undefined) return undefined;
    const own = `${queue.Name}.${resource.Name}`;
    const { name } = placement;
    if (name === undefined) return own;
    if (!named.has(name)) named.set(name, own);
    return named.get(name);
  };
}
