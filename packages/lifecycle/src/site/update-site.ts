import type { SiteRecord } from "@sluice/cloud";
import {
  describeSiteStep,
  planSiteChange,
  type SitePlan,
  type SiteStep,
  SluiceError,
} from "@sluice/model";
import { deleteCluster } from "../delete-cluster.ts";
import { reporter } from "../operation.ts";
import { updateCluster } from "../update-cluster.ts";
import { createMember, optionsOf, requestOf } from "./create-site.ts";
import { federate, unfederate } from "./federation.ts";
import { memberOf, requireSite, type SiteOperation, siteFileOf, sitesOf } from "./operation.ts";
import { type SiteSummary, siteSummary } from "./views.ts";

export interface UpdatedSite {
  readonly site: SiteSummary;
  /** What was done, in sentences. */
  readonly steps: readonly string[];
}

/**
 * What `updateSite` would do; touches nothing. Clusters whose own file is another one than they were
 * given are among the steps.
 *
 * Errors: `SITE_NOT_FOUND`, every finding of the clusters' files.
 */
export async function planSiteUpdate(operation: SiteOperation): Promise<SitePlan> {
  const record = await requireSite(operation.cloud, operation.name);
  const before = siteFileOf(record);
  const plan = planSiteChange(before, operation.site);
  if (plan.changes.some(({ effect }) => effect === "refused")) return plan;
  for (const { Name } of operation.site.Clusters) memberOf(operation, Name, record.facts);
  const planned = new Set(plan.steps.flatMap((step) => ("cluster" in step ? [step.cluster] : [])));
  const changed = operation.site.Clusters.filter(
    ({ Name }) => !planned.has(Name) && record.clusters[Name] !== operation.clusterTexts[Name],
  );
  const own = changed.map(
    ({ Name, File }): SiteStep => ({ do: "update-cluster", cluster: Name, file: File }),
  );
  return { ...plan, steps: [...plan.steps, ...own] };
}

/**
 * Gives a site another file, or its clusters others, and does what that takes, step by step. Cut
 * short, it is done by the same call again.
 *
 * Errors: those of `planSiteUpdate`, `SITE_CONFLICT` with nothing changed, those of each step.
 */
export async function updateSite(operation: SiteOperation): Promise<UpdatedSite> {
  const { cloud, name } = operation;
  const plan = await planSiteUpdate(operation);
  const refused = plan.changes.filter(({ effect }) => effect === "refused");
  if (refused.length > 0) {
    const lines = refused.map(
      ({ path, reason, suggestion }) =>
        `  ${path}: ${reason}${suggestion === undefined ? "" : `; ${suggestion}`}`,
    );
    throw new SluiceError(
      "SITE_CONFLICT",
      "user",
      [`site ${name} can't have what its file says`, ...lines].join("\n"),
      { hint: "correct the file; nothing was changed" },
    );
  }
  const report = reporter(operation, "site");
  const steps = plan.steps.map(describeSiteStep);
  const former = siteFileOf(await requireSite(cloud, name)).Federation;
  const record = await sitesOf(cloud).apply(requestOf(operation), optionsOf(operation));
  for (const step of plan.steps) {
    operation.signal?.throwIfAborted();
    report("info", describeSiteStep(step));
    await take(operation, step, { record, former });
  }
  return { site: await siteSummary(cloud, name), steps };
}

async function take(
  operation: SiteOperation,
  step: SiteStep,
  {
    record,
    former,
  }: { readonly record: Pick<SiteRecord, "facts">; readonly former: string | undefined },
): Promise<void> {
  const { cloud, clock, site } = operation;
  const common = {
    ...{ cloud, clock },
    ...(operation.signal === undefined ? {} : { signal: operation.signal }),
    ...(operation.onProgress === undefined ? {} : { onProgress: operation.onProgress }),
  };
  switch (step.do) {
    case "apply":
    case "servers":
    case "replica":
      // The site itself was changed before.
      return;
    case "create-cluster":
      return createMember(operation, step.cluster, record);
    case "update-cluster": {
      const { config, text } = memberOf(operation, step.cluster, record.facts);
      await updateCluster({ ...common, name: step.cluster, config, configText: text });
      return;
    }
    case "delete-cluster":
      await deleteCluster({ ...common, name: step.cluster, retainAccounting: false });
      return;
    case "federation": {
      const names = site.Clusters.map(({ Name }) => Name);
      if (step.name !== undefined) return federate(operation, step.name, names);
      const [first] = names;
      if (former !== undefined && first !== undefined) await unfederate(operation, former, first);
      return;
    }
    default:
      return step satisfies never;
  }
}
