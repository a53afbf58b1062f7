import type { Stack, StackEvent } from "@aws-sdk/client-cloudformation";
import type { Clients } from "../../clients.ts";
import { clusterOfStack, OBJECTS, stackName, TAGS } from "../../names.ts";
import { cloudFormation } from "../../sdk.ts";

/** What every stack of ours says of itself. */
export interface StackState {
  /** ARN. */
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly parameters: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A cluster's stack, as far as it is. */
export interface ClusterStack extends StackState {
  readonly cluster: string;
  readonly unique: string;
  readonly bucket: { readonly name: string; readonly prefix: string };
}

/** The stack of a cluster; undefined when there is none, or none of ours. */
export async function findStack(
  clients: Clients,
  cluster: string,
): Promise<ClusterStack | undefined> {
  return describe(clients, stackName(cluster));
}

/** The stack as it is now, also when it is deleted. */
export async function stackById(clients: Clients, id: string): Promise<ClusterStack | undefined> {
  return describe(clients, id);
}

async function describe(clients: Clients, name: string): Promise<ClusterStack | undefined> {
  const stack = await describeStack(clients, name);
  return stack === undefined ? undefined : clusterStack(stack);
}

/** Whosever it is, by its name or ARN; undefined when there is none. */
export async function describeStack(
  clients: Clients,
  StackName: string,
): Promise<Stack | undefined> {
  const { sdk, client } = await cloudFormation(clients);
  try {
    const { Stacks = [] } = await client.send(new sdk.DescribeStacksCommand({ StackName }));
    return Stacks[0];
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Every cluster's stack in the region. */
export async function listStacks(clients: Clients): Promise<readonly ClusterStack[]> {
  const { sdk, client } = await cloudFormation(clients);
  const found: ClusterStack[] = [];
  for await (const { Stacks = [] } of sdk.paginateDescribeStacks({ client }, {})) {
    for (const stack of Stacks) {
      const ours = stack.ParentId === undefined ? clusterStack(stack) : undefined;
      if (ours !== undefined) found.push(ours);
    }
  }
  return found.toSorted((a, b) => a.cluster.localeCompare(b.cluster));
}

function clusterStack(stack: Stack): ClusterStack | undefined {
  const state = stackState(stack);
  const { name, tags } = state;
  const cluster = clusterOfStack(name);
  const unique = tags[TAGS.clusterId];
  if (cluster === undefined || unique === undefined || tags[TAGS.cluster] !== cluster) {
    return undefined;
  }
  const bucket = { name: tags[TAGS.bucket] ?? "", prefix: OBJECTS.prefix(cluster, unique) };
  return { ...state, cluster, unique, bucket };
}

export function stackState(stack: Stack): StackState {
  const { StackId: id = "", StackName: name = "", CreationTime = new Date(0) } = stack;
  return {
    id,
    name,
    status: stack.StackStatus ?? "",
    reason: stack.StackStatusReason,
    createdAt: CreationTime,
    updatedAt: stack.LastUpdatedTime ?? CreationTime,
    parameters: Object.fromEntries(
      (stack.Parameters ?? []).map(({ ParameterKey = "", ParameterValue = "" }) => [
        ParameterKey,
        ParameterValue,
      ]),
    ),
    outputs: Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
    ),
    tags: Object.fromEntries((stack.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
  };
}

/**
 * Whether any stack, ours or not, has that name. One that has nothing but a change set, because
 * whoever made it was killed, does not count.
 */
export async function isStackNameTaken(clients: Clients, name: string): Promise<boolean> {
  const stack = await describeStack(clients, name);
  return stack !== undefined && stack.StackStatus !== "REVIEW_IN_PROGRESS";
}

export interface StackResourceView {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
}

export async function stackResources(
  clients: Clients,
  stack: string,
): Promise<readonly StackResourceView[]> {
  const { sdk, client } = await cloudFormation(clients);
  const found: StackResourceView[] = [];
  const pages = sdk.paginateListStackResources({ client }, { StackName: stack });
  for await (const { StackResourceSummaries = [] } of pages) {
    for (const resource of StackResourceSummaries) {
      found.push({
        logicalId: resource.LogicalResourceId ?? "",
        physicalId: resource.PhysicalResourceId ?? "",
        type: resource.ResourceType ?? "",
        status: resource.ResourceStatus ?? "",
      });
    }
  }
  return found;
}

/** Newest first, as far back as `until` says yes. */
export async function stackEvents(
  clients: Clients,
  stack: string,
  until: (event: StackEvent) => boolean = () => false,
): Promise<readonly StackEvent[]> {
  const { sdk, client } = await cloudFormation(clients);
  const found: StackEvent[] = [];
  const pages = sdk.paginateDescribeStackEvents({ client }, { StackName: stack });
  for await (const { StackEvents = [] } of pages) {
    for (const event of StackEvents) {
      if (until(event)) return found;
      found.push(event);
    }
  }
  return found;
}

export async function templateOf(clients: Clients, stack: string): Promise<string> {
  const { sdk, client } = await cloudFormation(clients);
  const input = { StackName: stack, TemplateStage: "Original" as const };
  const { TemplateBody = "" } = await client.send(new sdk.GetTemplateCommand(input));
  return TemplateBody;
}

export function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error &&
    error.name === "ValidationError" &&
    /does not exist/.test(error.message)
  );
}
