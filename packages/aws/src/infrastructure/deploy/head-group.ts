import type { Clients } from "../../clients.ts";
import { HEAD_RESOURCE, STANDBY_RESOURCE } from "../../names.ts";
import { autoScaling, cloudFormation } from "../../sdk.ts";
import { type ClusterStack, isAbsent } from "./stack.ts";

/** A group of one that keeps a head machine. */
export interface HeadGroup {
  readonly name: string;
  readonly wanted: number;
  /** Machines in it, in whatever state. */
  readonly machines: readonly string[];
}

/** That of the head's first place comes first, then that of a second head; none while there are none. */
export async function headGroups(
  clients: Clients,
  stack: ClusterStack,
): Promise<readonly HeadGroup[]> {
  const names = await Promise.all(
    [HEAD_RESOURCE, STANDBY_RESOURCE].map((resource) => groupName(clients, stack, resource)),
  );
  const known = names.filter((name) => name !== undefined);
  if (known.length === 0) return [];
  const { sdk, client } = await autoScaling(clients);
  const { AutoScalingGroups = [] } = await client.send(
    new sdk.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: known }),
  );
  return known.flatMap((name) => {
    const group = AutoScalingGroups.find(
      ({ AutoScalingGroupName }) => AutoScalingGroupName === name,
    );
    if (group === undefined) return [];
    return {
      name,
      wanted: group.DesiredCapacity ?? 0,
      machines: (group.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []),
    };
  });
}

/** So many heads in each of the groups. */
export async function setHeads(
  clients: Clients,
  groups: readonly HeadGroup[],
  heads: 0 | 1,
): Promise<void> {
  const { sdk, client } = await autoScaling(clients);
  await Promise.all(
    groups.map(({ name }) =>
      client.send(
        new sdk.SetDesiredCapacityCommand({
          AutoScalingGroupName: name,
          DesiredCapacity: heads,
          HonorCooldown: false,
        }),
      ),
    ),
  );
}

/** Why no machine could be launched, in Auto Scaling's words; undefined when the last ones could. */
export async function launchFailure(
  clients: Clients,
  groups: readonly HeadGroup[],
): Promise<string | undefined> {
  const failures = await Promise.all(groups.map(({ name }) => launchFailureIn(clients, name)));
  return failures.find((failure) => failure !== undefined);
}

async function launchFailureIn(clients: Clients, group: string): Promise<string | undefined> {
  const { sdk, client } = await autoScaling(clients);
  const { Activities = [] } = await client.send(
    new sdk.DescribeScalingActivitiesCommand({ AutoScalingGroupName: group, MaxRecords: 5 }),
  );
  const [last] = Activities;
  return last?.StatusCode === "Failed" ? last.StatusMessage : undefined;
}

async function groupName(
  clients: Clients,
  { id }: ClusterStack,
  resource: string,
): Promise<string | undefined> {
  const { sdk, client } = await cloudFormation(clients);
  try {
    const { StackResources = [] } = await client.send(
      new sdk.DescribeStackResourcesCommand({
        StackName: id,
        LogicalResourceId: resource,
      }),
    );
    return StackResources[0]?.PhysicalResourceId;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
