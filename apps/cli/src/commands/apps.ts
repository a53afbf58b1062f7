import { randomUUID } from "node:crypto";
import { constants, openAsBlob } from "node:fs";
import { access } from "node:fs/promises";
import { basename } from "node:path";
import { type ApplicationDetail, applicationsRoutes, type RunView, runsRoutes } from "@sluice/api";
import { messageOf, SluiceError } from "@sluice/model";
import type { Command } from "commander";
import { type Cli, type DefineCommand, numberOption } from "../command.ts";
import { writeWholeFile } from "../configure/write-file.ts";
import { anyCluster } from "../jobs/place.ts";
import { fields, harmless, table } from "../render/table.ts";
import { requireServer, type ServerClient } from "../server-session.ts";
import { usage } from "../usage.ts";

const MOST_TEXT = 512 * 1024;

interface SubmitOptions {
  readonly clusterName?: string;
  readonly set?: readonly string[];
  readonly upload?: readonly string[];
  readonly name?: string;
  readonly dryRun?: boolean;
}

/** Forms by which jobs are submitted; a server has them. */
export const appsCommand: DefineCommand = (program, cli) => {
  const apps = program
    .command("apps")
    .description("applications of a server: list, show, submit, import, export, publish");
  defineLooking(apps, cli);
  defineSubmit(apps, cli);
  defineWriting(apps, cli);
};

function defineLooking(apps: Command, cli: Cli): void {
  apps
    .command("list")
    .description("list the applications that you may use")
    .action(
      cli.action(async (context) => {
        const server = await requireServer(context);
        const { items } = await server.call(applicationsRoutes.listApplications, {});
        await context.output.emit({ applications: items }, () =>
          items.length === 0
            ? "no applications\n"
            : table(
                ["NAME", "TITLE", "VERSION", "OWNER"],
                items.map(({ name, title, version, publishedVersion, owner }) => [
                  name,
                  harmless(title),
                  publishedVersion === undefined ? `${version} (draft)` : String(version),
                  harmless(owner),
                ]),
              ),
        );
        return 0;
      }),
    );

  apps
    .command("show")
    .description("show an application and the fields of its form")
    .argument("[name]")
    .option("--version-number <number>", "another version than the published one")
    .action(
      cli.action<{ readonly versionNumber?: string }>(async (context, options, [name]) => {
        const application = named(name);
        const query = versionQuery(options.versionNumber);
        const server = await requireServer(context);
        const found = await server.call(applicationsRoutes.getApplication, {
          ...{ params: { application }, query },
        });
        await context.output.emit(found, shownApplication);
        return 0;
      }),
    );
}

function shownApplication(found: ApplicationDetail): string {
  const rows = found.fields.map((field) => [
    field.name,
    field.type,
    field.required ? "needed" : field.default === undefined ? "" : `${field.default}`,
    harmless(field.label),
  ]);
  const about = fields([
    ["name", found.name],
    ["title", harmless(found.title)],
    ["version", `${found.version}${found.publishedVersion === undefined ? " (draft)" : ""}`],
    ["owner", harmless(found.owner)],
  ]);
  return `${about}\n${table(
    ["FIELD", "TYPE", "DEFAULT", "LABEL"],
    rows.map((row) => row.map(harmless)),
  )}`;
}

function defineSubmit(apps: Command, cli: Cli): void {
  apps
    .command("submit")
    .description("submit an application: a run is made with its folder and its job")
    .argument("[application]")
    .addOption(anyCluster())
    .option("--set <field=value...>", "values of its form; a field again for several")
    .option("--upload <field=file...>", "files from here, put into the run's folder")
    .option("--name <name>", "of the run")
    .option("--dry-run", "check the values and show the script; nothing is made")
    .action(
      cli.action<SubmitOptions>(async (context, options, [name]) => {
        const application = named(name);
        const server = await requireServer(context);
        const values = valuesOf("--set", options.set ?? []);
        const wish = {
          ...{ application, values },
          ...(options.clusterName === undefined ? {} : { cluster: options.clusterName }),
          ...(options.name === undefined ? {} : { name: options.name }),
        };
        if (options.dryRun === true) {
          const body = { ...wish, values: withInputs(values, options.upload ?? []) };
          const preview = await server.call(runsRoutes.previewRun, { body });
          await context.output.emit(preview, ({ errors, job }) =>
            job === undefined
              ? errors
                  .map(({ field, message }) => `${harmless(field)}: ${harmless(message)}\n`)
                  .join("")
              : `${job.options.map(harmless).join("\n")}\n\n${job.script}`,
          );
          return preview.errors.length === 0 ? 0 : 2;
        }
        const idempotencyKey = randomUUID();
        const run =
          options.upload === undefined
            ? await server.call(runsRoutes.createRun, { body: wish, idempotencyKey })
            : await submitWithFiles(server, wish, options.upload, idempotencyKey);
        await context.output.emit(run, shownSubmission);
        return 0;
      }),
    );
}

/** The values with those of the fields for which files are uploaded. */
function withInputs(
  values: Readonly<Record<string, unknown>>,
  uploads: readonly string[],
): Record<string, unknown> {
  const all: Record<string, unknown> = { ...values };
  for (const pair of uploads) {
    const [field, file] = pairOf("--upload", pair);
    all[field] = joined(all[field], `inputs/${basename(file)}`);
  }
  return all;
}

/**
 * A draft first, as files go into its folder. Files and values are looked at before, so that no
 * draft is left behind by a slip of the pen.
 */
async function submitWithFiles(
  server: ServerClient,
  wish: { readonly application: string; readonly values: Readonly<Record<string, unknown>> },
  uploads: readonly string[],
  idempotencyKey: string,
): Promise<RunView> {
  const files = await Promise.all(uploads.map((pair) => openInput(pairOf("--upload", pair)[1])));
  const values = withInputs(wish.values, uploads);
  const { errors } = await server.call(runsRoutes.previewRun, { body: { ...wish, values } });
  if (errors.length > 0) {
    const lines = errors.map(({ field, message }) => `  ${field}: ${message}`);
    const message = ["some values do not fit", ...lines].join("\n");
    const hint = "correct them; nothing was submitted";
    throw new SluiceError("RUN_VALUES_INVALID", "user", message, { hint });
  }
  const body = { ...wish, draft: true };
  const { id } = await server.call(runsRoutes.createRun, { body, idempotencyKey });
  for (const { name, content } of files) {
    await server.call(runsRoutes.uploadRunInput, { params: { run: id, name }, content });
  }
  await server.call(runsRoutes.updateRun, { params: { run: id }, body: { values } });
  return server.call(runsRoutes.submitRun, { params: { run: id } });
}

async function openInput(file: string) {
  try {
    // What openAsBlob says of a file that is not there names no reason.
    await access(file, constants.R_OK);
    return { name: basename(file), content: await openAsBlob(file) };
  } catch (error) {
    throw new SluiceError("INPUT_FILE_UNREADABLE", "user", `${file}: ${messageOf(error)}`, {
      hint: "give the path of a file that you may read",
    });
  }
}

function shownSubmission({ id, jobId, cluster, folder }: RunView): string {
  const job = jobId === undefined ? "submitted" : `job ${jobId}`;
  return `${job} on ${cluster}\n  run ${id}\n  folder ${harmless(folder)}\n`;
}

function defineWriting(apps: Command, cli: Cli): void {
  apps
    .command("import")
    .description("save an application from a YAML file: a new one, or a new version")
    .argument("[file]")
    .option("--note <text>", "what is new")
    .option("--publish", "let those submit it with whom it is shared")
    .action(
      cli.action<{ readonly note?: string; readonly publish?: boolean }>(
        async (context, { note, publish }, [file]) => {
          if (file === undefined) throw usage("which file", "sluice apps import heat.yaml");
          const server = await requireServer(context);
          const text = await context.host.readFile(file, MOST_TEXT).catch((error: unknown) => {
            throw new SluiceError("INPUT_FILE_UNREADABLE", "user", `${file}: ${messageOf(error)}`, {
              hint: "give the path of a file that you may read",
            });
          });
          const body = { text, ...(note === undefined ? {} : { note }) };
          let saved = await server.call(applicationsRoutes.saveApplication, { body });
          if (publish === true) {
            const params = { application: saved.name };
            const published = { version: saved.latestVersion };
            saved = await server.call(applicationsRoutes.publishApplication, {
              ...{ params, body: published },
            });
          }
          const state = publish === true ? "published" : "saved";
          await context.output.emit(
            saved,
            ({ name, latestVersion }) => `${name} version ${latestVersion} is ${state}\n`,
          );
          return 0;
        },
      ),
    );

  apps
    .command("export")
    .description("write an application's YAML to standard output, or to a file")
    .argument("[name]")
    .option("--version-number <number>", "another version than the published one")
    .option("--output-file <file>", "which must not be there")
    .action(
      cli.action<{ readonly versionNumber?: string; readonly outputFile?: string }>(
        async (context, { versionNumber, outputFile }, [name]) => {
          const params = { application: named(name) };
          const query = versionQuery(versionNumber);
          const server = await requireServer(context);
          const found = await server.call(applicationsRoutes.getApplicationText, { params, query });
          if (outputFile === undefined) await context.output.emit(found, ({ text }) => text);
          else {
            await writeWholeFile(outputFile, found.text);
            await context.output.emit({ outputFile }, () => `written ${outputFile}\n`);
          }
          return 0;
        },
      ),
    );

  apps
    .command("publish")
    .description("let those submit an application with whom it is shared")
    .argument("[name]")
    .option("--version-number <number>", "the newest when missing")
    .option("--withdraw", "make it a draft again")
    .action(
      cli.action<{ readonly versionNumber?: string; readonly withdraw?: boolean }>(
        async (context, { versionNumber, withdraw }, [name]) => {
          const params = { application: named(name) };
          const server = await requireServer(context);
          const { latestVersion } = await server.call(applicationsRoutes.getApplication, {
            params,
          });
          const wanted = versionQuery(versionNumber).version ?? latestVersion;
          const version = withdraw === true ? null : wanted;
          const saved = await server.call(applicationsRoutes.publishApplication, {
            ...{ params, body: { version } },
          });
          await context.output.emit(saved, ({ name: of }) =>
            version === null ? `${of} is a draft\n` : `${of} version ${version} is published\n`,
          );
          return 0;
        },
      ),
    );
}

function named(name: string | undefined): string {
  if (name === undefined) throw usage("which application", "sluice apps list has their names");
  return name;
}

function versionQuery(text: string | undefined): { readonly version?: number } {
  return text === undefined ? {} : { version: numberOption("--version-number", text) };
}

/** A field that is given more than once has several values. */
function valuesOf(option: string, pairs: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const pair of pairs) {
    const [field, value] = pairOf(option, pair);
    values[field] = joined(values[field], value);
  }
  return values;
}

function joined(before: unknown, value: string): unknown {
  if (before === undefined) return value;
  return Array.isArray(before) ? [...before, value] : [before, value];
}

function pairOf(option: string, pair: string): readonly [string, string] {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw usage(`${option} ${pair} is not field=value`, `write ${option} steps=100`);
}
