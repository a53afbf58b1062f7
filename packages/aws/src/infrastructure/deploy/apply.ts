import type { ApplyOptions, ApplyRequest, ClusterRecord, Progress } from "@sluice/cloud";
import { bootstrapTimeouts, SluiceError } from "@sluice/model";
import { ensureBucket, ObjectStore } from "../../bucket.ts";
import { HEAD_RESOURCE, stackName } from "../../names.ts";
import { untilReady } from "./await-head.ts";
import { executeChangeSet, prepareChangeSet, withdraw } from "./change-set.ts";
import { ClusterFilesStore } from "./cluster-files.ts";
import type { DeployContext } from "./context.ts";
import { removeCluster } from "./destroy.ts";
import { type Followed, followStack } from "./follow.ts";
import { headGroups, launchFailure } from "./head-group.ts";
import { parameterValues } from "./parameters.ts";
import { firstIndex } from "./plan/file-index.ts";
import { failuresIn, stackReason } from "./plan/stack-events.ts";
import { type ClusterIdentity, newIdentity, synthesised } from "./prepare.ts";
import { clusterRecord } from "./record.ts";
import { findStack } from "./stack.ts";
import { stackTags, uploadTemplates } from "./template.ts";
import { headBundles } from "./user-data.ts";

export type Say = (resource: string, status: Progress["status"], message: string) => void;

export function sayer(
  { clock }: DeployContext,
  { onProgress }: Pick<ApplyOptions, "onProgress">,
): Say {
  return (resource, status, message) =>
    onProgress({ time: clock.now(), resource, status, message });
}

/** See `Infrastructure.apply`. */
export async function applyCluster(
  context: DeployContext,
  request: ApplyRequest,
  options: ApplyOptions & { readonly keepOnFailure?: boolean },
): Promise<ClusterRecord> {
  const { identity } = await newIdentity(context, request);
  const say = sayer(context, options);
  try {
    const { stack } = await deploy(context, request, identity, options, say);
    if (stack === undefined) throw new SluiceError("STACK_FAILED", "cloud", "the stack is gone");
    say("cluster", "done", `${stack.cluster} is ready`);
    return await clusterRecord(context, stack);
  } catch (error) {
    if (options.keepOnFailure === true && !options.signal.aborted) throw error;
    say("cluster", "info", "what was made is taken down again");
    const made = { ...identity, onProgress: options.onProgress };
    try {
      const { kept } = await removeCluster(context, made);
      // Storage that the file keeps is paid for, used or not.
      for (const one of kept) say("cluster", "info", `kept: ${one}`);
    } catch (left) {
      say("cluster", "failed", left instanceof Error ? left.message : String(left));
    }
    throw error;
  }
}

async function deploy(
  context: DeployContext,
  request: ApplyRequest,
  identity: ClusterIdentity,
  options: ApplyOptions & { readonly keepOnFailure?: boolean },
  say: Say,
): Promise<Followed> {
  const { clients } = context;
  const { name, config, configText } = request;
  const { onProgress, signal, keepOnFailure = false } = options;
  const place = await context.place();
  const bucket = identity.bucket.name;
  if (config.CustomS3Bucket === undefined) {
    say("bucket", "started", `bucket ${bucket}`);
    await ensureBucket(clients, { bucket, ...place });
    say("bucket", "done", `bucket ${bucket}`);
  }
  signal.throwIfAborted();
  const store = new ObjectStore(clients, bucket);
  say("program", "started", "Sluice's program for the head");
  const bundles = await headBundles(store, config, context.bundles);
  say("program", "done", "Sluice's program for the head");
  signal.throwIfAborted();
  const files = new ClusterFilesStore(store, identity.bucket.prefix);
  await files.begin(firstIndex(context.clock.now().toISOString()), configText);
  const stack = await synthesised(identity, request, place.region, bundles);
  const templateUrl = await uploadTemplates(store, identity.bucket.prefix, place.region, stack);
  const parameters = await parameterValues(clients, place, stack.parameters);
  const changeSet = await prepareChangeSet(
    context,
    {
      stack: stackName(name),
      type: "CREATE",
      templateUrl,
      parameters,
      tags: stackTags({ ...identity, bucket, config, site: request.site }),
      keepOnFailure,
    },
    signal,
  );
  if (changeSet === undefined) {
    throw new SluiceError("STACK_FAILED", "cloud", "CloudFormation finds nothing to make");
  }
  say("stack", "started", `${stackName(name)}, ${changeSet.changes.length} resources`);
  try {
    signal.throwIfAborted();
    await executeChangeSet(context, changeSet);
  } catch (error) {
    await withdraw(context, changeSet.stackId);
    throw error;
  }
  const refused = new AbortController();
  const tell = withLaunchFailures(context, name, onProgress, refused);
  const followed = await followStack(context, changeSet.stackId, {
    since: new Date(0),
    onProgress: tell,
    signal: AbortSignal.any([signal, refused.signal]),
  });
  if (followed.stack?.status === "CREATE_COMPLETE") {
    if (config.HeadNode.Standby !== undefined) {
      const seconds = bootstrapTimeouts(config).head;
      await untilReady(context, { name, files, hasTwo: true, seconds, say, signal });
    }
    return followed;
  }
  throw await creationFailed(name, followed, files);
}

/** Auto Scaling tries on when there is no machine to be had, and the stack says nothing of that. */
function withLaunchFailures(
  context: DeployContext,
  name: string,
  onProgress: ApplyOptions["onProgress"],
  refused: AbortController,
): ApplyOptions["onProgress"] {
  return (progress) => {
    onProgress(progress);
    if (progress.resource !== "head" || progress.status !== "started") return;
    void tellLaunchFailure(context, name, onProgress, refused).catch(() => {});
  };
}

/** What another try won't mend. */
const HOPELESS = /does not exist|not authorized|not supported|not valid|invalid|malformed/i;

async function tellLaunchFailure(
  context: DeployContext,
  name: string,
  onProgress: ApplyOptions["onProgress"],
  refused: AbortController,
): Promise<void> {
  const { clients, clock } = context;
  let told = "";
  for (;;) {
    await clock.sleep(10 * context.lookEvery);
    const stack = await findStack(clients, name);
    if (stack?.status !== "CREATE_IN_PROGRESS") return;
    const groups = await headGroups(clients, stack);
    const without = groups.filter(({ machines }) => machines.length === 0);
    if (without.length === 0) return;
    const message = (await launchFailure(clients, without)) ?? "";
    if (HOPELESS.test(message)) {
      refused.abort(notLaunched(name, message));
      return;
    }
    if (message === told) continue;
    told = message;
    onProgress({ time: clock.now(), resource: "head", status: "info", message });
  }
}

function notLaunched(name: string, message: string): SluiceError {
  const why = message.replace(/ *Launching EC2 instance failed\.?$/, "");
  return new SluiceError(
    "STACK_FAILED",
    "cloud",
    `the head machine of ${name} can't be launched: ${why.charAt(0).toLowerCase()}${why.slice(1)}`,
    { hint: "correct what it names, then create the cluster again" },
  );
}

async function creationFailed(
  name: string,
  { stack, events }: Followed,
  files: ClusterFilesStore,
): Promise<SluiceError> {
  const failures = failuresIn(events);
  const [first] = failures;
  const report = await files.report();
  if (first?.logicalId === HEAD_RESOURCE || first === undefined) {
    if (report?.status === "failed") {
      return new SluiceError(
        "HEAD_SETUP_FAILED",
        "system",
        `the head of ${name} could not be set up: ${report.message}`,
        { hint: `see more with --keep-on-failure and: sluice logs -n ${name} head` },
      );
    }
    if (first !== undefined && /Failed to receive/.test(first.reason)) {
      const last = report === undefined ? "it never spoke" : `it last said: ${report.message}`;
      return new SluiceError(
        "HEAD_TIMEOUT",
        "system",
        `the head of ${name} was not ready in time; ${last}`,
        {
          hint: "raise DevSettings.Timeouts.HeadNodeBootstrapTimeout, or look at the head with --keep-on-failure",
        },
      );
    }
  }
  const why =
    first === undefined
      ? (stackReason(events) ?? stack?.reason ?? "CloudFormation gave no reason")
      : `${first.type} ${first.logicalId}: ${first.reason}`;
  return new SluiceError(
    "STACK_FAILED",
    "cloud",
    `the stack of ${name} could not be made: ${why}`,
    {
      hint: "correct what it names, then create the cluster again; with --keep-on-failure what was made stays",
    },
  );
}
