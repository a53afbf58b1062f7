import { randomUUID } from "node:crypto";
import type { Change, Tag } from "@aws-sdk/client-cloudformation";
import { SluiceError } from "@sluice/model";
import { cloudFormation } from "../../sdk.ts";
import type { DeployContext } from "./context.ts";

export interface ChangeSetRequest {
  /** Name for a stack that is to be made, ARN for one that is there. */
  readonly stack: string;
  readonly type: "CREATE" | "UPDATE";
  readonly templateUrl: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly keepOnFailure?: boolean;
}

export interface PreparedChangeSet {
  readonly id: string;
  readonly stackId: string;
  readonly changes: readonly Change[];
}

/**
 * Has CloudFormation work out what would change; touches nothing that is there.
 *
 * @returns undefined when nothing would.
 * @throws SluiceError `STACK_REFUSED` with CloudFormation's reason.
 */
export async function prepareChangeSet(
  context: DeployContext,
  request: ChangeSetRequest,
  signal: AbortSignal,
): Promise<PreparedChangeSet | undefined> {
  const { sdk, client } = await cloudFormation(context.clients);
  const Parameters = Object.entries(request.parameters).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  const name = `sluice-${randomUUID()}`;
  const { Id = "", StackId = "" } = await client
    .send(
      new sdk.CreateChangeSetCommand({
        StackName: request.stack,
        ChangeSetName: name,
        ChangeSetType: request.type,
        TemplateURL: request.templateUrl,
        Parameters,
        Tags: tagsOf(request.tags),
        Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        ...(request.type === "CREATE"
          ? { OnStackFailure: request.keepOnFailure === true ? "DO_NOTHING" : "ROLLBACK" }
          : {}),
      }),
    )
    .catch((error: unknown) => {
      throw refused(error);
    });
  for (;;) {
    const set = await client.send(
      new sdk.DescribeChangeSetCommand({ StackName: StackId, ChangeSetName: Id }),
    );
    if (set.Status === "CREATE_COMPLETE") {
      return { id: Id, stackId: StackId, changes: await allChanges(context, StackId, Id) };
    }
    if (set.Status === "FAILED") {
      await client.send(new sdk.DeleteChangeSetCommand({ StackName: StackId, ChangeSetName: Id }));
      await withdraw(context, StackId);
      const reason = set.StatusReason ?? "CloudFormation gave no reason";
      if (/didn't contain changes|No updates are to be performed/.test(reason)) return undefined;
      throw stackRefused(reason);
    }
    signal.throwIfAborted();
    await context.clock.sleep(context.lookEvery, signal);
    signal.throwIfAborted();
  }
}

async function allChanges(
  { clients }: DeployContext,
  StackName: string,
  ChangeSetName: string,
): Promise<readonly Change[]> {
  const { sdk, client } = await cloudFormation(clients);
  const found: Change[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new sdk.DescribeChangeSetCommand({
        StackName,
        ChangeSetName,
        ...(token === undefined ? {} : { NextToken: token }),
      }),
    );
    found.push(...(page.Changes ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return found;
}

/** Removes a stack that has nothing but a change set, which CloudFormation makes for a new one. */
export async function withdraw({ clients }: DeployContext, stackId: string): Promise<void> {
  const { sdk, client } = await cloudFormation(clients);
  const { Stacks = [] } = await client.send(new sdk.DescribeStacksCommand({ StackName: stackId }));
  if (Stacks[0]?.StackStatus !== "REVIEW_IN_PROGRESS") return;
  await client.send(new sdk.DeleteStackCommand({ StackName: stackId }));
}

export async function executeChangeSet(
  { clients }: DeployContext,
  { id, stackId }: PreparedChangeSet,
): Promise<void> {
  const { sdk, client } = await cloudFormation(clients);
  await client.send(new sdk.ExecuteChangeSetCommand({ StackName: stackId, ChangeSetName: id }));
}

function tagsOf(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function refused(error: unknown): unknown {
  const isAbout = error instanceof Error && error.name === "ValidationError";
  return isAbout ? stackRefused(error.message, error) : error;
}

function stackRefused(reason: string, cause?: unknown): SluiceError {
  return new SluiceError("STACK_REFUSED", "cloud", `CloudFormation refuses the stack: ${reason}`, {
    hint: "correct what it names in the cluster file; see the templates with: sluice synth",
    cause,
  });
}
