import {
  type ClusterLoss,
  type MovedJobView,
  type ServerState,
  type SiteView,
  survivalRoutes,
} from "@sluice/api";
import type { Loss, MovedJob } from "@sluice/jobs";
import { describeSite, failOverCluster, type SiteDescription } from "@sluice/lifecycle";
import { SluiceError } from "@sluice/model";
import type { ClusterLooks } from "../clusters/cluster-looks.ts";
import { seenCluster } from "../clusters/routes/parts.ts";
import { isAtLeastOn, maySee } from "../clusters/sight.ts";
import type { ServerDeps } from "../deps.ts";
import type { SiteLosses } from "../failover/site-failover.ts";
import { Recent } from "../home/recent.ts";
import { type Implementation, implement } from "../http/handler.ts";
import type { Presence } from "../servers/presence.ts";
import { siteBackupMetrics } from "../site/backup-metrics.ts";
import { issuesOf } from "../site/issues.ts";
import { siteEvents } from "../site/site-events.ts";
import { isLosable, lossesOf } from "../site/zone-loss.ts";
import { DatabaseSight } from "../state/database-sight.ts";
import type { ServerFacts } from "../state/facts.ts";
import { serversOf } from "../state/look.ts";

export interface SurvivalParts
  extends Pick<ServerDeps, "clusters" | "clock" | "config" | "metrics"> {
  readonly failover: SiteLosses;
  readonly presence: Presence;
  readonly facts: ServerFacts;
}

export function survivalImplementations(
  parts: SurvivalParts,
  looks: Pick<ClusterLooks, "events">,
): readonly Implementation[] {
  return [...losses(parts), ...heads(parts), ...siteLooks(parts, looks)];
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
  const { clusters } = parts;
  return [
    implement(survivalRoutes.failOverCluster, async ({ params, principal, audit, signal }) => {
      const { cloud, name } = await seenCluster(parts, principal, params.cluster);
      audit.target(`cluster ${name}`);
      const { moved } = await failOverCluster({ cloud, name, signal });
      await clusters.refresh();
      audit.detail({ moved });
      return { moved };
    }),
  ];
}

function siteLooks(
  parts: SurvivalParts,
  { events }: Pick<ClusterLooks, "events">,
): readonly Implementation[] {
  const { clusters, clock, config, failover, metrics } = parts;
  // Machines that do not answer make a look slow, and then it is wanted most.
  const looks = new Recent<SiteDescription>({
    ...{ clock, freshMs: 2000, mostMs: 15_000, patienceMs: 60_000 },
    look: async (name) => describeSite((await own()).cloud, name),
  });
  const looked = async (name: string): Promise<SiteDescription> => {
    const { value, problem } = await looks.of(name);
    if (value === undefined) throw problem;
    return value;
  };
  const own = async () => {
    const name = config.Site.Name;
    if (name === undefined) throw ofNoSite();
    const site = (await clusters.clouds()).find(({ cloud }) => cloud.sites !== undefined);
    if (site === undefined) throw ofNoSite();
    return { name, cloud: site.cloud };
  };
  const sight = new DatabaseSight();
  if (config.Site.Name !== undefined) {
    siteBackupMetrics(metrics, async () => (await looked((await own()).name)).backup);
  }
  return [
    implement(survivalRoutes.getSite, async () => {
      const { name } = await own();
      const [site, servers, lost] = await Promise.all([
        looked(name),
        serversOf(parts),
        sight.unlessAway(() => failover.losses(), []),
      ]);
      return siteView(site, servers, lost);
    }),

    implement(survivalRoutes.listSiteEvents, async ({ query: { limit } }) => {
      const { name, cloud } = await own();
      const { members } = await looked(name);
      const [progress, ...ofClusters] = await Promise.all([
        cloud.sites?.events(name) ?? [],
        ...members.map(async ({ name: cluster, heads: all }) => {
          const look = async () => events.of(await clusters.get(cluster));
          const names = new Map(all.map(({ id, machine }) => [id, machine]));
          return [cluster, { seen: await look().catch(() => undefined), names }] as const;
        }),
      ]);
      return siteEvents(progress, new Map(ofClusters), limit);
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

function movedView({ from, cluster, unixUser, isRefused, fromJobId, jobId, movedAt }: MovedJob) {
  return {
    ...{ from, cluster, unixUser, refused: isRefused },
    ...(movedAt === undefined ? {} : { movedAt: movedAt.toISOString() }),
    ...(fromJobId === undefined ? {} : { fromJobId }),
    ...(jobId === undefined ? {} : { jobId }),
  } satisfies MovedJobView;
}

function siteView(
  site: SiteDescription,
  servers: ServerState["servers"],
  lost: readonly Loss[],
): SiteView {
  const { siteName, siteStatus, provider, url, zones, machines, database, members } = site;
  // None is known while the database is away: this one is there.
  const seen = { ...site, servers: servers.length === 0 ? undefined : servers };
  return {
    ...{ siteName, siteStatus, provider },
    zones: zones.map(({ name, state }) => {
      const ifLost = state === "up" ? lossesOf(seen, name) : [];
      return { name, state, isLosable: state === "up" && isLosable(ifLost), ifLost };
    }),
    ...(url === undefined ? {} : { url }),
    machines: machines.map(({ address, ...machine }) => ({
      ...machine,
      ...(address === undefined ? {} : { address }),
    })),
    ...(database === undefined ? {} : { database: databaseView(database) }),
    ...(site.backup === undefined ? {} : { backup: site.backup }),
    clusters: members.map(({ name, status, leader, standingBy, heads: all, answers, backup }) => ({
      ...{ name, status, standingBy, heads: all, answers },
      ...(leader === undefined ? {} : { leader }),
      ...(backup === undefined ? {} : { backup }),
    })),
    servers: servers.map(({ id, host, version, since, state, isThis }) => ({
      ...{ id, host, version, since, state, isThis },
    })),
    issues: issuesOf(seen, lost),
  };
}

function databaseView(database: NonNullable<SiteDescription["database"]>) {
  const { inStep, trouble } = database;
  const primary = database.answers ? database.primary : undefined;
  return {
    inStep,
    // What a machine does not know it says as null.
    ...(primary ? { primary } : {}),
    ...(trouble ? { trouble } : {}),
  };
}
