import { listClusters } from "@sluice/lifecycle";
import type { DefineCommand } from "../command.ts";
import { table } from "../render/table.ts";

export const listClustersCommand: DefineCommand = (program, cli) => {
  program
    .command("list-clusters")
    .description("list the clusters there are")
    .action(
      cli.action(async (context) => {
        const { found, unasked } = await context.fromEachCloud((cloud) => listClusters({ cloud }));
        await context.output.emit({ clusters: found.flat(), ...unasked }, ({ clusters }, paint) => {
          if (clusters.length === 0) return "no clusters; make one with: sluice create-cluster\n";
          const rows = clusters.map((cluster) => [
            cluster.clusterName,
            paint.state(cluster.clusterStatus),
            cluster.provider,
            cluster.creationTime,
          ]);
          return table(["CLUSTER", "STATUS", "PROVIDER", "CREATED"], rows);
        });
        return 0;
      }),
    );
};
