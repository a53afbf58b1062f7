import type { ApplyOptions, OnProgress } from "@sluice/cloud";
import { HEAD_RESOURCE } from "../../names.ts";
import { type DeployContext, storeOf } from "./context.ts";
import { deleteStack, retain, type StackKind } from "./delete-stack.ts";
import { headGroups, setHeads } from "./head-group.ts";
import { removeHeadsOwn, terminateMachines } from "./leftovers.ts";
import { clusterMachines } from "./machines.ts";
import { progressOf } from "./plan/stack-events.ts";
import type { ClusterIdentity } from "./prepare.ts";
import { type ClusterStack, findStack, stackById } from "./stack.ts";

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
  const asked = await retain(context, stack, retention, { ...options, kind: kindOf(stack) });
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
      : await deleteStack(context, stack, {
          ...{ onProgress, kind: kindOf(stack) },
          ...(signal && { signal }),
        });
  // Whatever was launched between the look and the end of the head.
  await terminateMachines(context, unique, { onCount: () => {} });
  const store = await storeOf(context, bucket.name);
  await store.removeAll(`${bucket.prefix}/`);
  say("cluster", "done", `${name} is gone`);
  return { kept };
}

function kindOf({ cluster }: ClusterStack): StackKind {
  return {
    title: cluster,
    again: `sluice delete-cluster -n ${cluster}`,
    look: stackById,
    progressOf: (event) => progressOf(event, HEAD_RESOURCE),
  };
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

/** Files of a cluster of that name whose stack was never begun. */
async function removeStrayFiles(context: DeployContext, name: string): Promise<void> {
  const store = await storeOf(context, undefined);
  const begin = `clusters/${name}-`;
  for (const folder of await store.folders(begin)) {
    if (/^[0-9a-f]{8}\/$/.test(folder.slice(begin.length))) await store.removeAll(folder);
  }
}
