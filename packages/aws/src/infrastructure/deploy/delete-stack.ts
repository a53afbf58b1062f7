import type { StackEvent } from "@aws-sdk/client-cloudformation";
import type { ApplyOptions, OnProgress, Progress } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { Clients } from "../../clients.ts";
import { HEAD_RESOURCE } from "../../names.ts";
import { cloudFormation } from "../../sdk.ts";
import { executeChangeSet, prepareChangeSet } from "./change-set.ts";
import { type DeployContext, storeOf } from "./context.ts";
import { type Followed, followAny, fromNowOn } from "./follow.ts";
import { type Retention, retaining } from "./plan/retain.ts";
import { failuresIn } from "./plan/stack-events.ts";
import { type ClusterStack, stackResources, templateOf } from "./stack.ts";
import { uploadTemplates } from "./template.ts";

/** A stack of any kind, as far as deleting it goes. */
export type LeavingStack = Pick<
  ClusterStack,
  "id" | "status" | "reason" | "bucket" | "tags" | "parameters"
>;

/** How a kind of stack is looked at, and what people call it. */
export interface StackKind {
  readonly title: string;
  /** The command that goes on after a failure. */
  readonly again: string;
  readonly look: (
    clients: Clients,
    id: string,
  ) => Promise<{ readonly status: string; readonly reason: string | undefined } | undefined>;
  readonly progressOf: (event: StackEvent) => Progress | undefined;
}

type Look = { readonly status: string; readonly reason: string | undefined };

/** @returns what CloudFormation left, for people. Errors: `STACK_DELETE_FAILED`. */
export async function deleteStack(
  context: DeployContext,
  stack: LeavingStack,
  options: {
    readonly onProgress: OnProgress;
    readonly signal?: AbortSignal;
    readonly kind: StackKind;
  },
): Promise<readonly string[]> {
  const { kind, ...rest } = options;
  const { sdk, client } = await cloudFormation(context.clients);
  const since = await fromNowOn(context, stack.id);
  const names = new Map(
    (await stackResources(context.clients, stack.id)).map(({ logicalId, physicalId }) => [
      logicalId,
      physicalId,
    ]),
  );
  await client.send(new sdk.DeleteStackCommand({ StackName: stack.id }));
  const followed = await followAny(context, stack.id, { since, ...rest, ...kind });
  if (followed.stack !== undefined && followed.stack.status !== "DELETE_COMPLETE") {
    throw deleteFailed(kind, followed);
  }
  return followed.events
    .filter(({ ResourceStatus }) => ResourceStatus === "DELETE_SKIPPED")
    .map(({ LogicalResourceId = "", PhysicalResourceId, ResourceType = "" }) =>
      keptAs(ResourceType, PhysicalResourceId ?? names.get(LogicalResourceId) ?? ""),
    );
}

function keptAs(type: string, id: string): string {
  return `${type.split("::").slice(1).join(" ")} ${id}`;
}

function deleteFailed(kind: StackKind, { stack, events }: Followed<Look>): SluiceError {
  const [first] = failuresIn(
    events.filter(({ ResourceStatus }) => ResourceStatus === "DELETE_FAILED"),
  );
  const why =
    first === undefined
      ? (stack?.reason ?? "CloudFormation gave no reason")
      : `${first.type} ${first.logicalId}: ${first.reason}`;
  return new SluiceError(
    "STACK_DELETE_FAILED",
    "cloud",
    `the stack of ${kind.title} could not be deleted: ${why}`,
    { hint: `remove what is in the way, then repeat: ${kind.again}` },
  );
}

/** Has CloudFormation leave what is to be kept. @returns it, for people. */
export async function retain(
  context: DeployContext,
  stack: LeavingStack,
  retention: Retention,
  { onProgress, signal, kind }: ApplyOptions & { readonly kind: StackKind },
): Promise<readonly string[]> {
  if (!retention.accounting && !retention.storage) return [];
  // Of a stack that was never made nothing is there to be kept.
  if (/^(REVIEW_IN_PROGRESS|CREATE_IN_PROGRESS|ROLLBACK_)/.test(stack.status)) return [];
  const { clients } = context;
  const wanted = retaining(await templateOf(clients, stack.id), retention);
  if (wanted === undefined) return [];
  const { region } = await context.place();
  const store = await storeOf(context, stack.bucket.name);
  const templateUrl = await uploadTemplates(store, stack.bucket.prefix, region, {
    template: wanted.text,
    nested: {},
  });
  const { tags, parameters } = stack;
  if (!stack.status.startsWith("DELETE_")) {
    const since = await fromNowOn(context, stack.id);
    const request = { stack: stack.id, type: "UPDATE" as const, templateUrl, parameters, tags };
    const changeSet = await prepareChangeSet(context, request, signal);
    if (changeSet !== undefined) {
      await executeChangeSet(context, changeSet);
      const followed = await followAny(context, stack.id, { since, onProgress, signal, ...kind });
      if (followed.stack?.status !== "UPDATE_COMPLETE") {
        throw new SluiceError(
          "STACK_DELETE_FAILED",
          "cloud",
          `CloudFormation can't keep what is to stay of ${kind.title}: ${followed.stack?.reason ?? "it gave no reason"}`,
          { hint: "nothing was deleted; repeat it, or delete without keeping anything" },
        );
      }
    }
  }
  const resources = await stackResources(clients, stack.id);
  return resources
    .filter(({ logicalId }) => wanted.ids.includes(logicalId) && logicalId !== HEAD_RESOURCE)
    .filter(({ type }) => type !== "AWS::RDS::DBInstance")
    .map(({ type, physicalId }) =>
      type === "AWS::RDS::DBCluster"
        ? `a snapshot of RDS DBCluster ${physicalId}`
        : keptAs(type, physicalId),
    );
}
