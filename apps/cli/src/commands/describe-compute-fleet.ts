import { describeComputeFleet } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { fleetText } from "../render/fleet.ts";

export const describeComputeFleetCommand: DefineCommand = (program, cli) => {
  program
    .command("describe-compute-fleet")
    .description("show the state of a cluster's compute fleet")
    .addOption(clusterName())
    .action(
      cli.action<ClusterOption>(async (context, { clusterName: name }) => {
        const cloud = await context.cloudOf(name);
        const fleet = await describeComputeFleet({ cloud, name });
        await context.output.emit(fleet, fleetText);
        return 0;
      }),
    );
};
