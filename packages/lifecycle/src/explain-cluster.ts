import type { Explanation } from "@sluice/model";
import { type ExplainSubject, headControl } from "./head-control.ts";
import { type ClusterOperation, requireHead } from "./operation.ts";

/**
 * Why a job waits or a node is as it is, and what happens next.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `HEAD_UNREACHABLE`, `JOB_NOT_FOUND`,
 * `NODE_NOT_FOUND`.
 */
export async function explainInCluster(
  operation: ClusterOperation & { readonly subject: ExplainSubject },
): Promise<Explanation> {
  const { cloud, name, signal, subject } = operation;
  await requireHead(cloud, name);
  return headControl(cloud.shell, name, signal === undefined ? {} : { signal }).explain(subject);
}
