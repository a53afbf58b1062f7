import type { SiteRecord, Sites } from "@sluice/cloud";
import { messageOf, SluiceError } from "@sluice/model";
import { createCluster } from "../create-cluster.ts";
import { deleteCluster } from "../delete-cluster.ts";
import { clusterExists, interrupted, reporter, signalOf } from "../operation.ts";
import { federate } from "./federation.ts";
import { memberOf, type SiteOperation, sitesOf } from "./operation.ts";
import { type SiteSummary, siteSummary } from "./views.ts";

export interface SitePlanView {
  readonly siteName: string;
  readonly provider: string;
  readonly steps: readonly string[];
}

/**
 * What `createSite` would do; touches nothing.
 *
 * Errors: `SITE_EXISTS`, `CLUSTER_EXISTS`, what the cloud refuses, every finding of the clusters' files.
 */
export async function planSite(operation: SiteOperation): Promise<SitePlanView> {
  const { cloud, name, site } = operation;
  const sites = await freeSites(operation);
  const { steps } = await sites.plan(requestOf(operation));
  const clusters = site.Clusters.map(({ Name, File }) => `create the cluster ${Name} from ${File}`);
  const federation =
    site.Federation === undefined ? [] : [`have them in the federation ${site.Federation}`];
  return {
    siteName: name,
    provider: cloud.provider,
    steps: [...steps, ...clusters, ...federation],
  };
}

/**
 * Makes a site: what its clusters share, then the clusters, one after the other. When anything fails
 * all of it is taken down again.
 *
 * Errors: those of `planSite`, before anything exists; then what the cloud says, `INTERRUPTED`.
 */
export async function createSite(operation: SiteOperation): Promise<SiteSummary> {
  const { cloud, name, site, signal } = operation;
  const sites = await freeSites(operation);
  await sites.plan(requestOf(operation));
  if (signal?.aborted) throw interrupted(`creating site ${name}`, "nothing was made");
  const made: string[] = [];
  try {
    const record = await sites.apply(requestOf(operation), optionsOf(operation));
    for (const { Name } of site.Clusters) {
      signal?.throwIfAborted();
      made.push(Name);
      await createMember(operation, Name, record);
    }
    if (site.Federation !== undefined) await federate(operation, site.Federation, made);
  } catch (error) {
    await takeDown(operation, sites, made);
    if (!signal?.aborted) throw error;
    throw interrupted(`creating site ${name}`, "what was made is taken down again", error);
  }
  return siteSummary(cloud, name);
}

/** Gives a site one more cluster. */
export async function createMember(
  operation: SiteOperation,
  cluster: string,
  { facts }: Pick<SiteRecord, "facts">,
): Promise<void> {
  const { cloud, clock, onProgress, signal, name: site } = operation;
  const member = memberOf(operation, cluster, facts);
  const report = reporter(operation, cluster);
  report("started", "creating the cluster");
  await createCluster({
    ...{ cloud, clock, name: cluster, site, config: member.config, configText: member.text },
    ...(signal === undefined ? {} : { signal }),
    onProgress: (progress) => {
      const resource = `${cluster} ${progress.resource}`;
      onProgress?.({ ...progress, resource });
    },
  });
  report("done", "it takes jobs");
}

export function requestOf({ name, siteText, clusterTexts, serverText }: SiteOperation) {
  return {
    name,
    text: siteText,
    clusters: clusterTexts,
    ...(serverText === undefined ? {} : { serverText }),
  };
}

export function optionsOf(operation: SiteOperation) {
  return { onProgress: operation.onProgress ?? (() => {}), signal: signalOf(operation) };
}

export async function freeSites(operation: SiteOperation): Promise<Sites> {
  const { cloud, name, site } = operation;
  const sites = sitesOf(cloud);
  const existing = await sites.describe(name);
  if (existing !== undefined) {
    throw new SluiceError(
      "SITE_EXISTS",
      "user",
      `a site ${name} exists already (${existing.status})`,
      { hint: `choose another name, or delete that site (sluice delete-site -n ${name})` },
    );
  }
  for (const { Name } of site.Clusters) {
    memberOf(operation, Name, undefined);
    const other = await cloud.infrastructure.describe(Name);
    if (other !== undefined) throw clusterExists(other);
  }
  return sites;
}

export async function takeDown(
  operation: SiteOperation,
  sites: Sites,
  made: readonly string[],
): Promise<void> {
  const { cloud, clock, name } = operation;
  const report = reporter(operation, "clean-up");
  report("started", "taking down what was made");
  try {
    for (const cluster of made) {
      if ((await cloud.infrastructure.describe(cluster)) === undefined) continue;
      await deleteCluster({ cloud, clock, name: cluster, retainAccounting: false });
    }
    const signal = new AbortController().signal;
    await sites.destroy(name, { onProgress: () => {}, signal, retainStorage: false });
    report("done", "nothing of it is left");
  } catch (error) {
    // What failed first is what is told; this is for whoever looks.
    const how = `sluice delete-site -n ${name}`;
    report("failed", `something is left: ${messageOf(error)}; remove it with: ${how}`);
  }
}
