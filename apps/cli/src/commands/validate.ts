import {
  type Account,
  checkClusterFile,
  checkImageBuildFile,
  type Finding,
  findingsError,
  isImageBuildFile,
  messageOf,
  type NotRun,
  parseClusterFile,
  parseImageBuildFile,
} from "@sluice/model";
import { readClusterFile, showFindings } from "../cluster-file.ts";
import {
  addStrictness,
  clusterFile,
  type DefineCommand,
  type StrictnessOptions,
  strictnessOf,
} from "../command.ts";
import type { Context } from "../context.ts";
import { exitCodeOf } from "../exit-codes.ts";
import type { Paint } from "../render/paint.ts";

interface Validation {
  readonly clusterConfiguration: string;
  readonly valid: boolean;
  readonly findings: readonly Finding[];
  /** Checks that would need an account. */
  readonly notRun: readonly NotRun[];
}

interface Options extends StrictnessOptions {
  readonly clusterConfiguration: string;
  readonly online?: true;
}

export const validateCommand: DefineCommand = (program, cli) => {
  const command = program
    .command("validate")
    .description("check a cluster file, here and without any account; exit 3 when it is invalid")
    .addOption(clusterFile())
    .option("--online", "make the checks that need an account as well");
  addStrictness(command).action(
    cli.action<Options>(async (context, options) => {
      const path = options.clusterConfiguration;
      const strictness = strictnessOf(options);
      const text = await readClusterFile(context, path);
      const account = options.online ? await accountFor(context, text) : NOT_ASKED;
      const judge = isImageBuildFile(text) ? checkImageBuildFile : checkClusterFile;
      const signal = options.online ? context.endOnInterrupt() : context.signal;
      const result = await judge(text, { fileName: path, ...strictness }, account, signal);
      const findings = result.ok ? result.warnings : result.findings;
      if (context.output.format === "text") showFindings(context, findings);
      const { notRun } = result;
      await context.output.emit<Validation>(
        { clusterConfiguration: path, valid: result.ok, findings, notRun },
        ({ valid }, paint) =>
          `${valid ? paint.good("valid") : paint.bad("invalid")} ${path}\n${unmade(notRun, paint)}`,
      );
      return result.ok ? 0 : exitCodeOf(findingsError(findings));
    }),
  );
};

const NOT_ASKED = { none: "no account was asked; --online asks one" };

/** The account that the file's cluster would be in, or why it can't be asked. */
async function accountFor(
  context: Context,
  text: string,
): Promise<Account | { readonly none: string }> {
  const options = { fileName: "", suppressed: new Set(["ALL"]) };
  const parsed = isImageBuildFile(text)
    ? parseImageBuildFile(text, options)
    : parseClusterFile(text, options);
  if (!parsed.ok) return { none: "the file has errors that need no account" };
  const { config } = parsed;
  const { Provider: provider } = config;
  if (provider === "local") return { none: "the local cloud has no account" };
  const account = await context.openAccount(provider, context.region ?? config.Region);
  try {
    await account.identity(context.endOnInterrupt());
    return account;
  } catch (error) {
    return { none: messageOf(error) };
  }
}

/** What was not looked at, by the reason. */
function unmade(notRun: readonly NotRun[], paint: Paint): string {
  const reasons = [...new Set(notRun.map(({ why }) => why))];
  return reasons
    .map((reason) => {
      const ids = notRun.filter(({ why }) => why === reason).map(({ id }) => id);
      const count = ids.length === 1 ? "1 check" : `${ids.length} checks`;
      return paint.dim(`not made: ${count}, ${reason}\n  ${ids.join(", ")}\n`);
    })
    .join("");
}
