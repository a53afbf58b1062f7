import type { ApplyOptions, OnProgress } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import { HEAD_RESOURCE } from "../../names.ts";
import { cloudFormation } from "../../sdk.ts";
import { executeChangeSet, prepareChangeSet } from "./change-set.ts";
import { type DeployContext, storeOf } from "./context.ts";
import { type Followed, followStack, fromNowOn } from "./follow.ts";
import { headGroups, setHeads } from "./head-group.ts";
import { removeHeadsOwn, terminateMachines } from "./leftovers.ts";
import { clusterMachines } from "./machines.ts";
import { type Retention, retaining } from "./plan/retain.ts";
import { failuresIn } from "./plan/stack-events.ts";
import type { ClusterIdentity } from "./prepare.ts";
import { type ClusterStack, findStack, stackResources, templateOf } from "./stack.ts";
import { uploadTemplates } from "./template.ts";

export type DestroyOptions = ApplyOptions & {
  readonly retainAccounting: boolean;
  readonly retainStorage?: boolean;
};

/** See `Infrastructure.destroy`. */
export async function destroyCluster(
  context: DeployContext,
  name: string,
  options: DestroyOptions,
): Promise<{ readonly kept: readonly string[] }> {
  const { retainAccounting, retainStorage = false, onProgress, signal } = options;
  const stack = await findStack(context.clients, name);
  if (stack === undefined) {
    await removeStrayFiles(context, name);
    return { kept: [] };
  }
  const retention = { accounting: retainAccounting || retainStorage, storage: retainStorage };
  const asked = await retain(context, stack, retention, options);
  const { bucket, unique, cluster } = stack;
  const removed = await removeCluster(context, {
    name: cluster,
    unique,
    bucket,
    onProgress,
    signal,
  });
  return { kept: [...new Set([...asked, ...removed.kept])] };
}

/**
 * Takes a cluster down, however far it is: first what launches machines, then the machines, then
 * what they use, then what is known of them. Each part is looked for and may be gone.
 *
 * Errors: `STACK_DELETE_FAILED`; the cluster is then listed still.
 */
export async function removeCluster(
  context: DeployContext,
  cluster: ClusterIdentity & { readonly onProgress: OnProgress; readonly signal?: AbortSignal },
): Promise<{ readonly kept: readonly string[] }> {
  const { clients, clock } = context;
  const { name, unique, bucket, onProgress, signal } = cluster;
  const say = (resource: string, status: "started" | "done" | "info", message: string): void =>
    onProgress({ time: clock.now(), resource, status, message });
  const stack = await findStack(clients, name);
  if (stack !== undefined && stack.unique === unique) await headOff(context, stack, signal);
  await terminateMachines(context, unique, {
    onCount: (left) => say("machines", "info", `${left} to go`),
    ...(signal === undefined ? {} : { signal }),
  });
  await removeHeadsOwn(clients, unique, stack);
  const kept =
    stack === undefined || stack.unique !== unique
      ? []
      : await deleteStack(context, stack, { onProgress, ...(signal && { signal }) });
  // Whatever was launched between the look and the end of the head.
  await terminateMachines(context, unique, { onCount: () => {} });
  const store = await storeOf(context, bucket.name);
  await store.removeAll(`${bucket.prefix}/`);
  say("cluster", "done", `${name} is gone`);
  return { kept };
}

/** Milliseconds that a head may take to go, before its machines are terminated all the same. */
const HEAD_GOES_FOR = 300_000;

/** Until it is gone, a head may launch machines in place of those that are terminated. */
async function headOff(
  { clients, clock, lookEvery }: DeployContext,
  stack: ClusterStack,
  signal: AbortSignal | undefined,
): Promise<void> {
  const groups = await headGroups(clients, stack);
  if (groups.length === 0) return;
  const on = groups.filter(({ wanted }) => wanted > 0);
  await setHeads(clients, on, 0);
  const until = clock.now().getTime() + HEAD_GOES_FOR;
  while (clock.now().getTime() < until) {
    const machines = await clusterMachines(clients, stack.unique);
    if (!machines.some(({ role, state }) => role === "head" && state !== "gone")) return;
    signal?.throwIfAborted();
    await clock.sleep(lookEvery, signal);
  }
}

async function deleteStack(
  context: DeployContext,
  stack: ClusterStack,
  options: { readonly onProgress: OnProgress; readonly signal?: AbortSignal },
): Promise<readonly string[]> {
  const { sdk, client } = await cloudFormation(context.clients);
  const since = await fromNowOn(context, stack.id);
  const names = new Map(
    (await stackResources(context.clients, stack.id)).map(({ logicalId, physicalId }) => [
      logicalId,
      physicalId,
    ]),
  );
  await client.send(new sdk.DeleteStackCommand({ StackName: stack.id }));
  const followed = await followStack(context, stack.id, { since, ...options });
  if (followed.stack !== undefined && followed.stack.status !== "DELETE_COMPLETE") {
    throw deleteFailed(stack, followed);
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

function deleteFailed({ cluster }: ClusterStack, { stack, events }: Followed): SluiceError {
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
    `the stack of ${cluster} could not be deleted: ${why}`,
    { hint: `remove what is in the way, then repeat: sluice delete-cluster -n ${cluster}` },
  );
}

/** Has CloudFormation leave what is to be kept. @returns it, for people. */
async function retain(
  context: DeployContext,
  stack: ClusterStack,
  retention: Retention,
  { onProgress, signal }: DestroyOptions,
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
      const followed = await followStack(context, stack.id, { since, onProgress, signal });
      if (followed.stack?.status !== "UPDATE_COMPLETE") {
        throw new SluiceError(
          "STACK_DELETE_FAILED",
          "cloud",
          `CloudFormation can't keep what is to stay of ${stack.cluster}: ${followed.stack?.reason ?? "it gave no reason"}`,
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

/** Files of a cluster of that name whose stack was never begun. */
async function removeStrayFiles(context: DeployContext, name: string): Promise<void> {
  const store = await storeOf(context, undefined);
  const begin = `clusters/${name}-`;
  for (const folder of await store.folders(begin)) {
    if (/^[0-9a-f]{8}\/$/.test(folder.slice(begin.length))) await store.removeAll(folder);
  }
}
