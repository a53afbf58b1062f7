import type { SiteIssue } from "@sluice/api";
import { type ClusterStatus, isInService } from "@sluice/cloud";
import type { Loss } from "@sluice/jobs";
import type { SiteDescription } from "@sluice/lifecycle";
import type { SeenSite } from "./zone-loss.ts";

const RANK = { error: 0, warning: 1 } as const;

/** What is wrong with a site now, worst first; what follows from the loss of a zone is not told twice. */
export function issuesOf(
  site: SeenSite,
  losses: readonly Pick<Loss, "cluster" | "since" | "problem">[],
): readonly SiteIssue[] {
  const away = new Set(site.zones.filter(({ state }) => state !== "up").map(({ name }) => name));
  const zones = site.zones.flatMap(({ name, state }): readonly SiteIssue[] =>
    state === "up" ? [] : [{ kind: `zone-${state}`, severity: "error", zone: name }],
  );
  const lost = new Map(losses.map((one) => [one.cluster, one]));
  const found = [
    ...zones,
    ...databaseIssues(site),
    ...machineIssues(site, away),
    ...site.members.flatMap((member) => memberIssues(member, lost.get(member.name))),
    ...backupIssues(site.backup, {}),
    ...site.members.flatMap(({ name, backup }) => backupIssues(backup, { cluster: name })),
  ];
  return found.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
}

function databaseIssues({ database, hasReplica }: SeenSite): readonly SiteIssue[] {
  if (database === undefined) return [{ kind: "database-silent", severity: "error" }];
  const { primary, answers, inStep, trouble, isManaged } = database;
  const reason = trouble ? { reason: trouble } : {};
  // What a machine does not know it says as null.
  if (primary == null || !answers) return [{ kind: "database-away", severity: "error", ...reason }];
  const copies = inStep.filter((machine) => machine !== primary);
  // Which copies the cloud has, it tells nobody here.
  if (isManaged === true) return [];
  if (!hasReplica || copies.length > 0) return [];
  return [{ kind: "database-alone", severity: "warning", machine: primary, ...reason }];
}

function machineIssues(
  { machines, servers = [] }: SeenSite,
  away: ReadonlySet<string>,
): readonly SiteIssue[] {
  return machines
    .filter(({ zone }) => !away.has(zone))
    .flatMap(({ name, zone, isReady }): readonly SiteIssue[] => {
      if (!isReady) return [{ kind: "machine-away", severity: "warning", machine: name, zone }];
      const own = servers.filter(({ host }) => host === name);
      const isSilent = own.length > 0 && own.every(({ state }) => state === "silent");
      return isSilent ? [{ kind: "server-silent", severity: "warning", machine: name, zone }] : [];
    });
}

function backupIssues(
  backup: SiteDescription["backup"],
  about: Pick<SiteIssue, "cluster">,
): readonly SiteIssue[] {
  if (backup === undefined || backup.ok) return [];
  const { problem, lastAt } = backup;
  const since = lastAt === undefined ? {} : { since: lastAt };
  if (problem === undefined)
    return [{ kind: "backup-old", severity: "warning", ...about, ...since }];
  return [{ kind: "backup-failed", severity: "warning", ...about, reason: problem, ...since }];
}

function memberIssues(
  member: SiteDescription["members"][number],
  loss: Pick<Loss, "since" | "problem"> | undefined,
): readonly SiteIssue[] {
  const { name: cluster, status, leader, answers, hasStandby, standingBy } = member;
  if (loss !== undefined) {
    const reason = loss.problem === undefined ? {} : { reason: loss.problem };
    const since = loss.since.toISOString();
    return [{ kind: "cluster-lost", severity: "error", cluster, since, ...reason }];
  }
  if (status === "MISSING") return [{ kind: "cluster-missing", severity: "error", cluster }];
  const failed: readonly SiteIssue[] = status.endsWith("_FAILED")
    ? [{ kind: "cluster-failed", severity: "warning", cluster, reason: status }]
    : [];
  if (!isInService(status as ClusterStatus)) return failed;
  if (leader === undefined) {
    return [...failed, { kind: "cluster-headless", severity: "error", cluster }];
  }
  if (!answers) return [...failed, { kind: "cluster-silent", severity: "error", cluster }];
  if (!hasStandby || standingBy.length > 0) return failed;
  return [...failed, { kind: "cluster-alone", severity: "warning", cluster }];
}
