import { machineTypeOf } from "../catalogue/machine-types.ts";
import type { ClusterConfig } from "../cluster-file/config.ts";
import { headPlaces } from "../cluster-file/zones.ts";
import { countOf, isOtherMachine, namesOf, type Resource } from "./clusters.ts";
import type { Difference } from "./differences.ts";
import type { Clusters, Need } from "./need.ts";

/**
 * A machine type of the local cloud that the file declares is changed, added or removed. It is in
 * no queue itself: what matters is which machines of it run.
 */
export function judgeMachineType(
  { where: { machineType: name = "" }, kind, isEntry }: Difference,
  { before, after }: Clusters,
): Need {
  if (machineTypeOf("local", name, before.config) === undefined) {
    return { is: "nothing", why: "it is a machine type more" };
  }
  const resources = usersOf(name, { before, after });
  const isHead = isOfHeads(before.config, name);
  if (isEntry && !isOtherMachine(before.config, after.config, name)) {
    return { is: "nothing", why: "its machines have as much as before" };
  }
  if (isHead && isOfHeads(after.config, name)) {
    return {
      is: "never",
      why: "the head node is a machine of this type, and is not replaced by an update",
      suggestion: "give the new machine type a name of its own, and write that in the queues",
    };
  }
  if (countOf(resources) === 0) {
    return { is: "nothing", why: "no node is a machine of this type" };
  }
  return {
    is: "nodes-off",
    why: isEntry && kind === "removed" ? "its machines go" : "only new machines have it",
    nodes: () => namesOf(resources),
    replaces: true,
  };
}

function isOfHeads(config: ClusterConfig, name: string): boolean {
  return headPlaces(config).some(({ instanceType }) => instanceType === name);
}

/** Resources of the old file whose machines are of the type, or will be when both is applied. */
function usersOf(name: string, { before, after }: Clusters): readonly Resource[] {
  const young = after
    .resourcesOfType(name)
    .flatMap(({ queue, resource }) =>
      before.resources({ queue: queue.Name, resource: resource.Name }),
    );
  return [...new Set([...before.resourcesOfType(name), ...young])];
}
