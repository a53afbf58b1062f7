import type { SynthesisedFile } from "@sluice/cloud";
import { requestOf } from "./apply-request.ts";
import type { CreateCluster } from "./create-cluster.ts";
import { unsupported } from "./operation.ts";

/**
 * What the cloud would be given to make a cluster, without asking it; the first document is the
 * one that leads to all others.
 *
 * Errors: `CLUSTER_NAME_INVALID`, `UNSUPPORTED_BY_PROVIDER`.
 */
export async function synthesiseCluster(
  operation: Pick<CreateCluster, "cloud" | "name" | "config" | "configText">,
): Promise<readonly SynthesisedFile[]> {
  const { infrastructure, provider } = operation.cloud;
  const request = requestOf(operation);
  if (infrastructure.synthesise !== undefined) return infrastructure.synthesise(request);
  const what = `the provider ${provider} makes clusters without templates`;
  throw unsupported(what, "see what would be made with: sluice create-cluster --dryrun");
}
