import type { SynthesisedStack, SynthRequest } from "./contract.ts";
import { withCdk } from "./with-cdk.ts";

/**
 * The CloudFormation templates of a cluster. Nothing is asked of an account: what only an account
 * knows is a parameter. The same request gives the same text.
 *
 * Throws `TEMPLATE_TOO_LARGE` for a file with more storage and login pools than one stack holds.
 */
export async function synthesise(request: SynthRequest): Promise<SynthesisedStack> {
  // The CDK takes half a second to load, which no other command should wait for.
  const { synthesiseTemplates } = await withCdk(() => import("./templates.ts"));
  return synthesiseTemplates(request);
}
