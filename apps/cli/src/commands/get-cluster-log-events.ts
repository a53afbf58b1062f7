import type { LogQuery } from "@sluice/cloud";
import { logEvents } from "@sluice/lifecycle";
import {
  type ClusterOption,
  clusterName,
  type DefineCommand,
  numberOption,
  RequiredOption,
  type Switch,
  switchOption,
} from "../command.ts";
import { cloudWithLogsOf } from "../log-cloud.ts";
import { harmless } from "../render/table.ts";
import { timeOption } from "../time-option.ts";

interface Options extends ClusterOption {
  readonly logStreamName: string;
  readonly limit?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly startFromHead?: Switch;
  readonly head?: true;
  readonly nextToken?: string;
}

export const getClusterLogEventsCommand: DefineCommand = (program, cli) => {
  program
    .command("get-cluster-log-events")
    .description("show a log that the cloud keeps of a cluster, its newest lines unless told else")
    .addOption(clusterName())
    .addOption(
      new RequiredOption(
        "--log-stream-name <name>",
        "one of those that list-cluster-log-streams names",
      ),
    )
    .option("--limit <number>", "at most so many lines")
    .option("--start-time <time>", "only what is newer: 10m, 2h, 1d, or a time")
    .option("--end-time <time>", "only what is older")
    .option("--start-from-head [true|false]", "the oldest lines, instead of the newest")
    .option("--head", "the same")
    .option("--next-token <token>", "go on where the last answer ended")
    .action(
      cli.action<Options>(async (context, options) => {
        const { clusterName: name, logStreamName: stream } = options;
        const query = queryOf(options, context.host.clock.now());
        const cloud = await cloudWithLogsOf(context, name);
        const page = await logEvents({ cloud, name, stream, query });
        await context.output.emit(page, ({ events, nextToken }) => {
          const lines = events.map(({ timestamp, message }) => `${timestamp} ${harmless(message)}`);
          if (nextToken !== undefined) lines.push(`more with: --next-token ${nextToken}`);
          return lines.map((line) => `${line}\n`).join("");
        });
        return 0;
      }),
    );
};

function queryOf(options: Options, now: Date): LogQuery {
  const { limit, startTime, endTime, startFromHead, head, nextToken } = options;
  const fromHead = head === true || switchOption("--start-from-head", startFromHead);
  return {
    end: fromHead ? "oldest" : "newest",
    ...(limit === undefined ? {} : { limit: numberOption("--limit", limit) }),
    ...(startTime === undefined ? {} : { from: timeOption("--start-time", startTime, now) }),
    ...(endTime === undefined ? {} : { until: timeOption("--end-time", endTime, now) }),
    ...(nextToken === undefined ? {} : { next: nextToken }),
  };
}
