import { type ClusterEvents, clusterEvents } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import type { Paint } from "../render/paint.ts";
import { harmless, table } from "../render/table.ts";

export const eventsCommand: DefineCommand = (program, cli) => {
  program
    .command("events")
    .description("show what happened to a cluster and its nodes")
    .addOption(clusterName())
    .action(
      cli.action<ClusterOption>(async (context, { clusterName: name }) => {
        const cloud = await context.cloudOf(name);
        await context.output.emit(await clusterEvents({ cloud, name }), textOf);
        return 0;
      }),
    );
};

function textOf({ events, incomplete }: ClusterEvents, paint: Paint): string {
  const rows = events.map((event) => [
    event.time.slice(0, 19).replace("T", " "),
    event.kind,
    event.status === "failed" ? paint.bad(event.status) : (event.status ?? ""),
    event.node ?? "",
    event.job ?? "",
    harmless(event.message),
  ]);
  const shown = table(["TIME (UTC)", "WHAT", "STATUS", "NODE", "JOB", "MESSAGE"], rows);
  return incomplete === undefined
    ? shown
    : `${shown}events of the nodes are missing: ${incomplete}\n`;
}
