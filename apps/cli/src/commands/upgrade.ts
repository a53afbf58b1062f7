import {
  backupSite,
  planClusterUpgrade,
  planSiteUpgrade,
  type UpgradePlanned,
  type UpgradeWish,
  upgradeCluster,
  upgradeSite,
} from "@sluice/lifecycle";
import manifest from "../../package.json" with { type: "json" };
import { backupStoreAt } from "../backup-store.ts";
import {
  clusterOrSite,
  type DefineCommand,
  oneTarget,
  type Switch,
  switchOption,
  type TargetOptions,
} from "../command.ts";
import type { Context } from "../context.ts";
import { usage } from "../usage.ts";

interface Options extends TargetOptions {
  readonly slurm?: string;
  readonly imageOs?: string;
  readonly dryrun?: Switch;
  readonly to?: string;
}

/** What an upgrade is asked to do. */
interface Asked {
  readonly name: string;
  readonly to: UpgradeWish;
  readonly isDry: boolean;
}

export const upgradeCommand: DefineCommand = (program, cli) => {
  clusterOrSite(program.command("upgrade"))
    .description("bring a cluster, or a site with all its clusters, to another release of Slurm")
    .option("--slurm <release>", "the release, such as 26.05")
    .option("--image-os <os>", "the system whose image brings it, such as debian14")
    .option("--to <place>", "of a site: where its backup is put, a folder or s3://bucket/prefix")
    .option("--dryrun [true|false]", "only say what would be done")
    .action(
      cli.action<Options>(async (context, options) => {
        const { slurm, imageOs, to: place } = options;
        const target = oneTarget("upgrade", options);
        const isDry = switchOption("--dryrun", options.dryrun);
        if (slurm === undefined && imageOs === undefined) {
          throw usage("upgrade needs --slurm <release> or --image-os <os>", HELP);
        }
        const to = {
          ...(slurm === undefined ? {} : { slurm }),
          ...(imageOs === undefined ? {} : { imageOs }),
        };
        if ("site" in target) return ofSite(context, { name: target.site, to, isDry }, place);
        if (place !== undefined) throw usage("--to goes with --site-name", HELP);
        return ofCluster(context, { name: target.cluster, to, isDry });
      }),
    );
};

const HELP = "see: sluice upgrade --help";
const INTERRUPTED = "interrupted: ends with this step, and what was done stays";

async function ofCluster(context: Context, { name, to, isDry }: Asked): Promise<number> {
  const cloud = await context.cloudOf(name);
  const { host, output, signal } = context;
  const plan = await planClusterUpgrade({ cloud, name, to, signal });
  if (!(await isGoingOn(context, { name, isDry }, plan))) return 0;
  const { onProgress } = context.showProgress(INTERRUPTED);
  const done = await upgradeCluster({ cloud, name, clock: host.clock, onProgress, signal, to });
  await output.emit(done, () => {
    const backup =
      done.backup === undefined ? "" : `; the state before: ${done.backup} on its head`;
    return `${name} has Slurm ${done.release}${backup}\n`;
  });
  return 0;
}

async function ofSite(
  context: Context,
  { name, to, isDry }: Asked,
  place: string | undefined,
): Promise<number> {
  if (place === undefined && !isDry) {
    throw usage(
      "upgrade of a site needs --to <place>, where its backup is put",
      "name a folder here, or s3://bucket/prefix",
    );
  }
  const cloud = await context.openCloud(context.provider ?? "local");
  const { host, output, signal } = context;
  const { clock } = host;
  const plan = await planSiteUpgrade({ cloud, name, to, signal });
  if (!(await isGoingOn(context, { name, isDry }, plan))) return 0;
  const { onProgress } = context.showProgress(INTERRUPTED);
  const store = await backupStoreAt(context, place ?? "");
  const done = await upgradeSite({
    ...{ cloud, name, clock, onProgress, signal, to },
    backUp: async () => {
      const { version } = manifest;
      const { folder, backup } = await backupSite({ cloud, name, store, clock, version, signal });
      return `${folder}/${backup.file}`;
    },
  });
  await output.emit(done, () => {
    const backup = done.backup === undefined ? "" : `; the state before: ${done.backup}`;
    return `${name} has Slurm ${done.release}${backup}\n`;
  });
  return 0;
}

/** Shows the plan; false when that was all that was asked for. */
async function isGoingOn(
  { host, output }: Context,
  { name, isDry }: Pick<Asked, "name" | "isDry">,
  plan: UpgradePlanned,
): Promise<boolean> {
  if (isDry) await output.emit(plan, () => planText(name, plan));
  else if (output.format === "text") host.writeErr(planText(name, plan));
  return !isDry;
}

function planText(name: string, { release, imageOs, steps }: UpgradePlanned): string {
  if (steps.length === 0) return `${name} has Slurm ${release} already\n`;
  const lines = steps.map((step, index) => `  ${index + 1}. ${step}`);
  return `${name} to Slurm ${release} (${imageOs}):\n${lines.join("\n")}\n`;
}
