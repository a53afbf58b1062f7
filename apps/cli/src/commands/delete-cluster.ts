import { deleteCluster, requireCluster } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { confirm } from "../confirm.ts";

interface Options extends ClusterOption {
  readonly keepAccounting?: boolean;
  readonly retainStorage?: boolean;
  readonly yes?: boolean;
}

export const deleteClusterCommand: DefineCommand = (program, cli) => {
  program
    .command("delete-cluster")
    .description("delete a cluster and everything in it")
    .addOption(clusterName())
    .option("--keep-accounting", "keep the accounting database")
    .option("--retain-storage", "keep it, and every file system and volume that was made")
    .option("-y, --yes", "don't ask")
    .action(
      cli.action<Options>(async (context, options) => {
        const { clusterName: name, keepAccounting = false, retainStorage = false } = options;
        const cloud = await context.cloudOf(name);
        // Nobody should be asked about a cluster that is not there.
        await requireCluster(cloud, name);
        if (options.yes !== true) {
          const what = retainStorage ? "its queue; its storage stays" : "its queue and its storage";
          await confirm(context, {
            question: `delete cluster ${name}, ${what}`,
            doing: `deleting cluster ${name}`,
            undone: `cluster ${name} was not deleted`,
          });
        }
        const { onProgress } = context.showProgress(
          "interrupted: what is not deleted yet stays; press Ctrl-C again to end at once",
        );
        const { kept, ...cluster } = await deleteCluster({
          cloud,
          name,
          retainAccounting: keepAccounting || retainStorage,
          retainStorage,
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
