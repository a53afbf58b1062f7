import {
  type ApplyOptions,
  type ClusterRecord,
  isInService,
  type ReplaceHeadRequest,
} from "@sluice/cloud";
import { bootstrapTimeouts, messageOf, SluiceError } from "@sluice/model";
import { ObjectStore, sha256 } from "../../bucket.ts";
import { OBJECTS } from "../../names.ts";
import { ec2 } from "../../sdk.ts";
import { sayer } from "./apply.ts";
import { type Place, untilReplaced } from "./await-replaced.ts";
import { executeChangeSet, prepareChangeSet } from "./change-set.ts";
import { clusterNotFound, type DeployContext } from "./context.ts";
import { followStack, fromNowOn } from "./follow.ts";
import { headGroups } from "./head-group.ts";
import { clusterMachines } from "./machines.ts";
import { inUse } from "./plan/file-index.ts";
import { clusterRecord, filesOf } from "./record.ts";
import { type ClusterStack, findStack, templateOf } from "./stack.ts";
import { uploadTemplates } from "./template.ts";
import { updateStack } from "./update.ts";

/**
 * See `Infrastructure.replaceHead`. The stack is changed to the new file first: its launch templates say
 * what machines heads get from then on, whoever makes them. Then the one machine goes, and its group
 * makes another. The index of files is not touched.
 */
export async function replaceHead(
  context: DeployContext,
  request: ReplaceHeadRequest,
  options: ApplyOptions,
): Promise<void> {
  const { name, machine, config, isReversible } = request;
  const stack = await findStack(context.clients, name);
  if (stack === undefined) throw clusterNotFound(name);
  requireReplaceable(await clusterRecord(context, stack), request);
  const files = await filesOf(context, stack);
  const index = await files.index();
  const former = await templateOf(context.clients, stack.id);
  const say = sayer(context, options);
  say("stack", "started", "what its heads are made of");
  const used = index === undefined ? "both" : inUse(index);
  // By it a head knows what it was made with, and that it may be put in force.
  const headFile = OBJECTS.headFile(stack.bucket.prefix, sha256(request.configText).slice(0, 16));
  await new ObjectStore(context.clients, stack.bucket.name).write(headFile, request.configText);
  await updateStack(context, { stack, inUse: used }, { ...request, headFile }, options);
  say("stack", "done", "what its heads are made of");
  const heads = await headsOn(context, stack);
  const place: Place = {
    ...{ name, stack, files, say, signal: options.signal },
    seconds: bootstrapTimeouts(config).head,
    kept: heads.filter((id) => id !== machine),
  };
  try {
    await anew(context, place, [machine]);
  } catch (error) {
    if (!isReversible) throw error;
    await backTo(context, place, { former, error });
  }
}

/** Errors: those of `untilReplaced`. */
async function anew(
  context: DeployContext,
  place: Place,
  machines: readonly string[],
): Promise<void> {
  const { say } = place;
  const gone = machines.join(", ");
  say("head", "started", gone === "" ? "making a head" : `taking ${gone} away`);
  // slurmctld is asked to end, and saves all it knows.
  await terminate(context, machines);
  await untilReplaced(context, place, machines);
  say("head", "done", "the new head is there");
}

/** @throws what was wrong with the new machine, once one like the former is there again. */
async function backTo(
  context: DeployContext,
  place: Place,
  { former, error }: { readonly former: string; readonly error: unknown },
): Promise<never> {
  const { name, stack, kept, say } = place;
  say("head", "info", `${messageOf(error)}; goes back to a machine as before`);
  // What was called off is finished all the same: a cluster without a head helps nobody.
  const signal = new AbortController().signal;
  await stackBack(context, stack, { template: former, signal });
  const failed = (await headsOn(context, stack)).filter((id) => !kept.includes(id));
  await anew(context, { ...place, signal }, failed);
  throw new SluiceError(
    "HEAD_REPLACE_FAILED",
    "system",
    `the new head of ${name} did not come up: ${messageOf(error)}`,
    { hint: "a machine like the former one is the head again", cause: error },
  );
}

/** The stack as it was; its nested ones are in the bucket under the names that the template says. */
async function stackBack(
  context: DeployContext,
  stack: ClusterStack,
  { template, signal }: { readonly template: string; readonly signal: AbortSignal },
): Promise<void> {
  const { region } = await context.place();
  const store = new ObjectStore(context.clients, stack.bucket.name);
  const templates = { template, nested: {} };
  const templateUrl = await uploadTemplates(store, stack.bucket.prefix, region, templates);
  const since = await fromNowOn(context, stack.id);
  const { parameters, tags } = stack;
  const request = { stack: stack.id, type: "UPDATE" as const, templateUrl, parameters, tags };
  const changeSet = await prepareChangeSet(context, request, signal);
  if (changeSet === undefined) return;
  await executeChangeSet(context, changeSet);
  const followed = await followStack(context, stack.id, { since, onProgress: () => {} });
  if (followed.stack?.status === "UPDATE_COMPLETE") return;
  throw new SluiceError(
    "UPDATE_FAILED",
    "cloud",
    `the stack of ${stack.cluster} can't be put back: ${followed.stack?.reason ?? "CloudFormation gave no reason"}`,
    {
      hint: "its heads are made by the new file; repeat the command, or replace them by the former",
    },
  );
}

/** Those that are on, of all the places of heads. */
async function headsOn(
  { clients }: DeployContext,
  stack: ClusterStack,
): Promise<readonly string[]> {
  const [machines, groups] = await Promise.all([
    clusterMachines(clients, stack.unique),
    headGroups(clients, stack),
  ]);
  const on = machines.filter(
    ({ role, state }) => role === "head" && (state === "pending" || state === "running"),
  );
  const inGroups = groups.flatMap((group) => group.machines);
  return on.map(({ id }) => id).filter((id) => inGroups.includes(id));
}

/** Those that are gone are fine. */
async function terminate(context: DeployContext, ids: readonly string[]): Promise<void> {
  const { sdk, client } = await ec2(context.clients);
  for (const id of ids) {
    await client
      .send(new sdk.TerminateInstancesCommand({ InstanceIds: [id] }))
      .catch((error: unknown) => {
        if (!(error instanceof Error) || error.name !== "InvalidInstanceID.NotFound") throw error;
      });
  }
}

/** Errors: `CLUSTER_WRONG_STATE`, `CLUSTER_BUSY`, `UPDATE_VERSION_CONFLICT`. */
function requireReplaceable(
  { status, fileVersion }: ClusterRecord,
  { name, replaces }: ReplaceHeadRequest,
): void {
  if (status === "UPDATE_IN_PROGRESS") {
    throw new SluiceError(
      "CLUSTER_BUSY",
      "user",
      `cluster ${name} is busy: an update is under way`,
      {
        hint: `follow it with: sluice events -n ${name} --follow`,
      },
    );
  }
  if (!isInService(status)) {
    throw new SluiceError("CLUSTER_WRONG_STATE", "user", `cluster ${name} is ${status}`, {
      hint: "a head is made anew while its cluster is in service and no update is under way",
    });
  }
  if (replaces === fileVersion) return;
  throw new SluiceError(
    "UPDATE_VERSION_CONFLICT",
    "user",
    `version ${fileVersion} of the file of ${name} is in force, and the new head was planned for ${replaces}`,
    { hint: "repeat the command" },
  );
}
