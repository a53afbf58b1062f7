import {
  DeleteRouteCommand,
  DescribeInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { madeUpName, type ResourceHandler } from "../handler.ts";

/**
 * A resource that a function of the template makes. There is nothing here to run functions; the one
 * that clusters have is played, by the tags that its properties name.
 */
export const customResource: ResourceHandler = {
  create: async (_, context) => ({ id: madeUpName(context) }),
  update: async (made) => made,
  async delete(_, properties, { region, stack }) {
    const tag = Object.entries(stack.root.input.tags).find(([key]) => key.endsWith(":cluster-id"));
    if (tag === undefined || properties.ServiceToken === undefined) return;
    const { Reservations = [] } = await region.call(DescribeInstancesCommand, {
      Filters: [
        { Name: `tag:${tag[0]}`, Values: [tag[1]] },
        { Name: "tag:sluice:role", Values: ["compute"] },
        { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] },
      ],
    });
    const InstanceIds = Reservations.flatMap(({ Instances = [] }) =>
      Instances.flatMap(({ InstanceId }) => InstanceId ?? []),
    );
    if (InstanceIds.length > 0) await region.call(TerminateInstancesCommand, { InstanceIds });
    const { Route, RouteTables } = properties as { Route?: string; RouteTables?: string[] };
    for (const arn of RouteTables ?? []) {
      const RouteTableId = arn.replace(/^.*\//, "");
      const route = {
        RouteTableId,
        ...(Route === undefined ? {} : { DestinationCidrBlock: Route }),
      };
      await region.call(DeleteRouteCommand, route).catch(() => {});
    }
  },
};
