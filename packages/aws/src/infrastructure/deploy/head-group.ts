import type { Clients } from "../../clients.ts";
import { HEAD_RESOURCE } from "../../names.ts";
import { autoScaling, cloudFormation } from "../../sdk.ts";
import { type ClusterStack, isAbsent } from "./stack.ts";

/** The group of one that keeps the head machine. */
export interface HeadGroup {
  readonly name: string;
  readonly wanted: number;
  /** Machines in it, in whatever state. */
  readonly machines: readonly string[];
}

/** Undefined while there is none. */
export async function headGroup(
  clients: Clients,
  stack: ClusterStack,
): Promise<HeadGroup | undefined> {
  const name = await groupName(clients, stack);
  if (name === undefined) return undefined;
  const { sdk, client } = await autoScaling(clients);
  const { AutoScalingGroups = [] } = await client.send(
    new sdk.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
  );
  const [group] = AutoScalingGroups;
  if (group === undefined) return undefined;
  return {
    name,
    wanted: group.DesiredCapacity ?? 0,
    machines: (group.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []),
  };
}

export async function setHeads(clients: Clients, group: string, heads: 0 | 1): Promise<void> {
  const { sdk, client } = await autoScaling(clients);
  await client.send(
    new sdk.SetDesiredCapacityCommand({
      AutoScalingGroupName: group,
      DesiredCapacity: heads,
      HonorCooldown: false,
    }),
  );
}

/** Why no machine could be launched, in Auto Scaling's words; undefined when the last one could. */
export async function launchFailure(clients: Clients, group: string): Promise<string | undefined> {
  const { sdk, client } = await autoScaling(clients);
  const { Activities = [] } = await client.send(
    new sdk.DescribeScalingActivitiesCommand({ AutoScalingGroupName: group, MaxRecords: 5 }),
  );
  const [last] = Activities;
  return last?.StatusCode === "Failed" ? last.StatusMessage : undefined;
}

async function groupName(clients: Clients, { id }: ClusterStack): Promise<string | undefined> {
  const { sdk, client } = await cloudFormation(clients);
  try {
    const { StackResources = [] } = await client.send(
      new sdk.DescribeStackResourcesCommand({
        StackName: id,
        LogicalResourceId: HEAD_RESOURCE,
      }),
    );
    return StackResources[0]?.PhysicalResourceId;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
