import type { SiteRecord } from "@sluice/cloud";
import {
  describeUpgradeStep,
  type InstalledCluster,
  isSluiceError,
  messageOf,
  SluiceError,
  type UpgradeStep,
} from "@sluice/model";
import { type LongOperation, reporter, requireHead } from "../operation.ts";
import { requireReplacing } from "../replace-head.ts";
import { requireSite, siteFileOf } from "../site/operation.ts";
import { type SiteSummary, siteSummary } from "../site/views.ts";
import {
  installedCluster,
  stepsTo,
  type UpgradeTarget,
  type UpgradeWish,
  upgradedFile,
  upgradeTarget,
} from "./look.ts";
import {
  awaitSlurmdbd,
  installedOn,
  requireReplacingMachines,
  upgradeSiteMachines,
} from "./site-machines.ts";
import { type UpgradePlanned, upgradeCluster } from "./upgrade-cluster.ts";

export interface UpgradeSite extends LongOperation {
  readonly to: UpgradeWish;
  /** Makes a backup of the site and all its clusters, and says where it is. */
  readonly backUp: () => Promise<string>;
}

export interface UpgradedSite extends UpgradePlanned {
  readonly site: SiteSummary;
  /** Of the backup that was made before; undefined where an upgrade went on. */
  readonly backup: string | undefined;
}

/**
 * What an upgrade of a site would do; touches nothing.
 *
 * Errors: `SITE_NOT_FOUND`, those of `planClusterUpgrade` for each of its clusters.
 */
export async function planSiteUpgrade(
  operation: Pick<UpgradeSite, "cloud" | "name" | "signal" | "to">,
): Promise<UpgradePlanned> {
  const { target, steps } = await look(operation);
  return shown(target, steps);
}

/**
 * Brings a site to another release of Slurm in the order that Slurm asks for: a backup, the machines
 * with slurmdbd, then one cluster after the other as `upgradeCluster` does it. Each step begins with
 * what is there, so that an upgrade that was cut short goes on when it is asked for again.
 *
 * Errors: those of `planSiteUpgrade`; `UPGRADE_INCOMPLETE`: what was done stays, and asking again goes
 * on.
 */
export async function upgradeSite(operation: UpgradeSite): Promise<UpgradedSite> {
  const { cloud, name, to, backUp, ...rest } = operation;
  const { target, steps, record } = await look(operation);
  let backup: string | undefined;
  try {
    if (steps.length > 0 && !isBegun(record, target)) {
      const report = reporter(operation, "backup");
      report("started", "the site and its clusters");
      backup = await backUp();
      report("done", backup);
    }
    if (steps.some((step) => step.do === "slurmdbd")) {
      await upgradeSiteMachines(operation, target);
    }
    if (steps.length > 0) await awaitSlurmdbd(operation);
    for (const { Name } of siteFileOf(record).Clusters) {
      operation.signal?.throwIfAborted();
      await upgradeCluster({
        ...rest,
        ...{ cloud, to, name: Name, isBackedUp: backup !== undefined },
        onProgress: (progress) =>
          operation.onProgress?.({ ...progress, resource: `${Name} ${progress.resource}` }),
      });
    }
    return { ...shown(target, steps), site: await siteSummary(cloud, name), backup };
  } catch (error) {
    const hint = [
      `go on with: sluice upgrade --site-name ${name} --image-os ${target.os}`,
      ...(backup === undefined ? [] : [`the way back is the backup ${backup}`]),
    ].join("; ");
    const kind = isSluiceError(error) ? error.source : "system";
    const message = `the upgrade of site ${name} is not finished: ${messageOf(error)}`;
    throw new SluiceError("UPGRADE_INCOMPLETE", kind, message, { hint, cause: error });
  }
}

async function look(operation: Pick<UpgradeSite, "cloud" | "name" | "signal" | "to">) {
  const { cloud, name, to, signal } = operation;
  const target = upgradeTarget(to);
  const record = await requireSite(cloud, name);
  requireReplacingMachines(operation);
  requireReplacing(cloud);
  const slurmdbd = await installedOn(operation, record);
  const clusters: InstalledCluster[] = [];
  for (const { Name } of siteFileOf(record).Clusters) {
    const cluster = await requireHead(cloud, Name);
    const one = { cloud, name: Name, ...(signal === undefined ? {} : { signal }) };
    clusters.push(await installedCluster(one, cluster, upgradedFile(cluster, target).before));
  }
  return { target, record, steps: stepsTo({ slurmdbd, clusters }, target) };
}

/** A backup of what is half new would take the place of the old. */
function isBegun({ machines }: SiteRecord, { os }: UpgradeTarget): boolean {
  return machines.some((machine) => machine.os === os);
}

function shown({ release, os }: UpgradeTarget, steps: readonly UpgradeStep[]): UpgradePlanned {
  return { release, imageOs: os, steps: steps.map(describeUpgradeStep) };
}
