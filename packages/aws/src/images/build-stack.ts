import type { Stack, StackEvent } from "@aws-sdk/client-cloudformation";
import type { Progress } from "@sluice/cloud";
import type { Clients } from "../clients.ts";
import type { DeployContext } from "../infrastructure/deploy/context.ts";
import {
  type Followed,
  type FollowOptions,
  followAny,
  fromNowOn,
} from "../infrastructure/deploy/follow.ts";
import { progressOf } from "../infrastructure/deploy/plan/stack-events.ts";
import { isAbsent } from "../infrastructure/deploy/stack.ts";
import { TAGS } from "../names.ts";
import { cloudFormation } from "../sdk.ts";

/** The stack of a build. */
export interface BuildStack {
  /** ARN. */
  readonly arn: string;
  readonly id: string;
  readonly build: string;
  readonly status: string;
  readonly createdAt: Date;
  readonly tags: Readonly<Record<string, string>>;
}

export async function buildStacks(clients: Clients): Promise<readonly BuildStack[]> {
  const { sdk, client } = await cloudFormation(clients);
  const found: BuildStack[] = [];
  for await (const { Stacks = [] } of sdk.paginateDescribeStacks({ client }, {})) {
    found.push(...Stacks.flatMap((stack) => buildStack(stack) ?? []));
  }
  return found.filter(({ status }) => status !== "REVIEW_IN_PROGRESS");
}

async function stackByArn(clients: Clients, arn: string): Promise<BuildStack | undefined> {
  const { sdk, client } = await cloudFormation(clients);
  try {
    const { Stacks = [] } = await client.send(new sdk.DescribeStacksCommand({ StackName: arn }));
    return Stacks[0] === undefined ? undefined : buildStack(Stacks[0]);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function buildStack(stack: Stack): BuildStack | undefined {
  const tags = Object.fromEntries(
    (stack.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]),
  );
  const id = tags[TAGS.imageId];
  const build = tags[TAGS.imageBuild];
  if (id === undefined || build === undefined) return undefined;
  return {
    arn: stack.StackId ?? "",
    id,
    build,
    status: stack.StackStatus ?? "",
    createdAt: stack.CreationTime ?? new Date(0),
    tags,
  };
}

export function followBuild(
  context: DeployContext,
  arn: string,
  options: FollowOptions,
): Promise<Followed<BuildStack>> {
  return followAny(context, arn, { ...options, look: stackByArn, progressOf: imageProgress });
}

/** A build is one resource, which people wait for; of others only failures are told. */
function imageProgress(event: StackEvent): Progress | undefined {
  const told = progressOf(event, "");
  const { ResourceType, ResourceStatus = "", ResourceStatusReason, Timestamp } = event;
  if (told !== undefined || ResourceType !== "AWS::ImageBuilder::Image") {
    return told === undefined ? undefined : { ...told, resource: "image" };
  }
  const isBegun = ResourceStatus === "CREATE_IN_PROGRESS" && ResourceStatusReason === undefined;
  if (!isBegun && ResourceStatus !== "CREATE_COMPLETE") return undefined;
  return {
    time: Timestamp ?? new Date(0),
    resource: "image",
    status: isBegun ? "info" : "done",
    message: isBegun ? "Image Builder builds it, which takes a good while" : "it is built",
  };
}

/** Calls off what the stack is at, if anything, and removes it; the image stays. */
export async function deleteBuildStack(
  context: DeployContext,
  arn: string,
  options: Omit<FollowOptions, "since">,
): Promise<Followed<BuildStack>> {
  const { sdk, client } = await cloudFormation(context.clients);
  const since = await fromNowOn(context, arn);
  await client.send(new sdk.DeleteStackCommand({ StackName: arn }));
  return followBuild(context, arn, { since, ...options });
}
