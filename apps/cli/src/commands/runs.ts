import { Readable } from "node:stream";
import { type RunView, runsRoutes } from "@sluice/api";
import type { Command } from "commander";
import { type Cli, type DefineCommand, numberOption } from "../command.ts";
import { writeWholeFile } from "../configure/write-file.ts";
import type { Context } from "../context.ts";
import { fields, harmless, table } from "../render/table.ts";
import { shownMinute } from "../render/time.ts";
import { requireServer } from "../server-session.ts";
import { usage } from "../usage.ts";

interface ListOptions {
  readonly shared?: boolean;
  readonly all?: boolean;
  readonly state?: string;
  readonly limit?: string;
}

interface OutputOptions {
  readonly follow?: boolean;
  readonly file?: string;
}

/** Submissions of applications with their folders; a server has them. */
export const runsCommand: DefineCommand = (program, cli) => {
  const runs = program
    .command("runs")
    .description("runs of applications: list, show, output, download, rename, share, remove");
  defineLooking(runs, cli);
  defineFiles(runs, cli);
  defineChanges(runs, cli);
};

function defineLooking(runs: Command, cli: Cli): void {
  runs
    .command("list")
    .description("list your runs, newest first")
    .option("--shared", "those that others share with you")
    .option("--all", "everybody's that you may see")
    .option("--state <states>", "one or several, with commas: running,failed")
    .option("--limit <number>", "at most so many; 50 by itself")
    .action(
      cli.action<ListOptions>(async (context, { shared, all, state, limit }) => {
        const server = await requireServer(context);
        const of = all === true ? "all" : shared === true ? "shared" : "own";
        const { items, total } = await server.call(runsRoutes.listRuns, {
          query: {
            of,
            ...(state === undefined ? {} : { state }),
            ...(limit === undefined ? {} : { limit: numberOption("--limit", limit) }),
          },
        });
        await context.output.emit({ runs: items, total }, (_, paint) =>
          items.length === 0
            ? "no runs; submit one with: sluice apps submit NAME\n"
            : table(
                ["ID", "NAME", "STATE", "JOB", "CLUSTER", "APPLICATION", "CREATED (UTC)"],
                items.map((run) => [
                  run.id,
                  harmless(run.name),
                  paint.state(run.state),
                  run.jobId === undefined ? "" : String(run.jobId),
                  run.cluster,
                  run.application.name,
                  shownMinute(run.createdAt),
                ]),
              ),
        );
        return 0;
      }),
    );

  runs
    .command("show")
    .description("show a run")
    .argument("[id]")
    .action(
      cli.action(async (context, _options, [id]) => {
        const server = await requireServer(context);
        const run = await server.call(runsRoutes.getRun, { params: { run: idOf(id) } });
        await context.output.emit(run, shownRun);
        return 0;
      }),
    );
}

function shownRun(run: RunView): string {
  const optional: readonly (readonly [string, string | undefined])[] = [
    ["job", run.jobId === undefined ? undefined : `${run.jobId} ${run.jobState ?? ""}`.trim()],
    ["submitted", run.submittedAt],
    ["started", run.startedAt],
    ["ended", run.endedAt],
    ["kept until", run.expiresAt],
    ["error", run.error?.message],
    ["not purged", run.purgeError],
  ];
  const given = optional.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const pairs = [
    ["name", run.name],
    ["state", run.state],
    ["owner", run.owner],
    ["application", `${run.application.name} version ${run.application.version}`],
    ["cluster", run.cluster],
    ["folder", run.folder],
    ["created", run.createdAt],
    ...given,
    ...Object.entries(run.values).map(([name, value]) => [`  ${name}`, valueText(value)]),
  ];
  return fields(pairs.map(([name = "", value = ""]) => [harmless(name), harmless(value)] as const));
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function defineFiles(runs: Command, cli: Cli): void {
  runs
    .command("output")
    .description("show what the job of a run wrote")
    .argument("[id]")
    .option("-f, --follow", "go on with what it writes, until the run is over")
    .option("--file <path>", "another file of the run than output.log")
    .action(
      cli.action<OutputOptions>(async (context, { follow, file = "output.log" }, [id]) => {
        const run = idOf(id);
        if (follow === true) await followFile(context, run, file);
        else {
          const server = await requireServer(context);
          const query = { path: file };
          const { body } = await server.stream(runsRoutes.readRunFile, { params: { run }, query });
          const decoder = new TextDecoder();
          for await (const piece of body ?? []) {
            context.host.writeOut(decoder.decode(piece as Uint8Array, { stream: true }));
          }
        }
        return 0;
      }),
    );

  runs
    .command("download")
    .description("write a run's folder into an archive here")
    .argument("[id]")
    .option("--output-file <file>", "the archive, .tar.gz or .zip; which must not be there")
    .action(
      cli.action<{ readonly outputFile?: string }>(async (context, options, [id]) => {
        const run = idOf(id);
        const { outputFile = `run-${run.slice(0, 8)}.tar.gz` } = options;
        const server = await requireServer(context);
        const format = outputFile.endsWith(".zip") ? "zip" : "tar.gz";
        const { body } = await server.stream(runsRoutes.downloadRun, {
          ...{ params: { run }, query: { format } },
        });
        await writeWholeFile(outputFile, body === null ? "" : Readable.fromWeb(body as never));
        await context.output.emit({ outputFile }, () => `written ${outputFile}\n`);
        return 0;
      }),
    );
}

/** How long a run that is over must have written nothing more, which may come late over a network. */
const QUIET_MS = 2000;

async function followFile(context: Context, run: string, path: string): Promise<void> {
  const server = await requireServer(context);
  const { clock } = context.host;
  const over = new AbortController();
  const signal = AbortSignal.any([context.endOnInterrupt(), over.signal]);
  let heardAt = clock.now().getTime();
  const ended = (async () => {
    try {
      while (!signal.aborted) {
        // A server that is away for a moment ends nothing: the events come back by themselves.
        const shown = await server
          .call(runsRoutes.getRun, { params: { run } })
          .catch(() => undefined);
        const isQuiet = clock.now().getTime() - heardAt >= QUIET_MS;
        if (shown !== undefined && ENDED.has(shown.state) && isQuiet) return;
        await clock.sleep(QUIET_MS / 2, signal);
      }
    } finally {
      over.abort();
    }
  })();
  const decoder = new TextDecoder();
  const request = { params: { run }, query: { path }, signal };
  const events = server.events(runsRoutes.followRunFile, request);
  const written = (async () => {
    try {
      for await (const { event, data } of events) {
        if (event !== "output" || !("base64" in data)) continue;
        heardAt = clock.now().getTime();
        const bytes = Buffer.from(data.base64, "base64");
        context.host.writeOut(decoder.decode(bytes, { stream: true }));
      }
    } finally {
      over.abort();
    }
  })();
  await Promise.all([written, ended]);
}

const ENDED: ReadonlySet<string> = new Set(["done", "failed", "cancelled", "expired"]);

function defineChanges(runs: Command, cli: Cli): void {
  runs
    .command("rename")
    .description("give a run another name; its folder keeps its own")
    .argument("[id]")
    .argument("[name]")
    .action(
      cli.action(async (context, _options, [id, name]) => {
        if (name === undefined) throw usage("what name", "sluice runs rename ID 'second try'");
        const server = await requireServer(context);
        const request = { params: { run: idOf(id) }, body: { name } };
        const run = await server.call(runsRoutes.updateRun, request);
        await context.output.emit(run, () => `${run.id} is ${harmless(run.name)}\n`);
        return 0;
      }),
    );

  runs
    .command("share")
    .description("let others read a run, these and nobody else")
    .argument("[id]")
    .option("--users <names...>", "people")
    .option("--groups <names...>", "the site's groups")
    .option("--nobody", "end all sharing")
    .action(
      cli.action<{
        readonly users?: readonly string[];
        readonly groups?: readonly string[];
        readonly nobody?: boolean;
      }>(async (context, { users = [], groups = [], nobody }, [id]) => {
        const run = idOf(id);
        if (users.length + groups.length === 0 && nobody !== true) {
          throw usage("share it with whom", "give --users, --groups or --nobody");
        }
        const server = await requireServer(context);
        const shares = [
          ...users.map((name) => ({ kind: "user" as const, name })),
          ...groups.map((name) => ({ kind: "group" as const, name })),
        ];
        await server.call(runsRoutes.shareRun, { params: { run }, body: { shares } });
        await context.output.emit(
          { run, shares },
          () => `${run} is shared with ${shares.length}\n`,
        );
        return 0;
      }),
    );

  runs
    .command("remove")
    .description("remove a run with its folder")
    .argument("[id]")
    .action(
      cli.action(async (context, _options, [id]) => {
        const run = idOf(id);
        const server = await requireServer(context);
        await server.call(runsRoutes.deleteRun, { params: { run } });
        await context.output.emit({ removed: run }, () => `${run} is removed\n`);
        return 0;
      }),
    );
}

function idOf(id: string | undefined): string {
  if (id === undefined) throw usage("which run", "sluice runs list has their ids");
  return id;
}
