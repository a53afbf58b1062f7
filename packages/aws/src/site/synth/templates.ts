import {
  type MakeApp,
  newStack,
  plainApp,
  synthesised,
} from "../../infrastructure/synth/templates.ts";
import { siteStackName } from "../../names.ts";
import type { SiteSynthRequest, SynthesisedSite } from "./contract.ts";
import { addSite } from "./site-stack.ts";

/** See `synthesiseSite`. */
export function siteTemplate(
  request: SiteSynthRequest,
  makeApp: MakeApp = plainApp,
): SynthesisedSite {
  const id = siteStackName(request.name);
  let rest: Omit<SynthesisedSite, "template"> = { parameters: [], revisions: {} };
  const [[, template] = ["", ""]] = synthesised(makeApp, (app) => {
    rest = addSite(newStack(app, id, `Sluice's site ${request.name}`), request);
    return [id];
  });
  return { ...rest, template };
}
