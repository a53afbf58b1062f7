import type { OnProgress } from "@sluice/cloud";
import {
  buildImage,
  createCluster,
  deleteCluster,
  deleteImage,
  describeImage,
  type LongOperation,
  planCluster,
  planUpdate,
  requireCluster,
  startCluster,
  stopCluster,
  UpdateConflictError,
  updateCluster,
  updateComputeFleet,
} from "@sluice/lifecycle";
import { type Clock, findingsError, parseStoredClusterFile, SluiceError } from "@sluice/model";
import type { ClusterDirectory, ServedCloud } from "../directory.ts";
import type { OperationRequest } from "./contract.ts";

/** Work that could be begun. */
export interface PreparedWork {
  readonly place: ServedCloud;
  /** What is written down of the request; `settle` reads it. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly run: (options: WorkOptions) => Promise<unknown>;
}

export interface WorkOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** Looks whether it could be done, and touches nothing. Throws what lifecycle's plan throws. */
export async function prepare(
  request: OperationRequest,
  { clusters, clock }: { readonly clusters: ClusterDirectory; readonly clock: Clock },
): Promise<PreparedWork> {
  const { kind } = request;
  switch (kind) {
    case "create-cluster": {
      const { cluster: name, place, config, configText, keepOnFailure } = request;
      await requireFreeName(clusters, name);
      const operation = { cloud: place.cloud, name, clock, config, configText, keepOnFailure };
      await planCluster(operation);
      return {
        place,
        request: { keepOnFailure },
        run: (options) => createCluster({ ...operation, ...options }),
      };
    }
    case "update-cluster": {
      const { cluster: name, config, configText } = request;
      const place = await clusters.get(name);
      const operation = { cloud: place.cloud, name, clock, config, configText };
      const { changes } = await planUpdate(operation);
      const refused = changes.filter(({ effect }) => effect === "refused");
      if (refused.length > 0) throw new UpdateConflictError(name, refused);
      const { fileVersion } = await requireCluster(place.cloud, name);
      return {
        place,
        request: { replaces: fileVersion },
        run: (options) => updateCluster({ ...operation, ...options }),
      };
    }
    case "delete-cluster": {
      const { cluster: name, retainAccounting, retainStorage } = request;
      const { place, operation, clusterId } = await existing(clusters, clock, name);
      const keep = { retainAccounting: retainAccounting || retainStorage, retainStorage };
      return {
        place,
        request: { ...keep, clusterId },
        run: (options) => deleteCluster({ ...operation, ...keep, ...options }),
      };
    }
    case "stop-cluster":
    case "start-cluster": {
      const { place, operation, clusterId } = await existing(clusters, clock, request.cluster);
      const work = kind === "stop-cluster" ? stopCluster : startCluster;
      return {
        place,
        request: { clusterId },
        run: (options) => work({ ...operation, ...options }),
      };
    }
    case "update-compute-fleet": {
      const { cluster, status } = request;
      const { place, operation, clusterId } = await existing(clusters, clock, cluster);
      return {
        place,
        request: { clusterId, status },
        run: (options) => updateComputeFleet({ ...operation, ...options, status, wait: true }),
      };
    }
    case "build-image": {
      const { image: id, place, config, configText } = request;
      const { cloud } = place;
      await requireFreeImage(place, id);
      return {
        place,
        request: {},
        run: (options) => buildImage({ cloud, id, config, configText, clock, ...options }),
      };
    }
    case "delete-image": {
      const { image: id, place, force } = request;
      const { cloud } = place;
      await describeImage({ cloud, id });
      return {
        place,
        request: { force },
        run: (options) => deleteImage({ cloud, id, force, clock, ...options }),
      };
    }
    default: {
      const never: never = kind;
      return never;
    }
  }
}

/**
 * Gives a cluster the file in force again, which ends its update. Resolves when the former file is
 * in force.
 */
export async function callOffUpdate(
  { clusters, clock }: { readonly clusters: ClusterDirectory; readonly clock: Clock },
  name: string,
  options: WorkOptions,
): Promise<void> {
  const { cloud } = await clusters.get(name);
  const { configText } = await requireCluster(cloud, name);
  const parsed = parseStoredClusterFile(configText, `the file of ${name}`);
  if (!parsed.ok) throw findingsError(parsed.findings);
  await updateCluster({ cloud, name, clock, config: parsed.config, configText, ...options });
}

async function existing(
  clusters: ClusterDirectory,
  clock: Clock,
  name: string,
): Promise<{
  readonly place: ServedCloud;
  readonly operation: LongOperation;
  readonly clusterId: string;
}> {
  const place = await clusters.get(name);
  const { id } = await requireCluster(place.cloud, name);
  return { place, operation: { cloud: place.cloud, name, clock }, clusterId: id };
}

/** A name is unique over all clouds of the site, not only in its own. */
async function requireFreeName(clusters: ClusterDirectory, name: string): Promise<void> {
  const taken = (await clusters.list()).find((one) => one.name === name);
  if (taken === undefined) return;
  throw new SluiceError(
    "CLUSTER_EXISTS",
    "user",
    `a cluster ${name} exists already (${taken.record.status})`,
    { hint: "choose another name, or delete it first" },
  );
}

async function requireFreeImage({ cloud, provider }: ServedCloud, id: string): Promise<void> {
  if (cloud.images === undefined) {
    const what = `the provider ${provider} builds no images`;
    throw new SluiceError("UNSUPPORTED_BY_PROVIDER", "user", what, { hint: "name another region" });
  }
  if ((await cloud.images.describe(id)) === undefined) return;
  throw new SluiceError("IMAGE_EXISTS", "user", `there is an image ${id} already`, {
    hint: "choose another id, or delete it first",
  });
}
