import {
  CreatePlacementGroupCommand,
  DeletePlacementGroupCommand,
  DescribePlacementGroupsCommand,
  type PlacementGroup,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import { described, fields } from "./describe.ts";
import type { Instances } from "./instances.ts";
import type { Ec2State, Operations } from "./state.ts";
import { tagsFor } from "./tags.ts";

const FILTERS = fields<PlacementGroup>("GroupName", "GroupId", "GroupArn", "State", "Strategy");

export function placementGroupOperations(state: Ec2State, instances: Instances): Operations {
  return {
    CreatePlacementGroup: handle(CreatePlacementGroupCommand, (input) => {
      const name = input.GroupName ?? "";
      if (state.placementGroups.values().some(({ GroupName }) => GroupName === name)) {
        throw new ServiceError(
          "InvalidPlacementGroup.Duplicate",
          `The placement group '${name}' already exists.`,
        );
      }
      const group: PlacementGroup = {
        GroupId: state.placementGroups.newId(),
        GroupName: name,
        GroupArn: state.arn("placement-group", name),
        State: "available",
        Strategy: input.Strategy ?? "cluster",
        Tags: tagsFor(input.TagSpecifications, "placement-group"),
      };
      state.placementGroups.add(group);
      return { PlacementGroup: group };
    }),
    DeletePlacementGroup: handle(DeletePlacementGroupCommand, ({ GroupName = "" }) => {
      const group = groupNamed(state, GroupName);
      const isUsed = instances
        .values()
        .some(
          ({ row, state: now }) => now !== "terminated" && row.Placement?.GroupName === GroupName,
        );
      if (isUsed) {
        throw new ServiceError(
          "InvalidPlacementGroup.InUse",
          `The placement group '${GroupName}' is in use and may not be deleted.`,
        );
      }
      state.placementGroups.delete(group.GroupId ?? "");
      return {};
    }),
    DescribePlacementGroups: handle(DescribePlacementGroupsCommand, (input) => {
      const ids = [
        ...(input.GroupIds ?? []),
        ...(input.GroupNames ?? []).map((name) => groupNamed(state, name).GroupId ?? ""),
      ];
      const found = described(state.placementGroups, ids, { Filters: input.Filters }, FILTERS);
      return { PlacementGroups: found.rows };
    }),
  };
}

/** @throws ServiceError when there is none of that name. */
export function groupNamed(state: Ec2State, name: string): PlacementGroup {
  const group = state.placementGroups.values().find(({ GroupName }) => GroupName === name);
  if (group !== undefined) return group;
  throw new ServiceError(
    "InvalidPlacementGroup.Unknown",
    `The Placement Group '${name}' is unknown.`,
  );
}
