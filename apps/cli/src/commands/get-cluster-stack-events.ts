import { stackEvents } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { harmless, table } from "../render/table.ts";
import { shownTime } from "../render/time.ts";

export const getClusterStackEventsCommand: DefineCommand = (program, cli) => {
  program
    .command("get-cluster-stack-events")
    .description("show what the cloud did for a cluster: network, storage, head node")
    .addOption(clusterName())
    .action(
      cli.action<ClusterOption>(async (context, { clusterName: name }) => {
        const cloud = await context.cloudOf(name);
        const events = await stackEvents({ cloud, name });
        await context.output.emit({ events }, (_, paint) => {
          const rows = events.map((event) => [
            shownTime(event.timestamp),
            harmless(event.logicalResourceId),
            event.resourceStatus === "failed" ? paint.bad("failed") : event.resourceStatus,
            harmless(event.resourceStatusReason ?? ""),
          ]);
          return table(["TIME (UTC)", "RESOURCE", "STATUS", "REASON"], rows);
        });
        return 0;
      }),
    );
};
