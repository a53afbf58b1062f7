import type { ClusterStatus } from "@sluice/cloud";
import type { FileIndex } from "../../../objects.ts";

export interface StatusFacts {
  readonly stackStatus: string;
  readonly stackReason: string | undefined;
  /** Undefined when it can't be read: it is written before the stack and removed after it. */
  readonly index: FileIndex | undefined;
  /** How many head machines the cluster shall have; undefined when that is not known. */
  readonly heads: number | undefined;
}

/** The cluster's state by what the account says of its stack, its files and its head. */
export function clusterStatus(facts: StatusFacts): {
  readonly status: ClusterStatus;
  readonly reason: string | undefined;
} {
  const { stackStatus, stackReason, index, heads } = facts;
  const said = (status: ClusterStatus) => ({ status, reason: stackReason });
  if (stackStatus.startsWith("DELETE_")) {
    return said(stackStatus === "DELETE_FAILED" ? "DELETE_FAILED" : "DELETE_IN_PROGRESS");
  }
  if (/^(REVIEW|CREATE)_IN_PROGRESS$/.test(stackStatus)) return said("CREATE_IN_PROGRESS");
  if (/^(CREATE_FAILED|ROLLBACK_)/.test(stackStatus)) return said("CREATE_FAILED");
  if (/^UPDATE_(COMPLETE_CLEANUP_)?IN_PROGRESS$/.test(stackStatus)) {
    return said("UPDATE_IN_PROGRESS");
  }
  if (/^UPDATE_(ROLLBACK_)?FAILED$/.test(stackStatus)) return said("UPDATE_FAILED");
  if (stackStatus.startsWith("UPDATE_ROLLBACK_") && stackStatus.endsWith("_IN_PROGRESS")) {
    return said("UPDATE_IN_PROGRESS");
  }
  const ofFiles = filesStatus(index);
  if (ofFiles.status !== "UPDATE_IN_PROGRESS" && heads === 0) {
    return { status: "STOPPED", reason: undefined };
  }
  return ofFiles;
}

function filesStatus(index: FileIndex | undefined) {
  const { versions = [], update } = index ?? {};
  const inForce = versions.findLast(({ state }) => state === "in-force");
  if (versions.some(({ state }) => state === "wanted")) {
    return { status: "UPDATE_IN_PROGRESS" as const, reason: undefined };
  }
  const last = versions.at(-1);
  if (last?.state === "failed") {
    const reason = update?.version === last.version ? update.message : undefined;
    return { status: "UPDATE_FAILED" as const, reason };
  }
  const status = (inForce?.version ?? 1) > 1 ? "UPDATE_COMPLETE" : "CREATE_COMPLETE";
  return { status: status as ClusterStatus, reason: undefined };
}
