import { clusterLogs, followClusterLogs, LOG_SOURCES } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand, numberOption } from "../command.ts";

interface Options extends ClusterOption {
  readonly follow?: boolean;
  readonly lines: string;
}

export const logsCommand: DefineCommand = (program, cli) => {
  program
    .command("logs")
    .description("show a log of a cluster")
    .addOption(clusterName())
    .argument("[source]", `${LOG_SOURCES.join(", ")}, or a node`, "head")
    .option("-f, --follow", "go on as it grows, as text, until Ctrl-C")
    .option("--lines <number>", "newest lines to show", "200")
    .action(
      cli.action<Options>(async (context, options, [which = "head"]) => {
        const lines = numberOption("--lines", options.lines);
        const { clusterName: name, follow = false } = options;
        const cloud = await context.cloudOf(name);
        if (follow) {
          const signal = context.endOnInterrupt();
          const { clock, writeOut: write } = context.host;
          return followClusterLogs({ cloud, name, which, lines, clock, signal, write });
        }
        const text = await clusterLogs({ cloud, name, which, lines });
        const document = { logStreamName: which, events: eventsOf(text) };
        await context.output.emit(document, () => text);
        return 0;
      }),
    );
};

function eventsOf(text: string): { readonly message: string }[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((message) => ({ message }));
}
