import {
  ADVICE_LEVELS,
  type Advice,
  type AdviceLevel,
  type AppliedAdvice,
  adviceRules,
  adviseOn,
  findingsError,
  fixText,
  savableUsdPerMonth,
} from "@sluice/model";
import { Option } from "commander";
import { readClusterFile } from "../cluster-file.ts";
import { clusterFile, type DefineCommand } from "../command.ts";
import { type AdviceView, adviceText } from "../render/advice.ts";
import { replaceFile } from "../replace-file.ts";
import { usage } from "../usage.ts";

interface Options {
  readonly clusterConfiguration: string;
  readonly fix?: true;
  readonly accept?: readonly string[];
  readonly running?: true;
  readonly suppress?: readonly string[];
  readonly level: AdviceLevel;
}

/** What is widest to read where there is no terminal to ask. */
const COLUMNS = 100;

export const adviseCommand: DefineCommand = (program, cli) => {
  program
    .command("advise")
    .description("say what is unwise in a cluster file, what it costs, and the edit that mends it")
    .addOption(clusterFile())
    .option("--fix", "apply the edits that are safe, keeping comments and layout")
    .option("--accept <ids...>", "with --fix: advice whose edits are applied though they are not")
    .option("--running", "with --fix: leave what a cluster that runs could not take over")
    .option("--suppress <ids...>", "advice to leave out: network/no-efa, or network for all of it")
    .addOption(
      new Option("--level <level>", "the least level that is shown")
        .choices([...ADVICE_LEVELS])
        .default("low"),
    )
    .action(
      cli.action<Options>(async (context, options) => {
        const { clusterConfiguration: path } = options;
        const wish = wishOf(options);
        const text = await readClusterFile(context, path);
        const { advice, applied, changed } =
          options.fix === true ? fixed(text, wish) : looked(text, wish);
        if (changed !== undefined) await replaceFile(path, changed);
        const view: AdviceView = {
          clusterConfiguration: path,
          advice,
          savableUsdPerMonth: savableUsdPerMonth(advice),
          ...(applied === undefined ? {} : { applied }),
        };
        const { host } = context;
        const columns = host.stdoutIsTerminal ? host.size().columns : COLUMNS;
        await context.output.emit(view, (shown, paint) => adviceText(shown, paint, columns));
        return 0;
      }),
    );
};

type Wish = Parameters<typeof fixText>[1];

/** Errors: `USAGE`. */
function wishOf({ clusterConfiguration, fix, accept, running, suppress, level }: Options): Wish {
  if (fix !== true && (accept !== undefined || running === true)) {
    const word = accept === undefined ? "--running" : "--accept";
    throw usage(`${word} says what --fix shall do, and there is none`, "add --fix");
  }
  return {
    fileName: clusterConfiguration,
    level,
    accepted: adviceRules(accept ?? []),
    suppressed: adviceRules(suppress ?? []),
    isRunning: running === true,
  };
}

interface Outcome {
  readonly advice: readonly Advice[];
  readonly applied?: readonly AppliedAdvice[];
  /** The new text, when there is one. */
  readonly changed?: string;
}

/** Errors: those of `findingsError`. */
function looked(text: string, wish: Wish): Outcome {
  const result = adviseOn(text, wish);
  if (!result.ok) throw findingsError(result.findings);
  return { advice: result.advice };
}

/** Errors: those of `findingsError`. */
function fixed(text: string, wish: Wish): Outcome {
  const result = fixText(text, wish);
  if (!result.ok) throw findingsError(result.findings);
  const { applied, left: advice } = result;
  return { advice, applied, ...(result.text === text ? {} : { changed: result.text }) };
}
