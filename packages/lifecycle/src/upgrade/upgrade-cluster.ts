import type { ClusterRecord, SiteRecord } from "@sluice/cloud";
import {
  compareReleases,
  describeUpgradeStep,
  type InstalledSlurm,
  isSluiceError,
  messageOf,
  SluiceError,
  slurmRelease,
  type UpgradeStep,
} from "@sluice/model";
import { backupCluster } from "../backup/index.ts";
import { type LongOperation, reporter, requireHead } from "../operation.ts";
import {
  type HeadFile,
  putHeadFile,
  replaceMachine,
  requireReplacing,
  standbyFirst,
} from "../replace-head.ts";
import { requireSite } from "../site/operation.ts";
import { type ClusterSummary, summaryOf } from "../views.ts";
import {
  installedCluster,
  refused,
  stepsTo,
  type UpgradeTarget,
  type UpgradeWish,
  upgradedFile,
  upgradeTarget,
} from "./look.ts";
import { nodeVersions, outdatedNodes, powerDownWhenFree } from "./nodes.ts";
import { installedOn, keepMemberOs } from "./site-machines.ts";

export interface UpgradeCluster extends LongOperation {
  readonly to: UpgradeWish;
  /** There is a backup of it as it is now. */
  readonly isBackedUp?: boolean;
}

export interface UpgradePlanned {
  readonly release: string;
  readonly imageOs: string;
  /** In sentences, in order; empty: all is at that release. */
  readonly steps: readonly string[];
}

export interface UpgradedCluster extends UpgradePlanned {
  readonly cluster: ClusterSummary;
  readonly fileVersion: number;
  /** Of the backup that was made for it; on the head. */
  readonly backup: string | undefined;
}

const LOOK_MILLISECONDS = 2000;

/**
 * What an upgrade would do; touches nothing.
 *
 * Errors: `CLUSTER_NOT_FOUND`, `CLUSTER_WRONG_STATE`, `UNSUPPORTED_BY_PROVIDER`, `UPGRADE_UNKNOWN`,
 * `UPGRADE_REFUSED`, `CLUSTER_FILE_INVALID`.
 */
export async function planClusterUpgrade(
  operation: Pick<UpgradeCluster, "cloud" | "name" | "signal" | "to">,
): Promise<UpgradePlanned> {
  return shown(await look(operation));
}

/**
 * Brings a cluster to another release of Slurm: a backup, then its heads, the one that stands by
 * first, then its file, then the machines of its nodes as their jobs end. Each step begins with what
 * is there, so that an upgrade that was cut short goes on when it is asked for again.
 *
 * There is no way back but the backup once a head of the new release has run. A cluster of a site can't
 * be ahead of the site's slurmdbd, which `upgradeSite` sees to.
 *
 * Errors: those of `planClusterUpgrade`; `UPGRADE_INCOMPLETE`: what was done stays, and asking again
 * goes on.
 */
export async function upgradeCluster(operation: UpgradeCluster): Promise<UpgradedCluster> {
  const { name } = operation;
  const begun = await look(operation);
  let backup: string | undefined;
  try {
    for (const step of begun.steps) {
      operation.signal?.throwIfAborted();
      if (step.do === "backup") {
        backup =
          operation.isBackedUp === true ? undefined : await makeBackup(operation, begun.steps);
      } else if (step.do === "head") await makeHead(operation, begun, step);
      else if (step.do === "queue") {
        await putHeadFile(operation, begun.file);
        await makeNodes(operation, step);
      }
    }
    const record = await putHeadFile(operation, begun.file);
    await keepInSite(operation, begun);
    const { fileVersion } = record;
    return { ...shown(begun), cluster: summaryOf(record), fileVersion, backup };
  } catch (error) {
    const hint = [
      `go on with: sluice upgrade -n ${name} --image-os ${begun.target.os}`,
      ...(backup === undefined ? [] : [`the way back is the backup ${backup}`]),
    ].join("; ");
    const kind = isSluiceError(error) ? error.source : "system";
    const message = `the upgrade of ${name} is not finished: ${messageOf(error)}`;
    throw new SluiceError("UPGRADE_INCOMPLETE", kind, message, { hint, cause: error });
  }
}

/** Its site makes it anew from texts of its own, as after a loss of all. */
async function keepInSite(operation: UpgradeCluster, { site, target }: Look): Promise<void> {
  if (site === undefined) return;
  const { name: cluster, ...rest } = operation;
  const record = await requireSite(operation.cloud, site);
  await keepMemberOs({ ...rest, name: site }, { site: record, cluster, os: target.os });
}

interface Look {
  readonly target: UpgradeTarget;
  readonly record: ClusterRecord;
  readonly present: InstalledSlurm;
  readonly steps: readonly UpgradeStep[];
  readonly file: HeadFile;
  /** That it belongs to. */
  readonly site: string | undefined;
}

async function look(
  operation: Pick<UpgradeCluster, "cloud" | "name" | "signal" | "to">,
): Promise<Look> {
  const { cloud, name, to } = operation;
  const target = upgradeTarget(to);
  const record = await requireHead(cloud, name);
  requireReplacing(cloud);
  const file = upgradedFile(record, target);
  const site = await siteOf(operation);
  if (site !== undefined) await requireSlurmdbd(operation, site, target);
  const cluster = await installedCluster(operation, record, file.before);
  const present = { slurmdbd: [], clusters: [cluster] };
  return { target, record, present, steps: stepsTo(present, target), file, site: site?.name };
}

async function siteOf({ cloud, name }: Pick<UpgradeCluster, "cloud" | "name">) {
  return (await cloud.sites?.list())?.find(({ clusters }) => Object.hasOwn(clusters, name));
}

/** A slurmdbd does not understand newer clusters. */
async function requireSlurmdbd(
  { cloud, name }: Pick<UpgradeCluster, "cloud" | "name">,
  site: SiteRecord,
  { release }: UpgradeTarget,
): Promise<void> {
  const installed = await installedOn({ cloud, name: site.name }, site);
  const behind = installed.find(({ version }) => {
    const its = slurmRelease(version);
    return its === undefined || compareReleases(its, release) < 0;
  });
  if (behind === undefined) return;
  throw refused(
    `${name} would be ahead of the slurmdbd of site ${site.name}: ${behind.name} has Slurm ${behind.version}`,
    { hint: `upgrade the site: sluice upgrade --site-name ${site.name} --slurm ${release}` },
  );
}

function shown({ target, steps }: Look): UpgradePlanned {
  const { release, os: imageOs } = target;
  return { release, imageOs, steps: steps.map(describeUpgradeStep) };
}

/** Not again where it only goes on: a backup of what is half new would take the place of the old. */
async function makeBackup(
  operation: UpgradeCluster,
  steps: readonly UpgradeStep[],
): Promise<string | undefined> {
  const isBegun = !steps.some((step) => step.do === "fail-over" || isOnlyHead(step));
  if (isBegun) return undefined;
  const report = reporter(operation, "backup");
  report("started", "accounting and the state of the controller");
  const { folder, backup } = await backupCluster(operation);
  const path = `${folder}/${backup.file}`;
  report("done", `on the head: ${path}`);
  return path;
}

function isOnlyHead(step: UpgradeStep): boolean {
  return step.do === "head" && step.interrupts;
}

/** A fail-over is part of making the leader anew. */
async function makeHead(
  operation: UpgradeCluster,
  { file }: Look,
  step: UpgradeStep & { readonly do: "head" },
): Promise<void> {
  const { heads = [] } = await requireHead(operation.cloud, operation.name);
  const own = standbyFirst(heads).find(({ machine }) => machine.node === step.head);
  if (own === undefined) return;
  await replaceMachine(operation, file, { machine: own.machine.id, isReversible: false });
}

/** Resolves when no node of the queue has the former release any more. */
async function makeNodes(
  operation: UpgradeCluster,
  { queue, to }: UpgradeStep & { readonly do: "queue" },
): Promise<void> {
  const report = reporter(operation, "nodes");
  report("started", `${queue}: machines with ${to}, as jobs end`);
  let told = "";
  for (;;) {
    const old = outdatedNodes(await nodeVersions(operation, [queue]), queue, to);
    if (old.length === 0) break;
    const staying = old.filter(({ isLeaving }) => !isLeaving).map(({ node }) => node);
    await powerDownWhenFree(operation, staying);
    const names = old.map(({ node }) => node).join(", ");
    if (names !== told) report("info", `${queue}: waits for the jobs of ${names}`);
    told = names;
    await operation.clock.sleep(LOOK_MILLISECONDS, operation.signal);
    operation.signal?.throwIfAborted();
  }
  report("done", `${queue}: all nodes that are up have ${to}`);
}
