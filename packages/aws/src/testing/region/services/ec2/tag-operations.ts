import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeTagsCommand,
  type TagDescription,
} from "@aws-sdk/client-ec2";
import { handle, ServiceError } from "../../contract.ts";
import { fields, pageOf, passing } from "./describe.ts";
import type { Ec2State, Operations } from "./state.ts";
import type { Tagged } from "./table.ts";
import { merged } from "./tags.ts";

const FILTERS = {
  ...fields<TagDescription>("Key", "Value", "ResourceId", "ResourceType"),
};

export function tagOperations(state: Ec2State): Operations {
  return {
    CreateTags: handle(CreateTagsCommand, ({ Resources = [], Tags = [] }) => {
      const rows = Resources.map((id) => resource(state, id).row);
      const tagged = rows.map((row) => merged(row.Tags ?? [], Tags));
      rows.forEach((row, at) => {
        row.Tags = tagged[at];
      });
      return {};
    }),
    DeleteTags: handle(DeleteTagsCommand, ({ Resources = [], Tags }) => {
      for (const row of Resources.map((id) => resource(state, id).row)) {
        row.Tags = row.Tags?.filter(
          ({ Key, Value }) =>
            Tags !== undefined &&
            !Tags.some((gone) => gone.Key === Key && (gone.Value ?? Value) === Value),
        );
      }
      return {};
    }),
    DescribeTags: handle(DescribeTagsCommand, (input) => {
      const all = state.tables().flatMap((table) =>
        table.values().flatMap((row) =>
          (row.Tags ?? []).map(({ Key, Value }) => ({
            ResourceId: table.idOf(row),
            ResourceType: table.kind.resource as NonNullable<TagDescription["ResourceType"]>,
            Key,
            Value,
          })),
        ),
      );
      const rows = passing(all, input.Filters, FILTERS);
      const serials = new Map(rows.map((row, at) => [row, at + 1]));
      const page = pageOf(rows, input, (row) => serials.get(row) ?? 0);
      return { Tags: page.rows, NextToken: page.NextToken };
    }),
  };
}

/** Whatever has that id. @throws ServiceError */
export function resource(
  state: Ec2State,
  id: string,
): { readonly row: Tagged; readonly kind: string } {
  for (const table of state.tables()) {
    const row = table.find(id);
    if (row !== undefined) return { row, kind: table.kind.resource };
  }
  const table = state.tables().find(({ kind }) => id.startsWith(`${kind.prefix}-`));
  throw table?.notFound([id]) ?? new ServiceError("InvalidID", `The ID '${id}' is not valid`);
}
