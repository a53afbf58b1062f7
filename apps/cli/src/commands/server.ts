import type { SluiceError } from "@sluice/model";
import type { CheckResult } from "@sluice/server-app";
import manifest from "../../package.json" with { type: "json" };
import { openObjectEvents } from "../clouds.ts";
import type { DefineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import type { Paint } from "../render/paint.ts";
import { startDetached } from "../server/detached.ts";
import { serverState, stopServer } from "../server/local-server.ts";

interface StartOptions {
  readonly config?: string;
  readonly check?: true;
  readonly detach?: true;
}

/** The server of this machine itself. */
export const serverCommand: DefineCommand = (program, cli) => {
  const server = program
    .command("server")
    .description("the server of this machine: start, stop, status");

  server
    .command("start")
    .description("start the server; it runs here until it is stopped")
    .option("--config <file>", "the server's file (/etc/sluice/server.yaml)")
    .option("--check", "say what is wrong with its configuration, and start nothing")
    .option("--detach", "let it run in the background, and come back when it takes requests")
    .action(
      cli.action<StartOptions>(async (context, { config, check, detach }) => {
        if (check === true) return checkConfiguration(context, config);
        if (detach === true) return detached(context, config);
        return runInForeground(context, config);
      }),
    );

  server
    .command("stop")
    .description("stop it, when what runs has ended")
    .action(
      cli.action(async (context) => {
        const { pid, url } = await stopServer(context.host);
        await context.output.emit({ pid, url, status: "STOPPED" }, () => `${url} is stopped\n`);
        return 0;
      }),
    );

  server
    .command("status")
    .description("show where it runs and how it is")
    .action(
      cli.action(async (context) => {
        const state = await serverState(context.host);
        await context.output.emit(state, (one, paint) =>
          table([
            ["status", one.status === "READY" ? paint.good(one.status) : paint.bad(one.status)],
            ["url", one.url],
            ["process", `${one.pid}, since ${one.startedAt}`],
            ["version", one.version],
            ["database", one.database ?? "no answer"],
            ["clusters", one.clusters ?? "no answer"],
            ...(one.fingerprint === undefined ? [] : [["certificate", one.fingerprint] as const]),
            ...(one.firstLink === undefined
              ? []
              : [["first administrator", one.firstLink] as const]),
          ]),
        );
        return 0;
      }),
    );
};

const table = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, value]) => `${name.padEnd(20)}${value}\n`).join("");

function optionsOf({ host, clouds }: Context, configFile: string | undefined) {
  return {
    ...{ configFile, env: host.env, clock: host.clock, version: manifest.version },
    clouds: { ...clouds, openObjectEvents },
  };
}

async function runInForeground(context: Context, config: string | undefined): Promise<number> {
  const { host } = context;
  const { startServer } = await import("@sluice/server-app");
  const signal = context.endOnInterrupt();
  const isPlain = host.stdoutIsTerminal;
  await using running = await startServer({
    ...optionsOf(context, config),
    log: { isPlain, write: (line) => host.writeOut(line) },
    signal,
  });
  if (host.stderrIsTerminal) host.writeErr(banner(running.record.url, running.firstLink));
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  return EXIT.ok;
}

async function detached(context: Context, config: string | undefined): Promise<number> {
  const { record, firstLink, logFile } = await startDetached(context.host, config);
  const view = { ...record, ...(firstLink === undefined ? {} : { firstLink }), logFile };
  await context.output.emit(view, () => banner(record.url, firstLink));
  return EXIT.ok;
}

function banner(url: string, firstLink: string | undefined): string {
  const lines = [`The portal is at ${url}`, `  its REST interface: ${url}/api/docs`];
  if (firstLink !== undefined) {
    lines.push(`  it has no administrator yet; this link makes one, once, within a day:`);
    lines.push(`  ${firstLink}`);
  }
  return `${lines.join("\n")}\n`;
}

async function checkConfiguration(context: Context, config: string | undefined): Promise<number> {
  const { checkServer } = await import("@sluice/server-app");
  const result = await checkServer(optionsOf(context, config));
  const isFit = result.checks.every(({ problems }) => problems.length === 0);
  await context.output.emit({ isFit, ...result }, shownCheck);
  return isFit ? EXIT.ok : EXIT.failed;
}

function shownCheck({ checks }: CheckResult, paint: Paint): string {
  return checks
    .map(({ part, problems, state }) => {
      if (problems.length === 0) return `${paint.good("ok")}      ${part.padEnd(16)}${state}\n`;
      return problems
        .map(
          ({ code, message, hint }: SluiceError) =>
            `${paint.bad("problem")} ${part.padEnd(16)}${code}: ${message}\n${hint === undefined ? "" : `${" ".repeat(24)}${hint}\n`}`,
        )
        .join("");
    })
    .join("");
}
