import { type ClusterLoss, type MovedJobView, survivalRoutes } from "@sluice/api";
import type { Loss, MovedJob } from "@sluice/jobs";
import { describeSite, failOverCluster, type SiteDescription } from "@sluice/lifecycle";
import { SluiceError } from "@sluice/model";
import { seenCluster } from "../clusters/routes/parts.ts";
import { isAtLeastOn, maySee } from "../clusters/sight.ts";
import type { ServerDeps } from "../deps.ts";
import type { SiteFailover } from "../failover/site-failover.ts";
import { type Implementation, implement } from "../http/handler.ts";
import { Recent } from "../jobs/recent.ts";

export interface SurvivalParts extends Pick<ServerDeps, "clusters" | "clock" | "config"> {
  readonly failover: Omit<SiteFailover, "work" | "pass">;
}

export function survivalImplementations(parts: SurvivalParts): readonly Implementation[] {
  return [...losses(parts), ...heads(parts)];
}

function losses(parts: SurvivalParts): readonly Implementation[] {
  const { failover } = parts;
  const lossOf = async (cluster: string): Promise<ClusterLoss> => {
    const loss = (await failover.losses()).find((one) => one.cluster === cluster);
    if (loss !== undefined) return lossView(loss);
    throw new SluiceError("CLUSTER_NOT_LOST", "user", `cluster ${cluster} is not lost any more`);
  };
  return [
    implement(survivalRoutes.declareClusterLost, async ({ params, body, principal, audit }) => {
      const { name } = await seenCluster(parts, principal, params.cluster);
      audit.target(`cluster ${name}`);
      if (body.clusterName !== name) {
        const message = `clusterName is ${JSON.stringify(body.clusterName)}, and the cluster ${name}`;
        throw new SluiceError("REQUEST_INVALID", "user", message, {
          hint: "repeat the cluster's name: all that runs there is ended",
        });
      }
      await failover.declareLost(name, principal.name);
      return lossOf(name);
    }),

    implement(survivalRoutes.letClusterBack, async ({ params, principal, audit }) => {
      const { name } = await seenCluster(parts, principal, params.cluster);
      audit.target(`cluster ${name}`);
      await failover.letBack(name);
      return lossOf(name);
    }),

    implement(survivalRoutes.listLosses, async ({ principal }) => ({
      items: (await failover.losses())
        .filter(({ cluster }) => maySee(principal, cluster))
        .map(lossView),
    })),

    implement(survivalRoutes.listMovedJobs, async ({ query: { from, limit }, principal }) => {
      const { unixUser } = principal;
      const seesAll = isAtLeastOn(principal, "*", "operator");
      if (!seesAll && unixUser === undefined) return { items: [] };
      const items = await failover.movedJobs({
        limit,
        ...(from === undefined ? {} : { from }),
        ...(seesAll || unixUser === undefined ? {} : { unixUser }),
      });
      return { items: items.map(movedView) };
    }),
  ];
}

function heads(parts: SurvivalParts): readonly Implementation[] {
  const { clusters, clock, config } = parts;
  const looks = new Recent<SiteDescription>(clock);
  return [
    implement(survivalRoutes.failOverCluster, async ({ params, principal, audit, signal }) => {
      const { cloud, name } = await seenCluster(parts, principal, params.cluster);
      audit.target(`cluster ${name}`);
      const { moved } = await failOverCluster({ cloud, name, signal });
      await clusters.refresh();
      audit.detail({ moved });
      return { moved };
    }),

    implement(survivalRoutes.getSite, async () => {
      const name = config.Site.Name;
      if (name === undefined) throw ofNoSite();
      const site = (await clusters.clouds()).find(({ cloud }) => cloud.sites !== undefined);
      if (site === undefined) throw ofNoSite();
      return siteView(await looks.of(name, () => describeSite(site.cloud, name)));
    }),
  ];
}

function ofNoSite(): SluiceError {
  return new SluiceError("SITE_NOT_FOUND", "user", "this server is of no site", {
    hint: "a site is made of a site file (sluice create-site)",
  });
}

function lossView({ cluster, state, saidBy, since, moved, problem }: Loss): ClusterLoss {
  return {
    ...{ cluster, state, saidBy, since: since.toISOString(), moved },
    ...(problem === undefined ? {} : { problem }),
  };
}

function movedView({ from, fromJobId, cluster, jobId, unixUser, isRefused }: MovedJob) {
  return {
    ...{ from, cluster, unixUser, refused: isRefused },
    ...(fromJobId === undefined ? {} : { fromJobId }),
    ...(jobId === undefined ? {} : { jobId }),
  } satisfies MovedJobView;
}

function siteView(site: SiteDescription) {
  const { siteName, siteStatus, provider, url, zones, machines, database, members } = site;
  return {
    ...{ siteName, siteStatus, provider, zones },
    ...(url === undefined ? {} : { url }),
    machines: machines.map(({ address, ...machine }) => ({
      ...machine,
      ...(address === undefined ? {} : { address }),
    })),
    ...(database === undefined ? {} : { database: databaseView(database) }),
    clusters: members.map(({ name, status, leader, standingBy, answers }) => ({
      ...{ name, status, standingBy, answers },
      ...(leader === undefined ? {} : { leader }),
    })),
  };
}

function databaseView({ primary, inStep, trouble }: NonNullable<SiteDescription["database"]>) {
  return {
    inStep,
    // What a machine does not know it says as null.
    ...(primary ? { primary } : {}),
    ...(trouble ? { trouble } : {}),
  };
}
