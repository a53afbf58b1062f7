import { ListGroupResourcesCommand } from "@aws-sdk/client-resource-groups";
import { handle, type Service, ServiceError } from "../../contract.ts";
import type { Region } from "../../region.ts";

/** Tells of groups that exist. */
export function resourceGroupsService({ existing }: Region): Service {
  return {
    name: "resource-groups",
    protocol: "restJson",
    operations: {
      ListGroupResources: handle(ListGroupResourcesCommand, ({ Group = "", GroupName = "" }) => {
        const arn = [...existing.resourceGroups.keys()].find(
          (one) => one === Group || one.endsWith(`:group/${GroupName || Group}`),
        );
        const members = existing.resourceGroups.get(arn ?? "");
        if (members === undefined) {
          throw new ServiceError(
            "NotFoundException",
            `Group ${Group || GroupName} not found.`,
            404,
          );
        }
        const ResourceIdentifiers = members.map((ResourceArn) => ({ ResourceArn }));
        return {
          Resources: ResourceIdentifiers.map((Identifier) => ({ Identifier })),
          ResourceIdentifiers,
        };
      }),
    },
  };
}
