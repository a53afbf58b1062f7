import { dirname, resolve } from "node:path";
import type { SiteFiles } from "@sluice/lifecycle";
import { type Finding, findingsError, parseSiteFile } from "@sluice/model";
import { readClusterFile, showFindings } from "./cluster-file.ts";
import type { Context } from "./context.ts";

export interface LoadedSite extends SiteFiles {
  readonly warnings: readonly Finding[];
}

/**
 * A site file with those that it names, which are sought from its own folder.
 *
 * Errors: `CLUSTER_FILE_UNREADABLE`, those of `findingsError`.
 */
export async function loadSiteFile(context: Context, path: string): Promise<LoadedSite> {
  const siteText = await readClusterFile(context, path, "site file");
  const judged = parseSiteFile(siteText, { fileName: path });
  if (!judged.ok) throw findingsError(judged.findings);
  if (context.output.format === "text") showFindings(context, judged.warnings);
  const { config: site, warnings } = judged;
  const beside = (file: string): string => resolve(dirname(resolve(path)), file);
  const clusterTexts: Record<string, string> = {};
  for (const { Name, File } of site.Clusters) {
    clusterTexts[Name] = await readClusterFile(context, beside(File));
  }
  const serverFile = site.Servers.File;
  const serverText =
    serverFile === undefined
      ? {}
      : { serverText: await readClusterFile(context, beside(serverFile), "server file") };
  return { site, siteText, clusterTexts, ...serverText, warnings };
}
