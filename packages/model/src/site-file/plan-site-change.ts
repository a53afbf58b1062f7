import { type Difference, differencesIn } from "../change/differences.ts";
import { showValue } from "../cluster-file/finding.ts";
import type { SiteConfig } from "./config.ts";
import { siteSchema } from "./schema/site.ts";

/**
 * What applying one difference between two site files does to a site that runs.
 *
 * - `live`: at once; nobody notices.
 * - `rolling`: servers one after the other, so that one always answers where there are two.
 * - `members`: each cluster gets a new effective file, and `planChange` of the two says what that
 *   does to it.
 * - `create`, `delete`: a cluster.
 * - `refused`: this site can't have it.
 */
export type SiteEffect = "live" | "rolling" | "members" | "create" | "delete" | "refused";

export interface SiteChange {
  /** Such as `Clusters[left].File` or `Servers.Count`; entries of lists by their name. */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly effect: SiteEffect;
  readonly reason: string;
  /** What to do instead, for a refused one. */
  readonly suggestion?: string;
}

/** One thing to do. In the order of a plan; each may be done again when it was cut short. */
export type SiteStep =
  | { readonly do: "apply"; readonly paths: readonly string[] }
  | { readonly do: "servers"; readonly count: number; readonly rolling: boolean }
  | { readonly do: "replica"; readonly wanted: boolean }
  | { readonly do: "create-cluster"; readonly cluster: string; readonly file: string }
  | { readonly do: "update-cluster"; readonly cluster: string; readonly file: string }
  | { readonly do: "delete-cluster"; readonly cluster: string }
  | { readonly do: "federation"; readonly name: string | undefined };

export interface SitePlan {
  /** In the order of the new file, what is removed last. */
  readonly changes: readonly SiteChange[];
  /** What will be done, in order; nothing when any change is refused. */
  readonly steps: readonly SiteStep[];
}

/**
 * What it does to a site of the file `before` to become that of the file `after`. The clusters'
 * own files are not looked at: whoever changes one of these updates that cluster.
 */
export function planSiteChange(before: SiteConfig, after: SiteConfig): SitePlan {
  const differences = differencesIn(siteSchema, { from: before, to: after });
  const changes = differences.map((difference) => changeOf(difference, after));
  const isRefused = changes.some(({ effect }) => effect === "refused");
  return { changes, steps: isRefused ? [] : stepsOf(changes, before, after) };
}

/** Each step in a sentence, for a person. */
export function describeSiteStep(step: SiteStep): string {
  switch (step.do) {
    case "apply":
      return `apply at once: ${step.paths.join(", ")}`;
    case "servers":
      return step.rolling
        ? `make ${counted(step.count)} anew, one after the other`
        : `have ${counted(step.count)}`;
    case "replica":
      return step.wanted
        ? "make a copy of the database in another zone"
        : "give up the copy of the database";
    case "create-cluster":
      return `create the cluster ${step.cluster} from ${step.file}`;
    case "update-cluster":
      return `update the cluster ${step.cluster} from ${step.file} and what the site gives`;
    case "delete-cluster":
      return `delete the cluster ${step.cluster}; its jobs are lost, the homes stay`;
    case "federation":
      return step.name === undefined
        ? "take the clusters out of their federation"
        : `have all clusters in the federation ${step.name}`;
    default:
      return step satisfies never;
  }
}

function counted(count: number): string {
  return count === 1 ? "1 server" : `${count} servers`;
}

/** Why keys that never change don't. */
const REFUSED: Readonly<Record<string, string>> = {
  Provider: "a site can't move to another cloud",
  Region: "a site can't move to another region",
  Zones: "heads, servers and the copies of the database are placed in the zones of the site",
  Network: "every machine of the site has its address in it",
  Vpc: "every machine of the site has its address in it",
  Database: "what the servers and the accounting know would not move along",
};

/** What the members' files are made of. */
const OF_MEMBERS: ReadonlySet<string> = new Set(["SharedStorage", "Users", "Backup", "Tags"]);
const NEW_SLURM = "another system brings another Slurm, and upgrades of Slurm have an order";
const NEW_SERVERS = "each server is stopped when another has taken over what it did";

function changeOf(difference: Difference, after: SiteConfig): SiteChange {
  const { path, from, to, policy } = difference;
  const [section = path] = /^\w+/.exec(path) ?? [];
  const said = { path, from, to };
  if (path === "Servers.Os") {
    const suggestion = `write ${showValue(from)}, or first: sluice upgrade --site-name with --image-os`;
    return { ...said, effect: "refused", reason: NEW_SLURM, suggestion };
  }
  if (policy === "UNSUPPORTED" && !OF_MEMBERS.has(section)) {
    const reason = REFUSED[section] ?? "it is settled when a site is created";
    const suggestion = `write ${section} as it was, or create a new site from this file`;
    return { ...said, effect: "refused", reason, suggestion };
  }
  if (section === "Clusters") return clusterChange(difference);
  if (section === "Servers") return serversChange(difference, after);
  if (OF_MEMBERS.has(section)) {
    return { ...said, effect: "members", reason: "it is part of the file of every cluster" };
  }
  return { ...said, effect: "live", reason: "no job and no request notices" };
}

function clusterChange({ path, kind, isEntry, from, to }: Difference): SiteChange {
  if (isEntry && kind === "added") {
    return { path, from, to, effect: "create", reason: "it is created beside the others" };
  }
  if (isEntry && kind === "removed") {
    const reason = "it is deleted, with the jobs that wait or run there";
    return { path, from, to, effect: "delete", reason };
  }
  const reason = `it is updated to what ${showValue(to)} says`;
  return { path, from, to, effect: "members", reason };
}

function serversChange({ path, from, to }: Difference, after: SiteConfig): SiteChange {
  if (path === "Servers.Count") {
    const reason = Number(to) > Number(from) ? "servers are added" : `${NEW_SERVERS}`;
    return { path, from, to, effect: "live", reason };
  }
  const alone = after.Servers.Count === 1 ? "; with one server nobody is answered meanwhile" : "";
  return { path, from, to, effect: "rolling", reason: `${NEW_SERVERS}${alone}` };
}

/**
 * What is added comes before what is taken away, so that whoever moves has somewhere to go; the
 * database gets its copy before anything else, and loses it last.
 */
function stepsOf(
  changes: readonly SiteChange[],
  before: SiteConfig,
  after: SiteConfig,
): readonly SiteStep[] {
  const paths = (is: (change: SiteChange) => boolean) => changes.filter(is).map(({ path }) => path);
  const live = paths(({ effect, path }) => effect === "live" && !OWN_STEP.has(path));
  const isRolling = changes.some(({ effect }) => effect === "rolling");
  const isCounted = before.Servers.Count !== after.Servers.Count;
  const replica = replicaSteps(before, after);
  return [
    ...replica.filter(({ wanted }) => wanted),
    ...(live.length === 0 ? [] : [{ do: "apply", paths: live } as const]),
    ...(isRolling || isCounted
      ? [{ do: "servers", count: after.Servers.Count, rolling: isRolling } as const]
      : []),
    ...clusterSteps(changes, before, after),
    ...(federationChanges(before, after)
      ? [{ do: "federation", name: after.Federation } as const]
      : []),
    ...removedClusters(before, after),
    ...replica.filter(({ wanted }) => !wanted),
  ];
}

const OWN_STEP: ReadonlySet<string> = new Set(["Servers.Count", "Database.Replica", "Federation"]);

function replicaSteps(before: SiteConfig, after: SiteConfig) {
  const wanted = after.Database.Replica;
  return wanted === before.Database.Replica ? [] : [{ do: "replica", wanted } as const];
}

function clusterSteps(
  changes: readonly SiteChange[],
  before: SiteConfig,
  after: SiteConfig,
): readonly SiteStep[] {
  const old = new Map(before.Clusters.map(({ Name, File }) => [Name, File]));
  const isShared = changes.some(
    ({ effect, path }) => effect === "members" && !path.startsWith("Clusters["),
  );
  return after.Clusters.flatMap(({ Name: cluster, File: file }): SiteStep[] => {
    if (!old.has(cluster)) return [{ do: "create-cluster", cluster, file }];
    const isOther = old.get(cluster) !== file;
    return isShared || isOther ? [{ do: "update-cluster", cluster, file }] : [];
  });
}

function removedClusters(before: SiteConfig, after: SiteConfig): readonly SiteStep[] {
  const kept = new Set(after.Clusters.map(({ Name }) => Name));
  return before.Clusters.filter(({ Name }) => !kept.has(Name)).map(({ Name }) => ({
    do: "delete-cluster",
    cluster: Name,
  }));
}

/** Clusters that come or go are in the federation, or out of it, as well. */
function federationChanges(before: SiteConfig, after: SiteConfig): boolean {
  if (before.Federation !== after.Federation) return true;
  const names = ({ Clusters }: SiteConfig) => Clusters.map(({ Name }) => Name).toSorted();
  return after.Federation !== undefined && names(before).join() !== names(after).join();
}
