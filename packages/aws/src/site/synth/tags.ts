import { TAGS } from "../../names.ts";
import type { SiteScope } from "./contract.ts";

/**
 * The tags of a site, on all of it that can have tags. It has an id as clusters have one, and by the
 * same tag, so that the rights of who may end clusters are about it, too.
 */
export function siteTags({
  config,
  request,
}: Pick<SiteScope, "config" | "request">): Readonly<Record<string, string>> {
  const own = Object.fromEntries(config.Tags.map(({ Key, Value }) => [Key, Value]));
  return { ...own, [TAGS.site]: request.name, [TAGS.clusterId]: request.unique };
}
