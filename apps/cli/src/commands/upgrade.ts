import { planClusterUpgrade, type UpgradePlanned, upgradeCluster } from "@sluice/lifecycle";
import {
  type ClusterOption,
  clusterName,
  type DefineCommand,
  type Switch,
  switchOption,
} from "../command.ts";
import { usage } from "../usage.ts";

interface Options extends ClusterOption {
  readonly slurm?: string;
  readonly imageOs?: string;
  readonly dryrun?: Switch;
}

export const upgradeCommand: DefineCommand = (program, cli) => {
  program
    .command("upgrade")
    .description("bring a cluster to another release of Slurm; jobs run on")
    .addOption(clusterName())
    .option("--slurm <release>", "the release, such as 26.05")
    .option("--image-os <os>", "the system whose image brings it, such as debian14")
    .option("--dryrun [true|false]", "only say what would be done")
    .action(
      cli.action<Options>(async (context, options) => {
        const { clusterName: name, slurm, imageOs } = options;
        const dryrun = switchOption("--dryrun", options.dryrun);
        if (slurm === undefined && imageOs === undefined) {
          throw usage(
            "upgrade needs --slurm <release> or --image-os <os>",
            "see: sluice upgrade --help",
          );
        }
        const cloud = await context.cloudOf(name);
        const to = {
          ...(slurm === undefined ? {} : { slurm }),
          ...(imageOs === undefined ? {} : { imageOs }),
        };
        const { host, output, signal } = context;
        const plan = await planClusterUpgrade({ cloud, name, to, signal });
        if (dryrun) {
          await output.emit(plan, () => planText(name, plan));
          return 0;
        }
        if (output.format === "text") host.writeErr(planText(name, plan));
        const { onProgress } = context.showProgress();
        const done = await upgradeCluster({
          cloud,
          name,
          clock: host.clock,
          onProgress,
          signal,
          to,
        });
        await output.emit(done, () => {
          const backup =
            done.backup === undefined ? "" : `; the state before: ${done.backup} on its head`;
          return `${name} has Slurm ${done.release}${backup}\n`;
        });
        return 0;
      }),
    );
};

function planText(name: string, { release, imageOs, steps }: UpgradePlanned): string {
  if (steps.length === 0) return `${name} has Slurm ${release} already\n`;
  const lines = steps.map((step, index) => `  ${index + 1}. ${step}`);
  return `${name} to Slurm ${release} (${imageOs}):\n${lines.join("\n")}\n`;
}
