import type { ApplyRequest, ClusterRecord } from "@sluice/cloud";
import { type ClusterConfig, isSluiceError, type NodeGroup, nodeGroups } from "@sluice/model";
import { requestOf } from "./apply-request.ts";
import { nodesUp, waitForFleet } from "./compute-fleet.ts";
import { headControl } from "./head-control.ts";
import {
  clusterExists,
  interrupted,
  type LongOperation,
  reporter,
  requireCluster,
  signalOf,
} from "./operation.ts";
import { type ClusterSummary, summaryOf } from "./views.ts";

export interface CreateCluster extends LongOperation {
  readonly config: ClusterConfig;
  /** The cluster file as it was given; it is kept with the cluster. */
  readonly configText: string;
  /** The site that it belongs to. */
  readonly site?: string;
  /** What was half made stays when it fails, to be looked at; an interruption takes it down. */
  readonly keepOnFailure?: boolean;
}

export interface ClusterPlan {
  readonly clusterName: string;
  readonly provider: string;
  readonly steps: readonly string[];
}

/**
 * What `createCluster` would do; touches nothing.
 *
 * Errors: `CLUSTER_NAME_INVALID`, `CLUSTER_EXISTS`, and what the cloud refuses.
 */
export async function planCluster(operation: CreateCluster): Promise<ClusterPlan> {
  const request = await freeRequestOf(operation);
  const { steps } = await operation.cloud.infrastructure.plan(request);
  return { clusterName: operation.name, provider: operation.cloud.provider, steps };
}

/**
 * Creates a cluster and, when its file asks for static nodes, waits until they take jobs.
 *
 * Errors: those of `planCluster`, before anything exists; then what the cloud says, after it took
 * down what was half made, unless that shall stay (the hint says so when it could not); `INTERRUPTED`; and, with the cluster
 * in place, `FLEET_TIMEOUT` or `FLEET_PROTECTED`.
 */
export async function createCluster(operation: CreateCluster): Promise<ClusterSummary> {
  const { cloud, name } = operation;
  const request = await freeRequestOf(operation);
  await cloud.infrastructure.plan(request);
  if (operation.signal?.aborted) throw interrupted(creationOf(name), "nothing was made");
  await apply(operation, request);

  const wanted = staticNodeCount(operation.config);
  if (wanted > 0) {
    const control = headControl(cloud.shell, name);
    await waitForFleet(operation, control, "RUNNING", (fleet) => nodesUp(fleet) >= wanted);
  }
  return summaryOf(await requireCluster(cloud, name));
}

async function freeRequestOf(operation: CreateCluster): Promise<ApplyRequest> {
  const request = requestOf(operation);
  const existing = await operation.cloud.infrastructure.describe(request.name);
  if (existing !== undefined) throw clusterExists(existing);
  return request;
}

async function apply(operation: CreateCluster, request: ApplyRequest): Promise<ClusterRecord> {
  const { cloud, name, signal } = operation;
  try {
    return await cloud.infrastructure.apply(request, {
      onProgress: operation.onProgress ?? (() => {}),
      signal: signalOf(operation),
      keepOnFailure: operation.keepOnFailure ?? false,
    });
  } catch (error) {
    if (!signal?.aborted) {
      if (operation.keepOnFailure === true) {
        const report = reporter(operation, "cluster");
        report("info", `what was made is kept; remove it with: sluice delete-cluster -n ${name}`);
      }
      throw error;
    }
    const left = await cloud.infrastructure.describe(name).catch(() => undefined);
    const hint =
      left === undefined
        ? "what was made is taken down again"
        : `something is left; remove it with: sluice delete-cluster -n ${name}`;
    throw isSluiceError(error) && error.code === "INTERRUPTED"
      ? error
      : interrupted(creationOf(name), hint, error);
  }
}

function creationOf(name: string): string {
  return `creating cluster ${name}`;
}

function staticNodeCount(config: ClusterConfig): number {
  const isStatic = (group: NodeGroup) => group.kind === "static";
  return nodeGroups(config)
    .filter(isStatic)
    .reduce((sum, group) => sum + group.count, 0);
}
