import type { Stack, StackEvent } from "@aws-sdk/client-cloudformation";
import type { ApplyOptions, JobApiRecord, JobApiRequest, JobApis } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { ensureBucket, ObjectStore } from "../bucket.ts";
import type { Clients } from "../clients.ts";
import { sayer } from "../infrastructure/deploy/apply.ts";
import {
  executeChangeSet,
  prepareChangeSet,
  withdraw,
} from "../infrastructure/deploy/change-set.ts";
import type { DeployContext } from "../infrastructure/deploy/context.ts";
import { type Followed, followAny, fromNowOn } from "../infrastructure/deploy/follow.ts";
import { failuresIn, progressOf } from "../infrastructure/deploy/plan/stack-events.ts";
import { isAbsent } from "../infrastructure/deploy/stack.ts";
import { uploadTemplates } from "../infrastructure/deploy/template.ts";
import { bucketName, jobApiStackName, OBJECTS } from "../names.ts";
import { cloudFormation } from "../sdk.ts";
import { JOB_API_OUTPUTS } from "./outputs.ts";
import { ensureFunction, type FunctionProgram } from "./program.ts";

/** Of a program that was not put anywhere: templates that are only looked at. */
const NO_PROGRAM = { bucket: "BUCKET", key: OBJECTS.function("SHA256") };

/** Job APIs of an account; each is a stack of its own, which outlives its cluster. */
export function awsJobApis(context: DeployContext, program: FunctionProgram): JobApis {
  return {
    async synthesise(request) {
      const text = await templateOf(request, NO_PROGRAM);
      return [{ path: "job-api.template.json", text }];
    },
    deploy: (request, options) => deploy(context, program, request, options),
    describe: async (cluster) =>
      (await findJobApi(context.clients, jobApiStackName(cluster)))?.record,
    destroy: (cluster, options) => destroy(context, cluster, options),
  };
}

// The CDK takes half a second to load, which no other command should wait for.
async function templateOf(
  { cluster, config }: JobApiRequest,
  program: { readonly bucket: string; readonly key: string },
): Promise<string> {
  const { jobApiTemplate } = await import("./template.ts");
  return jobApiTemplate({ cluster, config, program });
}

async function deploy(
  context: DeployContext,
  program: FunctionProgram,
  request: JobApiRequest,
  options: ApplyOptions,
): Promise<JobApiRecord> {
  const { clients } = context;
  const { cluster } = request;
  const { signal } = options;
  const say = sayer(context, options);
  const place = await context.place();
  const bucket = bucketName(place.account, place.region);
  await ensureBucket(clients, { bucket, ...place });
  const store = new ObjectStore(clients, bucket);
  const key = await ensureFunction(store, program);
  signal.throwIfAborted();
  const name = jobApiStackName(cluster);
  let former = await findJobApi(clients, name);
  if (former?.record.status.endsWith("_IN_PROGRESS")) throw busy(cluster, former.record.status);
  if (former !== undefined && NEVER_WAS.test(former.record.status)) {
    say("job API", "info", "what is left of one that failed is removed");
    await destroy(context, cluster, options);
    former = undefined;
  }
  const template = await templateOf(request, { bucket, key });
  const templateUrl = await uploadTemplates(store, OBJECTS.jobApi(cluster), place.region, {
    template,
    nested: {},
  });
  const since = former === undefined ? new Date(0) : await fromNowOn(context, former.arn);
  const changeSet = await prepareChangeSet(
    context,
    {
      stack: former?.arn ?? name,
      type: former === undefined ? "CREATE" : "UPDATE",
      templateUrl,
      parameters: {},
      tags: { [KIND]: cluster },
    },
    signal,
  );
  if (changeSet === undefined) {
    say("job API", "done", `the job API of ${cluster} is as the file says`);
  } else {
    say("job API", "started", `the job API of ${cluster}`);
    try {
      signal.throwIfAborted();
      await executeChangeSet(context, changeSet);
    } catch (error) {
      await withdraw(context, changeSet.stackId);
      throw error;
    }
    const { stack, events } = await follow(context, changeSet.stackId, { ...options, since });
    if (!/^(CREATE|UPDATE)_COMPLETE$/.test(stack?.status ?? "")) {
      throw failed(cluster, stack, events, "deploy");
    }
    say("job API", "done", `the job API of ${cluster}`);
  }
  const made = await findJobApi(clients, name);
  if (made === undefined) throw new SluiceError("STACK_FAILED", "cloud", "the stack is gone");
  return made.record;
}

async function destroy(
  context: DeployContext,
  cluster: string,
  options: ApplyOptions,
): Promise<{ readonly kept: readonly string[] }> {
  const { clients } = context;
  const say = sayer(context, options);
  const found = await findJobApi(clients, jobApiStackName(cluster));
  if (found === undefined) return { kept: [] };
  const { sdk, client } = await cloudFormation(clients);
  say("job API", "started", `deleting the job API of ${cluster}`);
  const since = await fromNowOn(context, found.arn);
  await client.send(new sdk.DeleteStackCommand({ StackName: found.arn }));
  const { stack, events } = await follow(context, found.arn, { ...options, since });
  if (stack !== undefined && stack.status !== "DELETE_COMPLETE") {
    throw failed(cluster, stack, events, "delete");
  }
  const { account, region } = await context.place();
  await new ObjectStore(clients, bucketName(account, region)).removeAll(
    `${OBJECTS.jobApi(cluster)}/`,
  );
  say("job API", "done", `the job API of ${cluster} is gone`);
  const { uploadBucket } = found.record;
  return { kept: uploadBucket === undefined ? [] : [`bucket ${uploadBucket}`] };
}

/** Of stacks that were never made whole: CloudFormation only deletes them. */
const NEVER_WAS = /^(ROLLBACK_(COMPLETE|FAILED)|CREATE_FAILED)$/;

/** Tag of the stack; its value is the cluster. */
const KIND = "sluice:job-api";

interface FoundStack {
  readonly arn: string;
  readonly record: JobApiRecord;
}

async function findJobApi(clients: Clients, StackName: string): Promise<FoundStack | undefined> {
  const { sdk, client } = await cloudFormation(clients);
  try {
    const { Stacks = [] } = await client.send(new sdk.DescribeStacksCommand({ StackName }));
    const found = Stacks[0] === undefined ? undefined : foundStack(Stacks[0]);
    return found?.record.status === "REVIEW_IN_PROGRESS" ? undefined : found;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function foundStack(stack: Stack): FoundStack | undefined {
  const { CreationTime: createdAt = new Date(0), LastUpdatedTime: updatedAt = createdAt } = stack;
  const cluster = stack.Tags?.find(({ Key }) => Key === KIND)?.Value;
  if (cluster === undefined) return undefined;
  const output = (key: string): string | undefined =>
    stack.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  return {
    arn: stack.StackId ?? "",
    record: {
      cluster,
      status: stack.StackStatus ?? "",
      statusReason: stack.StackStatusReason,
      endpoint: output(JOB_API_OUTPUTS.endpoint),
      uploadBucket: output(JOB_API_OUTPUTS.bucket),
      createdAt,
      updatedAt,
    },
  };
}

function follow(
  context: DeployContext,
  arn: string,
  options: ApplyOptions & { readonly since: Date },
): Promise<Followed<JobApiRecord>> {
  return followAny(context, arn, {
    ...options,
    look: async (clients, id) => (await findJobApi(clients, id))?.record,
    progressOf: (event) => progressOf(event, ""),
  });
}

function busy(cluster: string, status: string): SluiceError {
  return new SluiceError("CLUSTER_BUSY", "user", `the job API of ${cluster} is ${status}`, {
    hint: "wait until that is over, then repeat the command",
  });
}

function failed(
  cluster: string,
  stack: JobApiRecord | undefined,
  events: readonly StackEvent[],
  verb: "deploy" | "delete",
): SluiceError {
  const [first] = failuresIn(events);
  const why =
    first === undefined
      ? (stack?.statusReason ?? stack?.status ?? "it is gone")
      : `${first.logicalId}: ${first.reason}`;
  const code = verb === "deploy" ? "STACK_FAILED" : "STACK_DELETE_FAILED";
  return new SluiceError(code, "cloud", `the job API of ${cluster} failed: ${why}`, {
    hint: `correct what it names, then repeat: sluice job-api ${verb} -n ${cluster}`,
  });
}
