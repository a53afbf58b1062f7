import {
  type Cloud,
  type ClusterRecord,
  type ClusterStatus,
  isInService,
  type OnProgress,
  type Progress,
} from "@sluice/cloud";
import { type Clock, SluiceError } from "@sluice/model";

/** What every operation on one cluster needs. */
export interface ClusterOperation {
  readonly cloud: Cloud;
  readonly name: string;
  readonly signal?: AbortSignal;
}

/** An operation that takes long enough to be watched. */
export interface LongOperation extends ClusterOperation {
  readonly clock: Clock;
  readonly onProgress?: OnProgress;
}

/** Throws `CLUSTER_NOT_FOUND`. */
export async function requireCluster(cloud: Cloud, name: string): Promise<ClusterRecord> {
  const record = await cloud.infrastructure.describe(name);
  if (record === undefined) throw clusterNotFound(name);
  return record;
}

/** Throws `CLUSTER_NOT_FOUND`, or `CLUSTER_WRONG_STATE` when the head is not in service. */
export async function requireHead(cloud: Cloud, name: string): Promise<ClusterRecord> {
  const record = await requireCluster(cloud, name);
  if (!isInService(record.status)) throw wrongState(record);
  return record;
}

export function clusterNotFound(name: string): SluiceError {
  return new SluiceError("CLUSTER_NOT_FOUND", "user", `there is no cluster ${name}`, {
    hint: "see which there are (sluice list-clusters)",
  });
}

export function clusterExists(record: ClusterRecord): SluiceError {
  return new SluiceError(
    "CLUSTER_EXISTS",
    "user",
    `a cluster ${record.name} exists already (${record.status})`,
    {
      hint: `choose another name, or delete that cluster (sluice delete-cluster -n ${record.name})`,
    },
  );
}

export function wrongState(record: ClusterRecord): SluiceError {
  return new SluiceError(
    "CLUSTER_WRONG_STATE",
    "user",
    `cluster ${record.name} is ${record.status}`,
    { hint: wayOut(record.name, record.status) },
  );
}

function wayOut(name: string, status: ClusterStatus): string {
  switch (status) {
    case "STOPPED":
      return `start it (sluice start-cluster -n ${name})`;
    case "CREATE_IN_PROGRESS":
      return `wait until it is created (sluice events -n ${name})`;
    case "DELETE_IN_PROGRESS":
      return "wait until it is gone";
    case "CREATE_FAILED":
    case "DELETE_FAILED":
      return `delete it (sluice delete-cluster -n ${name})`;
    case "UPDATE_IN_PROGRESS":
      return `wait until it is updated (sluice events -n ${name} --follow)`;
    case "CREATE_COMPLETE":
    case "UPDATE_COMPLETE":
    case "UPDATE_FAILED":
      return `look at its state (sluice describe-cluster -n ${name})`;
    default: {
      const never: never = status;
      return never;
    }
  }
}

/** What a cloud has no such thing for; `what` says so. */
export function unsupported(what: string, hint: string): SluiceError {
  return new SluiceError("UNSUPPORTED_BY_PROVIDER", "user", what, { hint });
}

/** The error of work that its caller called off; `hint` says what is left of it. */
export function interrupted(work: string, hint: string, cause?: unknown): SluiceError {
  return new SluiceError("INTERRUPTED", "user", `${work} was interrupted`, { hint, cause });
}

/** Reports steps of one resource at the clock's time. */
export function reporter(
  { clock, onProgress }: Pick<LongOperation, "clock" | "onProgress">,
  resource: string,
): (status: Progress["status"], message: string) => void {
  return (status, message) => onProgress?.({ time: clock.now(), resource, status, message });
}

/** A signal that never fires, for contracts that insist on one. */
export function signalOf(operation: { readonly signal?: AbortSignal }): AbortSignal {
  return operation.signal ?? new AbortController().signal;
}
