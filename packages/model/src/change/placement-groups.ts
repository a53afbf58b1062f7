import { placementGroup } from "../cluster-file/queue-settings.ts";
import type { Resource } from "./clusters.ts";
import type { Difference } from "./differences.ts";
import type { Clusters } from "./need.ts";

/** Whether a placement group that the cloud made for a compute resource is to go. */
export function losesManagedGroup({ where }: Difference, { before, after }: Clusters): boolean {
  return before.resources(where).some((one) => {
    const [other] = after.resources({ queue: one.queue.Name, resource: one.resource.Name });
    return isManaged(one) && !(other !== undefined && isManaged(other));
  });
}

function isManaged({ queue, resource }: Resource): boolean {
  const placement = placementGroup(queue, resource);
  return placement !== undefined && placement.name === undefined;
}
