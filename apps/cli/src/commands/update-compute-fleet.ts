import { updateComputeFleet } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand, RequiredOption } from "../command.ts";
import { fleetText } from "../render/fleet.ts";

interface Options extends ClusterOption {
  readonly status: "START_REQUESTED" | "STOP_REQUESTED" | "start" | "stop";
  readonly wait?: boolean;
}

export const updateComputeFleetCommand: DefineCommand = (program, cli) => {
  const status = new RequiredOption("--status <status>", "what to ask for").choices([
    "START_REQUESTED",
    "STOP_REQUESTED",
    "start",
    "stop",
  ]);
  program
    .command("update-compute-fleet")
    .description("start or stop a cluster's compute fleet; stopping requeues its jobs")
    .addOption(clusterName())
    .addOption(status)
    .option("--wait", "come back only when it is done")
    .action(
      cli.action<Options>(async (context, options) => {
        const { clusterName: name, wait = false } = options;
        const cloud = await context.cloudOf(name);
        const { onProgress } = context.showProgress();
        const start = options.status === "start" || options.status === "START_REQUESTED";
        const fleet = await updateComputeFleet({
          cloud,
          name,
          wait,
          status: start ? "START_REQUESTED" : "STOP_REQUESTED",
          clock: context.host.clock,
          onProgress,
          signal: context.signal,
        });
        await context.output.emit(fleet, fleetText);
        return 0;
      }),
    );
};
