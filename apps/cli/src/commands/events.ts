import {
  type ClusterEvent,
  type ClusterEvents,
  type ClusterOperation,
  clusterEvents,
  type EventFilter,
  explainInCluster,
  followClusterEvents,
} from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import type { Paint } from "../render/paint.ts";
import { harmless, table } from "../render/table.ts";
import { shownTime } from "../render/time.ts";
import { timeOption } from "../time-option.ts";

interface Options extends ClusterOption {
  readonly follow?: boolean;
  readonly node?: string;
  readonly job?: string;
  readonly since?: string;
}

export const eventsCommand: DefineCommand = (program, cli) => {
  program
    .command("events")
    .description("show what happened to a cluster and its nodes")
    .addOption(clusterName())
    .option("-f, --follow", "go on as things happen, until Ctrl-C; as JSON, one event a line")
    .option("--node <name>", "only what happened to this node")
    .option(
      "--job <id>",
      "only what happened to this job; a task of an array while it is in the queue",
    )
    .option("--since <time>", "only what is newer: 10m, 2h, 1d, or a time such as 2026-01-05T08:00")
    .action(
      cli.action<Options>(async (context, options) => {
        const { clusterName: name, node, job, since } = options;
        const cloud = await context.cloudOf(name);
        const filter: EventFilter = {
          ...(node === undefined ? {} : { node }),
          ...(job === undefined ? {} : { job: await numberOf({ cloud, name, job }) }),
          ...(since === undefined
            ? {}
            : { since: timeOption("--since", since, context.host.clock.now()) }),
        };
        const operation = { cloud, name, ...filter };
        if (options.follow === true) {
          const signal = context.endOnInterrupt();
          const { clock } = context.host;
          await follow(context, followClusterEvents({ ...operation, clock, signal }));
          return 0;
        }
        await context.output.emit(await clusterEvents(operation), textOf);
        return 0;
      }),
    );
};

/** Events have Slurm's own number, which a task of an array does not show. */
async function numberOf(task: ClusterOperation & { readonly job: string }): Promise<string> {
  const { cloud, name, job } = task;
  if (!job.includes("_")) return job;
  const { subject } = await explainInCluster({ cloud, name, subject: { job } });
  return String(subject.jobId ?? job);
}

/** JSON is one document a line, so that what reads it need not wait for the end. */
async function follow(context: Context, events: AsyncIterable<ClusterEvent>): Promise<void> {
  const { host, output } = context;
  for await (const event of events) {
    const line =
      output.format === "json"
        ? JSON.stringify(event)
        : rowOf(event, output.paint)
            .filter((cell) => cell !== "")
            .join("  ");
    host.writeOut(`${line}\n`);
  }
}

function rowOf(event: ClusterEvent, paint: Paint): readonly string[] {
  return [
    shownTime(event.time),
    event.kind,
    event.status === "failed" ? paint.bad(event.status) : (event.status ?? ""),
    event.node ?? "",
    event.job ?? "",
    harmless(event.message),
  ];
}

function textOf({ events, incomplete }: ClusterEvents, paint: Paint): string {
  const rows = events.map((event) => rowOf(event, paint));
  const shown = table(["TIME (UTC)", "WHAT", "STATUS", "NODE", "JOB", "MESSAGE"], rows);
  return incomplete === undefined
    ? shown
    : `${shown}events of the nodes are missing: ${incomplete}\n`;
}
