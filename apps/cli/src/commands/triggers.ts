import {
  type OccurrenceView,
  type TriggerView,
  type TriggerWish,
  triggersRoutes,
  triggerWish,
} from "@sluice/api";
import { type FileKind, type Finding, judgeText, renderFinding, SluiceError } from "@sluice/model";
import { readClusterFile } from "../cluster-file.ts";
import { type DefineCommand, numberOption } from "../command.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import type { Paint } from "../render/paint.ts";
import { fields, harmless, table } from "../render/table.ts";
import { shownTime } from "../render/time.ts";
import { requireServer, type ServerClient } from "../server-session.ts";
import { usage } from "../usage.ts";

interface FileOption {
  readonly file?: string;
}

interface HistoryOptions {
  readonly state?: readonly OccurrenceView["state"][];
  readonly limit?: string;
}

interface ReplayOptions {
  readonly occurrence?: string;
  readonly dead?: true;
}

/** What submits an application when something happens. */
export const triggersCommand: DefineCommand = (program, cli) => {
  const triggers = program
    .command("triggers")
    .description("what submits an application when something happens: a file, an upload, a time");

  triggers
    .command("list")
    .description("list triggers")
    .option("--all", "everybody's, for administrators")
    .action(
      cli.action<{ readonly all?: true }>(async (context, { all }) => {
        const server = await requireServer(context);
        const query = all === true ? ({ all: "true" } as const) : {};
        const { items } = await server.call(triggersRoutes.listTriggers, { query });
        await context.output.emit({ triggers: items }, ({ triggers: found }, paint) =>
          found.length === 0 ? "no triggers\n" : listed(found, paint),
        );
        return 0;
      }),
    );

  triggers
    .command("show")
    .description("show a trigger and the numbers of its history")
    .argument("[trigger]", "its name or id")
    .action(
      cli.action(async (context, _options, [name]) => {
        const server = await requireServer(context);
        const params = { trigger: await idOf(server, name) };
        const shown = await server.call(triggersRoutes.getTrigger, { params });
        await context.output.emit(shown, (one, paint) => described(one, one.counts, paint));
        return 0;
      }),
    );

  triggers
    .command("create")
    .description("make a trigger of a file; the secret of a web-hook is shown this once")
    .option("-f, --file <file>", "the trigger's file")
    .action(
      cli.action<FileOption>(async (context, { file }) => {
        const server = await requireServer(context);
        const body = await loadTriggerFile(context, file);
        const made = await server.call(triggersRoutes.createTrigger, { body });
        await context.output.emit(made, ({ name, address, secret }, paint) =>
          [
            `${name} is ${paint.state("active")}`,
            ...(address === undefined ? [] : [`  requests go to  ${address}`]),
            ...(secret === undefined
              ? []
              : [`  signed with     ${secret}`, "  it is not shown again"]),
            "",
          ].join("\n"),
        );
        return 0;
      }),
    );

  triggers
    .command("change")
    .description("change a trigger to what a file says")
    .argument("[trigger]", "its name or id")
    .option("-f, --file <file>", "the trigger's file")
    .action(
      cli.action<FileOption>(async (context, { file }, [name]) => {
        const server = await requireServer(context);
        const body = await loadTriggerFile(context, file);
        const params = { trigger: await idOf(server, name) };
        const changed = await server.call(triggersRoutes.changeTrigger, { params, body });
        await context.output.emit(changed, (one) => `${one.name} is changed\n`);
        return 0;
      }),
    );

  for (const [verb, route, done] of [
    ["pause", triggersRoutes.pauseTrigger, "paused: what it receives waits"],
    ["resume", triggersRoutes.resumeTrigger, "active again"],
  ] as const) {
    triggers
      .command(verb)
      .description(verb === "pause" ? "stop submitting; what comes waits" : "go on submitting")
      .argument("[trigger]", "its name or id")
      .action(
        cli.action(async (context, _options, [name]) => {
          const server = await requireServer(context);
          const params = { trigger: await idOf(server, name) };
          const changed =
            route === triggersRoutes.pauseTrigger
              ? await server.call(route, { params, body: {} })
              : await server.call(route, { params });
          await context.output.emit(changed, (one) => `${one.name} is ${done}\n`);
          return 0;
        }),
      );
  }

  triggers
    .command("secret")
    .description("give a web-hook another secret; the former is good for nothing at once")
    .argument("[trigger]", "its name or id")
    .action(
      cli.action(async (context, _options, [name]) => {
        const server = await requireServer(context);
        const params = { trigger: await idOf(server, name) };
        const made = await server.call(triggersRoutes.changeTriggerSecret, { params });
        await context.output.emit(made, ({ secret }) => `${secret}\n  it is not shown again\n`);
        return 0;
      }),
    );

  triggers
    .command("history")
    .description("show what happened, newest first, and what became of it")
    .argument("[trigger]", "its name or id")
    .option(
      "--state <states...>",
      "only these: received, submitting, retrying, submitted, dead, ignored",
    )
    .option("--limit <number>", "how many, 50 by itself")
    .action(
      cli.action<HistoryOptions>(async (context, { state, limit }, [name]) => {
        const server = await requireServer(context);
        const params = { trigger: await idOf(server, name) };
        const page = await server.call(triggersRoutes.listOccurrences, {
          params,
          query: {
            ...(state === undefined ? {} : { state: [...state] }),
            ...(limit === undefined ? {} : { limit: numberOption("--limit", limit) }),
          },
        });
        await context.output.emit({ occurrences: page.items }, ({ occurrences }, paint) =>
          occurrences.length === 0 ? "nothing happened yet\n" : history(occurrences, paint),
        );
        return 0;
      }),
    );

  triggers
    .command("replay")
    .description("make what happened happen again")
    .argument("[trigger]", "its name or id")
    .option("--occurrence <id>", "one, by its id in the history")
    .option("--dead", "all that could not be submitted, each once")
    .action(
      cli.action<ReplayOptions>(async (context, { occurrence, dead }, [name]) => {
        if ((occurrence === undefined) === (dead === undefined)) {
          throw usage("which occurrences", "write --occurrence ID or --dead");
        }
        const server = await requireServer(context);
        const params = { trigger: await idOf(server, name) };
        const body = occurrence === undefined ? { all: "dead" as const } : { occurrence };
        const answer = await server.call(triggersRoutes.replayOccurrences, { params, body });
        await context.output.emit(answer, ({ replayed }) => `${replayed} happen again\n`);
        return 0;
      }),
    );

  triggers
    .command("remove")
    .description("remove a trigger and its history; its runs stay")
    .argument("[trigger]", "its name or id")
    .option("-y, --yes", "don't ask")
    .action(
      cli.action<{ readonly yes?: true }>(async (context, { yes }, [name]) => {
        const server = await requireServer(context);
        const params = { trigger: await idOf(server, name) };
        if (yes !== true) {
          await confirm(context, {
            question: `remove the trigger ${name}`,
            doing: `removing the trigger ${name}`,
            undone: `the trigger ${name} was not removed`,
          });
        }
        await server.call(triggersRoutes.removeTrigger, { params });
        await context.output.emit({ removed: name }, () => `${name} is removed\n`);
        return 0;
      }),
    );
};

/** Of one's own by name; of others' by id. Errors: `USAGE` without a name. */
async function idOf(server: ServerClient, name: string | undefined): Promise<string> {
  if (name === undefined) throw usage("which trigger", "see: sluice triggers list");
  const { items } = await server.call(triggersRoutes.listTriggers, { query: {} });
  return items.find((one) => one.name === name)?.id ?? name;
}

const TRIGGER: FileKind<typeof triggerWish, TriggerWish> = {
  schema: triggerWish,
  check: () => [],
  online: [],
  complete: (wish) => wish,
};

async function loadTriggerFile(context: Context, path: string | undefined): Promise<TriggerWish> {
  if (path === undefined) throw usage("a trigger needs its file", "write --file trigger.yaml");
  const text = await readClusterFile(context, path, "trigger file");
  const parsed = judgeText(TRIGGER, text, { fileName: path });
  if (!parsed.ok) throw triggerFileError(parsed.findings);
  return parsed.config;
}

function triggerFileError(findings: readonly Finding[]): SluiceError {
  const count = findings.length === 1 ? "1 error" : `${findings.length} errors`;
  const lines = findings.map((finding) => `  ${renderFinding(finding)}`);
  const message = [`${findings[0]?.file || "the trigger file"} has ${count}`, ...lines].join("\n");
  return new SluiceError("TRIGGER_FILE_INVALID", "user", message, {
    hint: "correct the file; see docs/triggers.md",
  });
}

function listed(found: readonly TriggerView[], paint: Paint): string {
  const rows = found.map(({ name, owner, state, source, application, cluster, reason = "" }) => [
    harmless(name),
    harmless(owner),
    paint.state(state),
    source.kind,
    harmless(application),
    cluster,
    harmless(reason),
  ]);
  const heads = ["NAME", "OWNER", "STATE", "SOURCE", "APPLICATION", "CLUSTER", "REASON"];
  return table(heads, rows);
}

function described(
  trigger: TriggerView,
  counts: Readonly<Record<string, number | undefined>>,
  paint: Paint,
): string {
  const { name, id, owner, state, reason, source, application, applicationVersion } = trigger;
  const version = applicationVersion === undefined ? "published" : `version ${applicationVersion}`;
  return fields([
    ["name", harmless(name)],
    ["id", id],
    ["owner", harmless(owner)],
    ["state", paint.state(state)],
    ...(reason === undefined ? [] : [["reason", harmless(reason)] as const]),
    ["source", harmless(JSON.stringify(source))],
    ["application", `${harmless(application)}, ${version}, on ${trigger.cluster}`],
    ["values", harmless(JSON.stringify(trigger.values))],
    ...(trigger.address === undefined ? [] : [["address", trigger.address] as const]),
    [
      "history",
      Object.entries(counts)
        .map(([is, count]) => `${count} ${is}`)
        .join(", "),
    ],
  ]);
}

function history(occurrences: readonly OccurrenceView[], paint: Paint): string {
  const rows = occurrences.map(({ id, receivedAt, state, jobId, identity, error }) => [
    id,
    shownTime(receivedAt),
    paint.state(state),
    jobId === undefined ? "" : String(jobId),
    harmless(error?.message ?? identity),
  ]);
  return table(["ID", "TIME (UTC)", "STATE", "JOB", "WHAT"], rows);
}
