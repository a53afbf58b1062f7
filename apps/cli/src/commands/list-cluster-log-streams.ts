import { listLogStreams } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { cloudWithLogsOf } from "../log-cloud.ts";
import { harmless, table } from "../render/table.ts";

export const listClusterLogStreamsCommand: DefineCommand = (program, cli) => {
  program
    .command("list-cluster-log-streams")
    .description("list the logs that the cloud keeps of a cluster, also of one that is gone")
    .addOption(clusterName())
    .action(
      cli.action<ClusterOption>(async (context, { clusterName: name }) => {
        const cloud = await cloudWithLogsOf(context, name);
        const logStreams = await listLogStreams({ cloud, name });
        await context.output.emit({ logStreams }, () => {
          if (logStreams.length === 0) return `no logs of ${name} yet\n`;
          const rows = logStreams.map((stream) => [
            harmless(stream.logStreamName),
            stream.firstEventTimestamp ?? "",
            stream.lastEventTimestamp ?? "",
          ]);
          return table(["LOG", "FROM", "UNTIL"], rows);
        });
        return 0;
      }),
    );
};
