import { type ClusterRecord, type ImageRecord, isInService } from "@sluice/cloud";
import type { ComputeFleetStatus } from "@sluice/model";
import type { OperationKind } from "./contract.ts";
import type { Ending } from "./store.ts";

/** What can be seen of an operation whose server is gone. */
export interface Seen {
  readonly kind: OperationKind;
  /** How it was asked for. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Of the cluster, as its cloud tells now; undefined: it is not there. */
  readonly record: ClusterRecord | undefined;
  readonly fleet: ComputeFleetStatus | undefined;
  /** Of the image. */
  readonly image: ImageRecord | undefined;
}

/**
 * What became of work whose server went away in the middle, told from what the cloud says; undefined
 * while the cloud itself goes on with it.
 */
export function settle(seen: Seen): Ending | undefined {
  switch (seen.kind) {
    case "create-cluster":
      return created(seen.record);
    case "update-cluster":
      return updated(seen);
    case "delete-cluster":
      return deleted(seen);
    case "stop-cluster":
      return seen.record?.status === "STOPPED" ? { state: "done" } : unfinished("stopped", seen);
    case "start-cluster":
      return isStarted(seen) ? { state: "done" } : unfinished("started", seen);
    case "update-compute-fleet":
      return fleetUpdated(seen);
    case "build-image":
      return imageBuilt(seen.image);
    case "delete-image":
      return seen.image === undefined ? { state: "done" } : imageKept(seen.image);
    default: {
      const never: never = seen.kind;
      return never;
    }
  }
}

function created(record: ClusterRecord | undefined): Ending | undefined {
  if (record === undefined) return lost("nothing is left of the cluster", "create it again");
  if (record.status === "CREATE_IN_PROGRESS") return undefined;
  if (isInService(record.status) || record.status === "STOPPED") return { state: "done" };
  if (record.status === "DELETE_IN_PROGRESS") return undefined;
  const why = record.statusReason ?? `it is ${record.status}`;
  return lost(`the cluster could not be created: ${why}`, "delete it, then create it again");
}

function updated({ record, request }: Seen): Ending | undefined {
  if (record === undefined) return lost("the cluster is gone", "see the audit log for who did it");
  if (record.status === "UPDATE_IN_PROGRESS") return undefined;
  const { replaces } = request;
  const isNewer = typeof replaces === "number" && record.fileVersion > replaces;
  if (isNewer && record.status !== "UPDATE_FAILED") return { state: "done" };
  const inForce = `version ${record.fileVersion} of its file is in force`;
  return lost(
    record.status === "UPDATE_FAILED"
      ? `it could not be updated: ${record.statusReason ?? "its head gave no reason"}; ${inForce}`
      : `the update had not begun; ${inForce}`,
    "ask for the update again",
  );
}

function deleted({ record, request }: Seen): Ending | undefined {
  // A name may be used again: that is another cluster.
  if (record === undefined || record.id !== request.clusterId) return { state: "done" };
  if (record.status === "DELETE_IN_PROGRESS") return undefined;
  const why = record.statusReason ?? `the cluster is ${record.status}`;
  return lost(`it is not deleted: ${why}`, "delete it again");
}

function isStarted({ record, fleet }: Seen): boolean {
  return record !== undefined && isInService(record.status) && fleet === "RUNNING";
}

function unfinished(what: string, { record, fleet }: Seen): Ending | undefined {
  if (record === undefined) return lost("the cluster is gone", "see the audit log for who did it");
  // The head goes on with its fleet by itself; its machine follows only when somebody asks.
  if (what === "started" && fleet === "STARTING") return undefined;
  return lost(`it is not ${what}: the cluster is ${record.status}`, "ask for it again");
}

function fleetUpdated({ record, fleet, request }: Seen): Ending | undefined {
  if (record === undefined) return lost("the cluster is gone", "see the audit log for who did it");
  const wanted = request.status === "START_REQUESTED" ? "RUNNING" : "STOPPED";
  if (fleet === wanted) return { state: "done" };
  const isUnderWay =
    fleet === "STARTING" ||
    fleet === "STOPPING" ||
    fleet === "START_REQUESTED" ||
    fleet === "STOP_REQUESTED";
  if (isUnderWay) return undefined;
  return lost(`the fleet is ${fleet ?? "UNKNOWN"}, not ${wanted}`, "ask for it again");
}

function imageBuilt(image: ImageRecord | undefined): Ending | undefined {
  if (image === undefined) return lost("nothing is left of the image", "build it again");
  if (image.status === "BUILD_IN_PROGRESS") return undefined;
  if (image.status === "BUILD_COMPLETE") return { state: "done" };
  const why = image.statusReason ?? `it is ${image.status}`;
  return lost(`the image could not be built: ${why}`, "delete it, then build it again");
}

function imageKept(image: ImageRecord): Ending | undefined {
  if (image.status === "DELETE_IN_PROGRESS") return undefined;
  return lost(`the image is not deleted: it is ${image.status}`, "delete it again");
}

function lost(what: string, hint: string): Ending {
  const message = `the server that did it went away in the middle; ${what}`;
  return { state: "failed", error: { code: "OPERATION_LOST", message, hint } };
}
