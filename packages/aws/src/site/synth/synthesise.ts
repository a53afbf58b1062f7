import { withCdk } from "../../infrastructure/synth/with-cdk.ts";
import type { SiteSynthRequest, SynthesisedSite } from "./contract.ts";

/**
 * The CloudFormation template of a site. Nothing is asked of an account. The same request gives the
 * same text.
 */
export async function synthesiseSite(request: SiteSynthRequest): Promise<SynthesisedSite> {
  // The CDK takes half a second to load, which no other command should wait for.
  const { siteTemplate } = await withCdk(() => import("./templates.ts"));
  return siteTemplate(request);
}
