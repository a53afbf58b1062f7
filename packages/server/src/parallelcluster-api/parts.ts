import type { ClusterRecord, ClusterStatus } from "@sluice/cloud";
import type { ServedCluster } from "../clusters/directory.ts";
import type { FileWork } from "../clusters/files/file-work.ts";
import type { Operation, Operations } from "../clusters/operations/index.ts";
import { maySee } from "../clusters/sight.ts";
import type { ServerDeps } from "../deps.ts";
import type { Principal } from "../identity/principal.ts";
import type { FileLinks } from "./links.ts";
import { badRequest, clusterMissing } from "./refusal.ts";
import type { DocumentedRequest } from "./request.ts";

export interface ParallelClusterParts
  extends Pick<ServerDeps, "clusters" | "audit" | "clock" | "log"> {
  readonly operations: Operations;
  readonly files: FileWork;
  /** Where clients reach this server. */
  readonly publicUrl: URL;
  /** See `FileLinks`. */
  readonly siteKey: Uint8Array;
}

/** What an operation is answered from. */
export interface Asked {
  readonly parts: ParallelClusterParts;
  readonly links: FileLinks;
  readonly principal: Principal;
  readonly request: DocumentedRequest;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export type Answerer = (asked: Asked) => Promise<Answer>;

/** A region that no configured cloud is in is a mistake; none means all of them. */
export async function regionOf({ parts, request }: Asked): Promise<string | undefined> {
  const region = request.text("region");
  if (region === undefined) return undefined;
  const clouds = await parts.clusters.clouds();
  if (clouds.some((one) => one.region === region)) return region;
  const served = clouds.map((one) => one.region).join(", ");
  throw badRequest(
    `invalid or unsupported region '${region}'; this server has ${served || "none"}`,
  );
}

/** The cluster of the path as it is now, in the region of the query, if the caller may see it. Throws a 404. */
export async function clusterOf(asked: Asked): Promise<ServedCluster> {
  const { parts, principal, request } = asked;
  const name = request.text("clusterName") ?? "";
  const region = await regionOf(asked);
  const cluster = await parts.clusters.get(name).catch(() => undefined);
  if (cluster === undefined || !maySee(principal, name)) throw clusterMissing(name);
  if (region !== undefined && cluster.region !== region) throw clusterMissing(name);
  const record = await cluster.cloud.infrastructure.describe(name);
  if (record === undefined) throw clusterMissing(name);
  const [running] = await parts.operations.list({ cluster: name, state: "running", limit: 1 });
  return { ...cluster, record: underWay(record, running) };
}

const IN_PROGRESS: Partial<Readonly<Record<Operation["kind"], ClusterStatus>>> = {
  "create-cluster": "CREATE_IN_PROGRESS",
  "update-cluster": "UPDATE_IN_PROGRESS",
  "delete-cluster": "DELETE_IN_PROGRESS",
};

/**
 * What was asked for is in progress from the answer on, also before the cloud has heard of it: who
 * waits for the end would else take the former state for it.
 */
export function underWay(record: ClusterRecord, running: Operation | undefined): ClusterRecord {
  const status = running === undefined ? undefined : IN_PROGRESS[running.kind];
  return status === undefined ? record : { ...record, status };
}
