import type { ParseOptions } from "../cluster-file/checked-text.ts";
import { type FileKind, type Judged, judgeText } from "../cluster-file/judged-file.ts";
import { checkSite } from "./checks.ts";
import { type SiteConfig, withSiteDefaults } from "./config.ts";
import { siteSchema } from "./schema/site.ts";

const SITE: FileKind<typeof siteSchema, SiteConfig> = {
  schema: siteSchema,
  check: checkSite,
  online: [],
  complete: withSiteDefaults,
};

/**
 * Reads a site file as `parseClusterFile` reads that of a cluster: every problem at once, in the
 * order of the file. Never throws, whatever the text is. Its clusters' files are not looked at;
 * `memberConfig` does that.
 */
export function parseSiteFile(text: string, options: ParseOptions): Judged<SiteConfig> {
  return judgeText(SITE, text, options);
}

/** The file of a site that exists, of which only what must hold in any case is checked again. */
export function parseStoredSiteFile(text: string, fileName: string): Judged<SiteConfig> {
  return parseSiteFile(text, { fileName, suppressed: new Set(["ALL"]) });
}

/** True for the file of a site rather than of a cluster. Cheap: looks for sections only. */
export function isSiteFile(text: string): boolean {
  return /^Clusters\s*:/m.test(text) && !/^(HeadNode|Scheduling|Build)\s*:/m.test(text);
}
