import { MOST_FILE } from "@sluice/api";
import { isInService, type Machine } from "@sluice/cloud";
import {
  describeCluster,
  describeClusterInstances,
  describeComputeFleet,
  type NodeType,
  planCluster,
  planUpdate,
  stackEvents,
  UpdateConflictError,
  updateComputeFleet,
} from "@sluice/lifecycle";
import { isSluiceError } from "@sluice/model";
import { type AskedStrictness, checkedClusterFile } from "../clusters/checked-file.ts";
import type { ServedCluster } from "../clusters/directory.ts";
import { isAtLeastOn, maySee } from "../clusters/sight.ts";
import { updateNodes } from "../clusters/update-nodes.ts";
import { pageOf } from "./pages.ts";
import { type Answerer, type Asked, clusterOf, regionOf, underWay } from "./parts.ts";
import { badRequest, changeOf, dryrunSucceeded, messagesOf, Refusal } from "./refusal.ts";
import type { DocumentedRequest } from "./request.ts";
import {
  clusterInfo,
  fileFactsOf,
  instanceInfo,
  loginNodesOf,
  plannedInfo,
  resourceStatusOf,
  stackOf,
} from "./words.ts";

export const clusterAnswerers = {
  ListClusters: async (asked) => {
    const { parts, principal, request } = asked;
    const region = await regionOf(asked);
    const wanted = request.list("clusterStatus");
    const running = await parts.operations.list({ state: "running", limit: 1000 });
    const known = await parts.clusters.list();
    const there = known.map((cluster) => {
      const operation = running.find((one) => one.cluster === cluster.name);
      return clusterInfo({ ...cluster, record: underWay(cluster.record, operation) });
    });
    const toCome = running
      .filter(
        ({ kind, cluster }) =>
          kind === "create-cluster" && !known.some((one) => one.name === cluster),
      )
      .map((operation) => plannedInfo(operation.cluster ?? "", operation));
    const found = [...there, ...toCome].filter(
      (cluster) =>
        maySee(principal, cluster.clusterName) &&
        (region === undefined || cluster.region === region) &&
        (wanted.length === 0 || wanted.includes(cluster.clusterStatus)),
    );
    const { items, next } = pageOf(found, request.text("nextToken"));
    return { status: 200, body: { clusters: items, ...next } };
  },

  CreateCluster: async (asked) => {
    const { parts, principal, request } = asked;
    const { clusters, operations, clock } = parts;
    const name = request.field("clusterName");
    const { config, configText, warnings } = await checkedClusterFile(
      parts.files,
      fileOf(request),
      strictnessOf(request),
    );
    const place = await clusters.cloudFor({
      provider: config.Provider,
      region: await regionFor(asked, config),
    });
    if (request.flag("dryrun") === true) {
      await planCluster({ cloud: place.cloud, name, clock, config, configText });
      throw dryrunSucceeded(messagesOf(warnings));
    }
    const keepOnFailure = request.flag("rollbackOnFailure") === false;
    await operations.start(
      { kind: "create-cluster", cluster: name, place, config, configText, keepOnFailure },
      principal,
    );
    return {
      status: 202,
      body: { cluster: plannedInfo(name, place), ...messagesOf(warnings) },
    };
  },

  DescribeCluster: async (asked) => {
    const cluster = await clusterOf(asked).catch(async (error: unknown) => {
      const notYet = await notThereYet(asked);
      if (notYet === undefined) throw error;
      return notYet;
    });
    if (!("cloud" in cluster)) return { status: 200, body: cluster };
    const { links, principal } = asked;
    const { cloud, name, record } = cluster;
    const mayRead = isAtLeastOn(principal, name, "operator");
    const { computeFleetStatus, creationTime, lastUpdatedTime, headNode } = await describeCluster({
      cloud,
      name,
    });
    const info = clusterInfo(cluster);
    const { tags, pools } = fileFactsOf(record);
    const machines: readonly Machine[] =
      pools.length === 0 ? [] : await cloud.infrastructure.machines(name);
    const { cloudformationStackStatus: cloudFormationStackStatus, ...named } = info;
    return {
      status: 200,
      body: {
        ...named,
        cloudFormationStackStatus,
        creationTime,
        lastUpdatedTime,
        clusterConfiguration: {
          url: mayRead ? links.linkTo(configurationPath(name, record.fileVersion)) : NOT_AVAILABLE,
        },
        computeFleetStatus,
        tags,
        ...(headNode === undefined ? {} : { headNode: instanceInfo(headNode) }),
        ...(pools.length === 0 ? {} : { loginNodes: loginNodesOf(pools, machines) }),
        ...(record.status === "CREATE_FAILED"
          ? {
              failures: [
                {
                  failureCode: "ClusterCreationFailure",
                  failureReason: record.statusReason ?? "the cloud gave no reason",
                },
              ],
            }
          : {}),
      },
    };
  },

  UpdateCluster: async (asked) => {
    const { parts, principal, request } = asked;
    const cluster = await clusterOf(asked);
    const { cloud, name, region } = cluster;
    const { config, configText, warnings } = await checkedClusterFile(
      parts.files,
      fileOf(request),
      strictnessOf(request),
    );
    const inFile = config.Provider === "local" ? undefined : config.Region;
    if (inFile !== undefined && inFile !== region) throw regionsDiffer();
    const { changes } = await planUpdate({ cloud, name, config });
    const refused = changes.filter(({ effect }) => effect === "refused");
    if (refused.length > 0) throw new UpdateConflictError(name, refused);
    if (changes.length === 0 && cluster.record.status !== "UPDATE_IN_PROGRESS") {
      throw badRequest("No changes found in your cluster configuration.");
    }
    const changeSet = changes.map(changeOf);
    if (request.flag("dryrun") === true) {
      throw dryrunSucceeded({ changeSet, ...messagesOf(warnings) });
    }
    await parts.operations.start(
      { kind: "update-cluster", cluster: name, config, configText },
      principal,
    );
    const updating = inProgress(cluster, "UPDATE_IN_PROGRESS");
    return { status: 202, body: { cluster: updating, ...messagesOf(warnings), changeSet } };
  },

  DeleteCluster: async (asked) => {
    const { parts, principal } = asked;
    const cluster = await clusterOf(asked);
    const { name } = cluster;
    const [running] = await parts.operations.list({ cluster: name, state: "running", limit: 1 });
    if (running?.kind !== "delete-cluster") {
      const kind = "delete-cluster";
      const request = {
        kind,
        cluster: name,
        retainAccounting: false,
        retainStorage: false,
      } as const;
      await parts.operations.start(request, principal);
    }
    return { status: 202, body: { cluster: inProgress(cluster, "DELETE_IN_PROGRESS") } };
  },

  DescribeComputeFleet: async (asked) => {
    const { cloud, name, record } = await clusterOf(asked);
    if (!isInService(record.status)) {
      const status = record.status === "STOPPED" ? "STOPPED" : "UNKNOWN";
      return { status: 200, body: { status } };
    }
    try {
      const { status, lastStatusUpdatedTime } = await describeComputeFleet({ cloud, name });
      return { status: 200, body: { status, lastStatusUpdatedTime } };
    } catch (error) {
      if (!isSluiceError(error) || error.code !== "HEAD_UNREACHABLE") throw error;
      return { status: 200, body: { status: "UNKNOWN" } };
    }
  },

  UpdateComputeFleet: async (asked) => {
    const { request, parts } = asked;
    const { cloud, name } = await clusterOf(asked);
    const status = request.field("status");
    if (status !== "START_REQUESTED" && status !== "STOP_REQUESTED") {
      throw badRequest(
        "the update compute fleet status can only be set to `START_REQUESTED` or `STOP_REQUESTED` for Slurm clusters.",
      );
    }
    await updateComputeFleet({ cloud, name, status, wait: false, clock: parts.clock });
    return { status: 204 };
  },

  DescribeClusterInstances: async (asked) => {
    const { request } = asked;
    const { cloud, name } = await clusterOf(asked);
    const nodeType = request.text("nodeType") as NodeType | undefined;
    const queueName = request.text("queueName");
    const found = await describeClusterInstances({
      cloud,
      name,
      ...(nodeType === undefined ? {} : { nodeType }),
      ...(queueName === undefined ? {} : { queueName }),
    });
    const { items, next } = pageOf(found, request.text("nextToken"));
    const instances = items.map((machine) => ({
      ...instanceInfo(machine),
      nodeType: machine.nodeType,
      ...(machine.queueName === undefined ? {} : { queueName: machine.queueName }),
    }));
    return { status: 200, body: { instances, ...next } };
  },

  DeleteClusterInstances: async (asked) => {
    const { request, principal, parts } = asked;
    const cluster = await clusterOf(asked).catch((error: unknown) => {
      // Nothing outlives its cluster here, so that there is nothing to be forced.
      if (error instanceof Refusal && error.status === 404 && request.flag("force") === true) {
        return undefined;
      }
      throw error;
    });
    if (cluster === undefined) return { status: 202 };
    const { cloud, name } = cluster;
    const machines = await describeClusterInstances({ cloud, name, nodeType: "ComputeNode" });
    const nodes = machines
      .filter(({ state }) => state === "pending" || state === "running")
      .map(({ nodeName }) => nodeName);
    const action = "power-down-now";
    await updateNodes({ cloud, name, nodes, action, reason: undefined, by: principal.name });
    parts.log.info(`${nodes.length} nodes of ${name} are powered down`);
    return { status: 202 };
  },

  GetClusterStackEvents: async (asked) => {
    const { cloud, name, record, region } = await clusterOf(asked);
    const all = await stackEvents({ cloud, name });
    // Newest first, as CloudFormation's.
    const { items, next } = pageOf(all.toReversed(), asked.request.text("nextToken"));
    const stackId = stackOf(record, region);
    const events = items.map((event, index) => ({
      stackId,
      eventId: `${event.logicalResourceId}-${event.timestamp}-${index}`,
      stackName: name,
      logicalResourceId: event.logicalResourceId,
      physicalResourceId: record.resources[event.logicalResourceId] ?? "",
      resourceType: `Sluice::Cluster::${pascal(event.logicalResourceId)}`,
      timestamp: event.timestamp,
      resourceStatus: resourceStatusOf(event.resourceStatus, event.logicalResourceId),
      ...(event.resourceStatusReason === undefined
        ? {}
        : { resourceStatusReason: event.resourceStatusReason }),
    }));
    return { status: 200, body: { events, ...next } };
  },
} satisfies Record<string, Answerer>;

/** ParallelCluster's own word where it can't give the address of a file. */
const NOT_AVAILABLE = "NOT_AVAILABLE";
/** How long a cluster that could not be created is told of, after it was taken down again. */
const TOLD_SECONDS = 3600;

/** A cluster that was asked for and that its cloud does not know: not yet, or not any more. */
async function notThereYet({ parts, principal, request }: Asked) {
  const name = request.text("clusterName") ?? "";
  if (!maySee(principal, name)) return undefined;
  const [last] = await parts.operations.list({ cluster: name, limit: 1 });
  if (last?.kind !== "create-cluster" || last.state === "done") return undefined;
  const { createdAt, endedAt = createdAt, error } = last;
  const isOver = last.state !== "running";
  const age = parts.clock.now().getTime() - endedAt.getTime();
  if (isOver && age > TOLD_SECONDS * 1000) return undefined;
  const status = isOver ? "CREATE_FAILED" : "CREATE_IN_PROGRESS";
  const { cloudformationStackStatus: _, ...planned } = plannedInfo(name, last);
  const failureReason = error?.message ?? "it was called off";
  return {
    ...planned,
    clusterStatus: status,
    cloudFormationStackStatus: status,
    creationTime: createdAt.toISOString(),
    lastUpdatedTime: endedAt.toISOString(),
    clusterConfiguration: { url: NOT_AVAILABLE },
    computeFleetStatus: "UNKNOWN",
    tags: [],
    ...(isOver ? { failures: [{ failureCode: "ClusterCreationFailure", failureReason }] } : {}),
  };
}

export function configurationPath(cluster: string, version: number): string {
  return `/v3/clusters/${encodeURIComponent(cluster)}/configuration/${version}`;
}

export function strictnessOf(request: DocumentedRequest): AskedStrictness {
  const level = request.text("validationFailureLevel") ?? "ERROR";
  return {
    suppressValidators: request.list("suppressValidators"),
    validationFailureLevel: level as AskedStrictness["validationFailureLevel"],
  };
}

function fileOf(request: DocumentedRequest): string {
  const text = request.field("clusterConfiguration");
  if (text.trim() === "") throw badRequest("configuration is required and cannot be empty");
  if (text.length > MOST_FILE) throw badRequest(`configuration is longer than ${MOST_FILE}`);
  return text;
}

/** Of the file or of the request; both may say it if they say the same. */
export async function regionFor(
  asked: Asked,
  { Provider, Region }: { readonly Provider: string; readonly Region?: string | undefined },
): Promise<string | undefined> {
  const region = await regionOf(asked);
  const inFile = Provider === "local" ? undefined : Region;
  if (region !== undefined && inFile !== undefined && region !== inFile) throw regionsDiffer();
  return region ?? inFile;
}

function regionsDiffer(): Refusal {
  return badRequest("region is set in both parameter and configuration and conflicts.");
}

function inProgress(cluster: ServedCluster, status: "UPDATE_IN_PROGRESS" | "DELETE_IN_PROGRESS") {
  return {
    ...clusterInfo(cluster),
    cloudformationStackStatus: status,
    clusterStatus: status,
  };
}

function pascal(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
