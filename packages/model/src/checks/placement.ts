import type { DraftFile } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { awsGroupsOf, isPlaced } from "./compute-groups.ts";
import { providerOf } from "./provider.ts";
import { computeResourcesOf, queuesOf } from "./resources.ts";

type DraftPlacement =
  | {
      readonly Enabled?: boolean | null | undefined;
      readonly Id?: string | null | undefined;
      readonly Name?: string | null | undefined;
    }
  | null
  | undefined;

/** Every PlacementGroup section, of queues and of compute resources. */
export function* placementSectionsOf(
  file: DraftFile,
): Generator<{ readonly section: NonNullable<DraftPlacement>; readonly path: Path }> {
  for (const { queue, path } of queuesOf(file)) {
    const section: DraftPlacement = queue.Networking?.PlacementGroup;
    if (section) yield { section, path: [...path, "Networking", "PlacementGroup"] };
  }
  for (const { resource, path } of computeResourcesOf(file)) {
    const section: DraftPlacement = resource.Networking?.PlacementGroup;
    if (section) yield { section, path: [...path, "Networking", "PlacementGroup"] };
  }
}

/** An existing group has one name and is used. */
export function* placementGroupNames(file: DraftFile): Generator<Problem> {
  if (providerOf(file) === "local") return;
  for (const { section, path } of placementSectionsOf(file)) {
    const { Enabled: enabled, Id: id, Name: name } = section;
    if (id !== undefined && name !== undefined) {
      const message = "a placement group is named by Id and by Name, and each alone says which";
      yield problem("PlacementGroupNamingValidator", [...path, "Id"], message, "keep one of them", {
        at: "key",
      });
    }
    const existing = name ?? id;
    if (enabled !== false || typeof existing !== "string") continue;
    const message = `the placement group ${showValue(existing)} is named, and Enabled is false`;
    const suggestion = "write Enabled: true, or remove the name";
    yield problem("PlacementGroupNamingValidator", [...path, "Enabled"], message, suggestion);
  }
}

/** Not every machine type can be placed, and no group spans zones. */
export function* placements(file: DraftFile): Generator<Problem> {
  for (const group of awsGroupsOf(file)) {
    const { placement, types, label, zones, capacityType } = group;
    if (!isPlaced(group) || placement === undefined || placement.is === "unsaid") continue;
    for (const { name, path, facts } of types) {
      if (facts === undefined || facts.placement) continue;
      const message = `${name} can't be launched into a placement group, which ${label} has`;
      const suggestion = "write another machine type, or PlacementGroup with Enabled: false";
      yield problem("InstanceTypePlacementGroupValidator", path, message, suggestion);
    }
    if (zones === "several") {
      const message = `a placement group is in one zone, and ${label} has subnets in several`;
      const suggestion = "write one subnet in SubnetIds of the queue, or Enabled: false";
      yield problem("MultiAzPlacementGroupValidator", placement.path, message, suggestion, {
        at: "key",
      });
    }
    if (capacityType === "CAPACITY_BLOCK") {
      const message = `the machines of a capacity block are close together already, and a placement group for ${label} may make EC2 refuse them although the block has room`;
      const suggestion = "remove the placement group";
      yield problem("PlacementGroupCapacityTypeValidator", placement.path, message, suggestion, {
        at: "key",
        level: "WARNING",
      });
    }
  }
}
