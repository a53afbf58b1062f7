import type { Change } from "@aws-sdk/client-cloudformation";
import {
  type ApplyOptions,
  type FileVersion,
  isInService,
  type UpdateRequest,
} from "@sluice/cloud";
import { messageOf, SluiceError } from "@sluice/model";
import { ObjectStore } from "../../bucket.ts";
import { TAGS } from "../../names.ts";
import { cloudFormation } from "../../sdk.ts";
import { executeChangeSet, type PreparedChangeSet, prepareChangeSet } from "./change-set.ts";
import type { ClusterFilesStore } from "./cluster-files.ts";
import { clusterNotFound, type DeployContext } from "./context.ts";
import { followStack, fromNowOn } from "./follow.ts";
import { templatesWithLeaving } from "./leaving.ts";
import { parameterValues } from "./parameters.ts";
import { claimed, failed, given, inUse, type Preparing, withdrawn } from "./plan/file-index.ts";
import type { InUse } from "./plan/leaving.ts";
import { failuresIn, stackReason } from "./plan/stack-events.ts";
import { synthesised } from "./prepare.ts";
import { clusterRecord, filesOf } from "./record.ts";
import { routesToHead } from "./routes.ts";
import { type ClusterStack, findStack, templateOf } from "./stack.ts";
import { stackTags, uploadTemplates } from "./template.ts";
import { headBundles } from "./user-data.ts";

/**
 * See `Infrastructure.update`. The next version is claimed first, so that there is one update at a
 * time; then the stack is changed, if the file asks for that; then the version is wanted, which is
 * how the head hears of it. What the new file does not ask for any more goes with the update after
 * this one, because nodes that finish their jobs still use it.
 */
export async function updateCluster(
  context: DeployContext,
  request: UpdateRequest,
  options: ApplyOptions,
): Promise<FileVersion> {
  const { name, configText, replaces } = request;
  const stack = await findStack(context.clients, name);
  if (stack === undefined) throw clusterNotFound(name);
  const record = await clusterRecord(context, stack);
  if (!isInService(record.status)) {
    throw new SluiceError("CLUSTER_WRONG_STATE", "user", `cluster ${name} is ${record.status}`, {
      hint: "a cluster can be updated while its head runs",
    });
  }
  const files = await filesOf(context, stack);
  const isBack = configText === record.configText;
  const { preparing, used } = await files.change(async (index) => {
    const claim = claimed(index, { name, replaces, isBack, now: context.clock.now() });
    return { index: claim.index, result: { preparing: claim.preparing, used: inUse(index) } };
  });
  try {
    await files.keep(preparing.version, configText);
    await updateStack(context, { stack, inUse: used }, request, options);
  } catch (error) {
    await giveUp(files, preparing, error, options.signal);
    throw error;
  }
  await files.change(async (index) => ({ index: given(index, preparing), result: undefined }));
  return { version: preparing.version, text: configText };
}

/** Leaves the cluster as it was; that it failed is remembered, unless it was called off. */
async function giveUp(
  files: ClusterFilesStore,
  preparing: Preparing,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  await files.change(async (index) => ({
    index: signal.aborted ? withdrawn(index) : failed(index, preparing, messageOf(error)),
    result: undefined,
  }));
}

export async function updateStack(
  context: DeployContext,
  { stack, inUse }: { readonly stack: ClusterStack; readonly inUse: InUse },
  request: UpdateRequest & { readonly headFile?: string },
  options: ApplyOptions,
): Promise<void> {
  const { clients } = context;
  const { config } = request;
  const { cluster: name, unique, bucket } = stack;
  const place = await context.place();
  const store = new ObjectStore(clients, bucket.name);
  const bundles = await headBundles(store, config, context.bundles);
  const next = await synthesised({ name, unique, bucket }, request, place.region, bundles);
  const deployed = { template: await templateOf(clients, stack.id), inUse };
  const templates = await templatesWithLeaving(store, bucket.prefix, deployed, next);
  const templateUrl = await uploadTemplates(store, bucket.prefix, place.region, templates);
  // A newer image of a system is no reason to replace anything: what was found out once stays. But the
  // subnets of new queues may have routes of their own.
  const unknown = next.parameters.filter(
    ({ kind, name }) => kind === "route-tables" || !Object.hasOwn(stack.parameters, name),
  );
  const found = await parameterValues(clients, place, unknown);
  const { Parameters = {} } = JSON.parse(templates.template) as { Parameters?: object };
  const parameters = Object.fromEntries(
    Object.keys(Parameters).map((key) => [key, found[key] ?? stack.parameters[key] ?? ""]),
  );
  const since = await fromNowOn(context, stack.id);
  const changeSet = await prepareChangeSet(
    context,
    {
      stack: stack.id,
      type: "UPDATE",
      templateUrl,
      parameters,
      tags: stackTags({ name, unique, bucket: bucket.name, config, site: stack.tags[TAGS.site] }),
    },
    options.signal,
  );
  if (changeSet !== undefined) {
    await refuseLosses(context, name, changeSet);
    await executeChangeSet(context, changeSet);
    await followUpdate(context, stack, since, options);
  }
  const { CommonAddress: address, RouteTables: routeTables } = parameters;
  if (address && routeTables) await routesToHead(clients, address, routeTables);
}

const HOLDS_DATA =
  /^AWS::(EC2::Volume|EFS::FileSystem|FSx::FileSystem|RDS::DBCluster|SecretsManager::Secret)$/;

/** A replacement would be empty. Nothing of a cluster's file should lead to one; this makes sure. */
export async function refuseLosses(
  context: DeployContext,
  name: string,
  changeSet: PreparedChangeSet,
): Promise<void> {
  const lost = changeSet.changes.flatMap(({ ResourceChange: change }: Change) =>
    change?.Replacement === "True" && HOLDS_DATA.test(change.ResourceType ?? "")
      ? [`${change.ResourceType} ${change.LogicalResourceId}`]
      : [],
  );
  if (lost.length === 0) return;
  const { sdk, client } = await cloudFormation(context.clients);
  await client.send(
    new sdk.DeleteChangeSetCommand({ StackName: changeSet.stackId, ChangeSetName: changeSet.id }),
  );
  throw new SluiceError(
    "UPDATE_REFUSED",
    "user",
    `the update of ${name} would replace ${lost.join(" and ")}, and what is in it would be lost`,
    { hint: "give the storage another name in the cluster file, and move the data" },
  );
}

async function followUpdate(
  context: DeployContext,
  stack: ClusterStack,
  since: Date,
  { onProgress, signal }: ApplyOptions,
): Promise<void> {
  try {
    const followed = await followStack(context, stack.id, { since, onProgress, signal });
    if (followed.stack?.status === "UPDATE_COMPLETE") return;
    const [first] = failuresIn(followed.events);
    const why =
      first === undefined
        ? (stackReason(followed.events) ?? "CloudFormation gave no reason")
        : `${first.type} ${first.logicalId}: ${first.reason}`;
    throw new SluiceError(
      "UPDATE_FAILED",
      "cloud",
      `the stack of ${stack.cluster} could not be updated: ${why}`,
      { hint: "the stack is as it was; correct what it names, and repeat it" },
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    const { sdk, client } = await cloudFormation(context.clients);
    // It may have ended just now, and then there is nothing to call off.
    await client.send(new sdk.CancelUpdateStackCommand({ StackName: stack.id })).catch(() => {});
    await followStack(context, stack.id, { since, onProgress });
    throw error;
  }
}
