import { deleteCluster, requireCluster } from "@sluice/lifecycle";
import { SluiceError } from "@sluice/model";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { usage } from "../usage.ts";

interface Options extends ClusterOption {
  readonly keepAccounting?: boolean;
  readonly yes?: boolean;
}

export const deleteClusterCommand: DefineCommand = (program, cli) => {
  program
    .command("delete-cluster")
    .description("delete a cluster and everything in it")
    .addOption(clusterName())
    .option("--keep-accounting", "keep the accounting database")
    .option("-y, --yes", "don't ask")
    .action(
      cli.action<Options>(async (context, options) => {
        const { clusterName: name, keepAccounting = false } = options;
        const cloud = await context.cloudOf(name);
        // Nobody should be asked about a cluster that is not there.
        await requireCluster(cloud, name);
        if (options.yes !== true) await confirm(context, name);
        const { onProgress } = context.showProgress();
        const { kept, ...cluster } = await deleteCluster({
          cloud,
          name,
          retainAccounting: keepAccounting,
          clock: context.host.clock,
          onProgress,
          signal: context.signal,
        });
        await context.output.emit({ cluster, kept }, () =>
          [`${name} is deleted`, ...kept.map((what) => `  kept: ${what}`), ""].join("\n"),
        );
        return 0;
      }),
    );
};

async function confirm({ host }: Context, name: string): Promise<void> {
  if (!host.stdinIsTerminal || !host.stderrIsTerminal) {
    throw usage(`deleting cluster ${name} needs to be confirmed`, "add --yes");
  }
  const answer = await host.ask(`delete cluster ${name}, its queue and its storage? [y/N] `);
  if (/^y(es)?$/i.test(answer)) return;
  throw new SluiceError("INTERRUPTED", "user", `cluster ${name} was not deleted`);
}
