import type { Cloud, SiteRecord, Sites } from "@sluice/cloud";
import {
  findingsError,
  memberConfig,
  parseStoredSiteFile,
  type SiteConfig,
  type SiteFacts,
  SluiceError,
} from "@sluice/model";
import { type LongOperation, unsupported } from "../operation.ts";

/** A site file that was judged, and the texts of the cluster files that it names. */
export interface SiteFiles {
  readonly site: SiteConfig;
  readonly siteText: string;
  /** By the clusters' names. */
  readonly clusterTexts: Readonly<Record<string, string>>;
  /** Of `Servers.File`. */
  readonly serverText?: string;
}

export interface SiteOperation extends LongOperation, SiteFiles {}

/** Throws `UNSUPPORTED_BY_PROVIDER`. */
export function sitesOf({ sites, provider }: Pick<Cloud, "sites" | "provider">): Sites {
  if (sites !== undefined) return sites;
  throw unsupported(
    `this version makes no sites on ${provider}`,
    "make its clusters one by one (sluice create-cluster), or a site with Provider: local",
  );
}

/** Throws `SITE_NOT_FOUND`. */
export async function requireSite(cloud: Cloud, name: string): Promise<SiteRecord> {
  const record = await sitesOf(cloud).describe(name);
  if (record !== undefined) return record;
  throw new SluiceError("SITE_NOT_FOUND", "user", `there is no site ${name}`, {
    hint: "see which there are (sluice list-sites)",
  });
}

/** The file that a site has. Errors: those of a file that this version can't read. */
export function siteFileOf({ name, text }: Pick<SiteRecord, "name" | "text">): SiteConfig {
  const parsed = parseStoredSiteFile(text, `the file of site ${name}`);
  if (parsed.ok) return parsed.config;
  throw findingsError(parsed.findings);
}

/** A cluster of a site, with what the site gives it. Errors: every finding of its file. */
export function memberOf(
  { site, clusterTexts }: Pick<SiteFiles, "site" | "clusterTexts">,
  name: string,
  facts: SiteFacts | undefined,
) {
  const entry = site.Clusters.find((cluster) => cluster.Name === name);
  const text = clusterTexts[name];
  if (entry === undefined || text === undefined) throw new TypeError(`no file of cluster ${name}`);
  const member = memberConfig(site, text, {
    fileName: entry.File,
    ...(facts === undefined ? {} : { facts }),
  });
  if (!member.ok) throw findingsError(member.findings);
  return member;
}
