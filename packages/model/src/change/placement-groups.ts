import type { Resource } from "./clusters.ts";
import type { Difference } from "./differences.ts";
import type { Clusters } from "./need.ts";

interface PlacementGroup {
  readonly Enabled?: boolean | undefined;
  readonly Id?: string | undefined;
  readonly Name?: string | undefined;
}

/** Whether a placement group that the cloud made for a compute resource is to go. */
export function losesManagedGroup({ where }: Difference, { before, after }: Clusters): boolean {
  return before.resources(where).some((one) => {
    const [other] = after.resources({ queue: one.queue.Name, resource: one.resource.Name });
    return isManaged(groupOf(one)) && !(other !== undefined && isManaged(groupOf(other)));
  });
}

function isManaged(group: PlacementGroup | undefined): boolean {
  return group?.Enabled === true && group.Id === undefined && group.Name === undefined;
}

/** What the compute resource says goes before what its queue says. */
function groupOf({ queue, resource }: Resource): PlacementGroup | undefined {
  return resource.Networking?.PlacementGroup ?? queue.Networking?.PlacementGroup;
}
