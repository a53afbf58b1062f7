import { replaceHead } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";

interface Options extends ClusterOption {
  readonly instanceType?: string;
  readonly imageOs?: string;
  readonly zone?: string;
}

export const replaceHeadCommand: DefineCommand = (program, cli) => {
  program
    .command("replace-head")
    .description("give a cluster's head another machine; jobs run on")
    .addOption(clusterName())
    .option("--instance-type <type>", "of the new machine, and of the second head's")
    .option("--image-os <os>", "system of the new machine, with the same Slurm")
    .option("--zone <zone>", "zone of the new machine")
    .action(
      cli.action<Options>(async (context, { clusterName: name, ...values }) => {
        const cloud = await context.cloudOf(name);
        const { onProgress } = context.showProgress();
        const { host, signal } = context;
        const operation = { cloud, name, clock: host.clock, onProgress, signal };
        const replaced = await replaceHead({ ...operation, values });
        await context.output.emit(replaced, (_, paint) => {
          const nodes = replaced.replaced.join(", ");
          const status = paint.state(replaced.cluster.clusterStatus);
          return `${name} is ${status}; made anew: ${nodes}; version ${replaced.fileVersion} of its file is in force\n`;
        });
        return 0;
      }),
    );
};
