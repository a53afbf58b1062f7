import type { Cloud, ClusterRecord, HeadView, SiteRecord } from "@sluice/cloud";
import { parseStoredClusterFile, queueZones } from "@sluice/model";
import { siteBackups } from "../backup/site-backup.ts";
import type { BackupState } from "../backup/state.ts";
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
  /** Whether the database is to have a copy on another machine. */
  readonly hasReplica: boolean;
  /** Of those that it makes of itself; undefined where its file wants none, or no machine answers. */
  readonly backup: BackupState | undefined;
  readonly members: readonly MemberView[];
  readonly resources: Readonly<Record<string, string>>;
}

/** The state of the database, by whoever has the primary or is asked in vain. */
export interface SiteDatabaseView {
  /** Where it is, or was when it last answered. */
  readonly primary: string | undefined;
  /** Whether a machine has the primary now. */
  readonly answers: boolean;
  /** Names of the machines that may take over. */
  readonly inStep: readonly string[];
  readonly trouble: string | undefined;
  /** The cloud's own, which has a copy take over by itself; any machine of the site speaks for it. */
  readonly isManaged?: boolean;
}

export interface MemberView {
  readonly name: string;
  readonly status: string;
  /** Undefined while there is none. */
  readonly leader: { readonly machine: string; readonly zone: string } | undefined;
  readonly standingBy: readonly string[];
  /** All head machines there are, in whatever state. */
  readonly heads: readonly {
    readonly id: string;
    readonly machine: string;
    readonly zone: string;
    readonly role: HeadView["role"];
  }[];
  /** Whether its file asks for a second head. */
  readonly hasStandby: boolean;
  /** Zones that machines of its queues may be in; empty where they can't be told. */
  readonly queueZones: Readonly<Record<string, readonly string[]>>;
  /** Of those that it makes by itself; undefined where its file wants none, or it does not answer. */
  readonly backup?: BackupState;
  /** Whether its node manager answers now. */
  readonly answers: boolean;
}

/** Seconds that a head or a machine has to answer in. */
const PATIENCE = 5;
/** The same where commands go by a service of the cloud's, which takes its time. */
const PATIENCE_AFAR = 20;

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
  const { Backup, Clusters, Database } = siteFileOf(record);
  const [database, backup, members] = await Promise.all([
    databaseOf(cloud, record),
    Backup === undefined ? undefined : siteBackupState(cloud, name),
    Promise.all(Clusters.map(({ Name }) => memberView(cloud, Name))),
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
    hasReplica: Database.Replica,
    backup,
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
  const primary = known.find(({ role }) => role === "primary");
  const told = primary ?? known[0];
  return told && { ...told, answers: primary !== undefined };
}

export interface DatabaseStatusView extends Omit<SiteDatabaseView, "answers"> {
  readonly role: "primary" | "replica" | "waiting";
}

/** What one machine knows of the site's database; undefined when it does not answer. */
export async function databaseStatus(
  cloud: Cloud,
  site: string,
  machine: string,
): Promise<DatabaseStatusView | undefined> {
  const signal = patience(cloud);
  const argv = ["/opt/sluice/bin/sluice-head", "site-ctl", "status"];
  try {
    const { exitCode, stdout } = await sitesOf(cloud).exec(site, machine, argv, { signal });
    return exitCode === 0 ? (JSON.parse(stdout) as DatabaseStatusView) : undefined;
  } catch {
    return undefined;
  }
}

function patience({ shell }: Pick<Cloud, "shell">): AbortSignal {
  return AbortSignal.timeout((shell.isOneShot === true ? PATIENCE_AFAR : PATIENCE) * 1000);
}

async function siteBackupState(cloud: Cloud, name: string): Promise<BackupState | undefined> {
  const signal = patience(cloud);
  return (await siteBackups(cloud, name, { signal }).catch(() => undefined))?.state;
}

async function memberView(cloud: Cloud, cluster: string): Promise<MemberView> {
  const record = await cloud.infrastructure.describe(cluster);
  if (record === undefined) {
    const nothing = { standingBy: [], heads: [], hasStandby: false, queueZones: {} };
    return { name: cluster, status: "MISSING", leader: undefined, ...nothing, answers: false };
  }
  const heads = record.heads ?? [];
  const leader = heads.find(({ role }) => role === "leading");
  const signal = patience(cloud);
  const control = headControl(cloud.shell, cluster, { signal });
  const [answers, backup] = await Promise.all([
    control.status().then(
      () => true,
      () => false,
    ),
    control.backups().catch(() => undefined),
  ]);
  return {
    name: cluster,
    status: record.status,
    leader: leader && { machine: leader.machine.node, zone: leader.zone },
    standingBy: heads
      .filter(({ role }) => role === "standing-by")
      .map(({ machine }) => machine.node),
    heads: heads.map(({ machine: { id, node }, zone, role }) => ({
      id,
      machine: node,
      zone,
      role,
    })),
    ...placesOf(record),
    ...(backup === undefined ? {} : { backup }),
    answers,
  };
}

/** What a cluster's file says of its places. */
function placesOf({
  name,
  configText,
}: Pick<ClusterRecord, "name" | "configText">): Pick<MemberView, "hasStandby" | "queueZones"> {
  const parsed = parseStoredClusterFile(configText, `the file of ${name}`);
  if (!parsed.ok) return { hasStandby: false, queueZones: {} };
  const { config } = parsed;
  const queues = config.Scheduling.SlurmQueues.map(({ Name }) => Name);
  return {
    hasStandby: config.HeadNode.Standby !== undefined,
    queueZones: Object.fromEntries(queues.map((queue) => [queue, queueZones(config, queue)])),
  };
}
