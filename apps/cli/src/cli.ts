import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import { Command, CommanderError } from "commander";
import type { Clouds } from "./clouds.ts";
import { addGlobalOptions, type Cli, requireOptions } from "./command.ts";
import { commands } from "./commands/index.ts";
import { Context } from "./context.ts";
import { EXIT, EXIT_CODES_HELP, exitCodeOf } from "./exit-codes.ts";
import type { Host } from "./host.ts";
import { formatOf, type GlobalOptions } from "./output.ts";
import { usage } from "./usage.ts";

/**
 * The command line, without its process.
 *
 * @param argv the words after the program's name.
 * @returns the exit code; errors have been shown on `host`'s stderr.
 */
export async function main(argv: readonly string[], host: Host, clouds: Clouds): Promise<number> {
  // Errors of parsing are shown before there are options, so those are looked for by hand.
  let options = globalsIn(argv);
  let exitCode: number = EXIT.ok;
  const cli: Cli = {
    action:
      (work) =>
      async (...params) => {
        const command = params.at(-1) as Command;
        options = globalsOf(command);
        requireOptions(command);
        await using context = new Context(options, host, clouds);
        try {
          exitCode = (await work(context, command.opts(), command.args)) ?? EXIT.ok;
        } catch (error) {
          if (!context.signal.aborted || isSluiceError(error)) throw error;
          throw new SluiceError("INTERRUPTED", "user", "interrupted", { cause: error });
        }
      },
  };
  try {
    await programOf(host, cli).parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    if (error instanceof CommanderError && error.code === "commander.help") return EXIT.usage;
    const shown = error instanceof CommanderError ? fromCommander(error) : error;
    showError(shown, options, host);
    return exitCodeOf(shown);
  }
}

function programOf(host: Host, cli: Cli): Command {
  const program = new Command("sluice")
    .description("one cluster file becomes a running, elastic Slurm cluster")
    .usage("<verb> [options]")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => host.writeOut(text),
      writeErr: (text) => host.writeErr(text),
      outputError: () => {},
    })
    .enablePositionalOptions()
    .addHelpText("after", EXIT_CODES_HELP);
  addGlobalOptions(program, { hidden: false });
  for (const define of commands) define(program, cli);
  addToVerbs(program);
  return program;
}

function addToVerbs(command: Command): void {
  for (const verb of command.commands) {
    addGlobalOptions(verb, { hidden: true });
    addToVerbs(verb);
  }
}

function globalsIn(argv: readonly string[]): GlobalOptions {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  const format = words.find(
    (word, index) => words[index - 1] === "--output" || word.startsWith("--output="),
  );
  const output = format?.replace("--output=", "");
  return {
    ...(output === "text" || output === "json" ? { output } : {}),
    debug: words.includes("--debug"),
  };
}

/** Those of the verb and of what it is part of; a switch turned off in any place is off. */
function globalsOf(command: Command): GlobalOptions {
  const own = command.opts<GlobalOptions>();
  if (command.parent === null) return own;
  const outer = globalsOf(command.parent);
  return { ...outer, ...own, color: outer.color !== false && own.color !== false };
}

/** Commander words its errors as `error: …`, with a guess in brackets on a line of its own. */
function fromCommander(error: CommanderError): SluiceError {
  const [first = "", guess] = error.message.replace(/^error: /, "").split("\n");
  const hint = guess?.replace(/^\((.*)\)$/, "$1").replace("Did you", "did you");
  return usage(first, hint ?? "see: sluice --help");
}

function showError(error: unknown, options: GlobalOptions, host: Host): void {
  const shown = isSluiceError(error)
    ? error
    : new SluiceError("UNEXPECTED", "system", messageOf(error), {
        hint: "run it again with --debug to see where this comes from",
        cause: error,
      });
  if (formatOf(options, host) === "json") {
    host.writeErr(`${JSON.stringify(shown)}\n`);
  } else {
    const hint = shown.hint === undefined ? "" : `  ${shown.hint}\n`;
    host.writeErr(`sluice: ${shown.message}\n${hint}`);
  }
  if (options.debug === true) host.writeErr(`${tracesOf(error).join("\n")}\n`);
}

function tracesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const own = error.stack ?? error.message;
  return error.cause === undefined ? [own] : [own, "caused by:", ...tracesOf(error.cause)];
}
