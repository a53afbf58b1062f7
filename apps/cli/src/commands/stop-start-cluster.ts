import {
  type ClusterSummary,
  type LongOperation,
  startCluster,
  stopCluster,
} from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";

export const stopClusterCommand: DefineCommand = define(
  "stop-cluster",
  "stop a whole cluster, fleet and head; queue, accounting and storage stay",
  stopCluster,
);

export const startClusterCommand: DefineCommand = define(
  "start-cluster",
  "start a stopped cluster again",
  startCluster,
);

function define(
  verb: string,
  description: string,
  work: (operation: LongOperation) => Promise<ClusterSummary>,
): DefineCommand {
  return (program, cli) => {
    program
      .command(verb)
      .description(description)
      .addOption(clusterName())
      .action(
        cli.action<ClusterOption>(async (context, { clusterName: name }) => {
          const cloud = await context.cloudOf(name);
          const { onProgress } = context.showProgress();
          const { host, signal } = context;
          const cluster = await work({ cloud, name, clock: host.clock, onProgress, signal });
          await context.output.emit({ cluster }, (_, paint) => {
            return `${name} is ${paint.state(cluster.clusterStatus)}\n`;
          });
          return 0;
        }),
      );
  };
}
