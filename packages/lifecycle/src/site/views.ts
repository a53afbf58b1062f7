import type { Cloud, SiteRecord } from "@sluice/cloud";
import { headControl } from "../head-control.ts";
import { requireSite, siteFileOf, sitesOf } from "./operation.ts";

export interface SiteSummary {
  readonly siteName: string;
  readonly siteStatus: SiteRecord["status"];
  readonly provider: string;
  /** Where people reach the portal and the API. */
  readonly url: string | undefined;
  readonly clusters: readonly string[];
}

export interface SiteDescription extends SiteSummary {
  readonly statusReason: string | undefined;
  readonly createdAt: string;
  readonly zones: SiteRecord["zones"];
  readonly machines: readonly {
    readonly name: string;
    readonly zone: string;
    readonly state: string;
    readonly isReady: boolean;
    readonly address: string | undefined;
  }[];
  /** Undefined when no machine of the site answers for it. */
  readonly database: SiteDatabaseView | undefined;
  readonly members: readonly MemberView[];
  readonly resources: Readonly<Record<string, string>>;
}

/** The state of the database, by whoever has the primary or is asked in vain. */
export interface SiteDatabaseView {
  readonly primary: string | undefined;
  /** Names of the machines that may take over. */
  readonly inStep: readonly string[];
  readonly trouble: string | undefined;
}

export interface MemberView {
  readonly name: string;
  readonly status: string;
  /** Undefined while there is none. */
  readonly leader: { readonly machine: string; readonly zone: string } | undefined;
  readonly standingBy: readonly string[];
  /** Whether its node manager answers now. */
  readonly answers: boolean;
}

/** Seconds that a head or a machine has to answer in. */
const PATIENCE = 5;

/** Errors: `SITE_NOT_FOUND`. */
export async function siteSummary(cloud: Cloud, name: string): Promise<SiteSummary> {
  return summaryOf(await requireSite(cloud, name));
}

export async function listSites(cloud: Cloud): Promise<readonly SiteSummary[]> {
  return (await sitesOf(cloud).list()).map(summaryOf);
}

/** Errors: `SITE_NOT_FOUND`. */
export async function describeSite(cloud: Cloud, name: string): Promise<SiteDescription> {
  const record = await requireSite(cloud, name);
  const clusters = siteFileOf(record).Clusters.map(({ Name }) => Name);
  const [database, members] = await Promise.all([
    databaseOf(cloud, record),
    Promise.all(clusters.map((cluster) => memberView(cloud, cluster))),
  ]);
  return {
    ...summaryOf(record),
    statusReason: record.statusReason,
    createdAt: record.createdAt.toISOString(),
    zones: record.zones,
    machines: record.machines.map((machine) => ({
      name: machine.node,
      zone: machine.offering.zone,
      state: machine.state,
      isReady: machine.isReady,
      address: machine.address,
    })),
    database,
    members,
    resources: record.resources,
  };
}

function summaryOf(record: SiteRecord): SiteSummary {
  const { name, status, provider, url } = record;
  const clusters = siteFileOf(record).Clusters.map(({ Name }) => Name);
  return { siteName: name, siteStatus: status, provider, url, clusters };
}

async function databaseOf(
  cloud: Cloud,
  { name, machines }: SiteRecord,
): Promise<SiteDatabaseView | undefined> {
  const all = await Promise.all(machines.map(({ node }) => databaseStatus(cloud, name, node)));
  const known = all.filter((one) => one !== undefined);
  return known.find(({ role }) => role === "primary") ?? known[0];
}

export interface DatabaseStatusView extends SiteDatabaseView {
  readonly role: "primary" | "replica" | "waiting";
}

/** What one machine knows of the site's database; undefined when it does not answer. */
export async function databaseStatus(
  cloud: Cloud,
  site: string,
  machine: string,
): Promise<DatabaseStatusView | undefined> {
  const signal = AbortSignal.timeout(PATIENCE * 1000);
  const argv = ["/opt/sluice/bin/sluice-head", "site-ctl", "status"];
  try {
    const { exitCode, stdout } = await sitesOf(cloud).exec(site, machine, argv, { signal });
    return exitCode === 0 ? (JSON.parse(stdout) as DatabaseStatusView) : undefined;
  } catch {
    return undefined;
  }
}

async function memberView(cloud: Cloud, cluster: string): Promise<MemberView> {
  const record = await cloud.infrastructure.describe(cluster);
  if (record === undefined) {
    return { name: cluster, status: "MISSING", leader: undefined, standingBy: [], answers: false };
  }
  const heads = record.heads ?? [];
  const leader = heads.find(({ role }) => role === "leading");
  const signal = AbortSignal.timeout(PATIENCE * 1000);
  const answers = await headControl(cloud.shell, cluster, { signal })
    .status()
    .then(
      () => true,
      () => false,
    );
  return {
    name: cluster,
    status: record.status,
    leader: leader && { machine: leader.machine.node, zone: leader.zone },
    standingBy: heads
      .filter(({ role }) => role === "standing-by")
      .map(({ machine }) => machine.node),
    answers,
  };
}
