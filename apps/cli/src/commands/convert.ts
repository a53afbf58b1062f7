import {
  convertVersion2,
  type Finding,
  findingsError,
  parseClusterFile,
  SluiceError,
} from "@sluice/model";
import { Option } from "commander";
import { readClusterFile, showFindings } from "../cluster-file.ts";
import { type DefineCommand, RequiredOption } from "../command.ts";
import { writeWholeFile } from "../configure/write-file.ts";
import { EXIT } from "../exit-codes.ts";

interface Options {
  readonly clusterConfiguration: string;
  readonly outputFile?: string;
  readonly clusterTemplate?: string;
  readonly accountId?: string;
}

interface Conversion {
  readonly outputFile: string;
  /** Whether the new file has what it needs to be a cluster file. */
  readonly valid: boolean;
  /** What changed or was not brought over, by its place in the old file. */
  readonly findings: readonly Finding[];
  /** What there is to say about the new file. */
  readonly newFindings: readonly Finding[];
}

export const convertCommand: DefineCommand = (program, cli) => {
  program
    .command("convert")
    .description("make a cluster file of a version-2 INI file of ParallelCluster")
    .addOption(new RequiredOption("-c, --cluster-configuration <file>", "the version-2 file"))
    .option("-o, --output-file <file>", "the new file; without it, it goes to standard output")
    .option(
      "-t, --cluster-template <name>",
      "which [cluster …] section; default as version 2 had it",
    )
    .addOption(new Option("--account-id <number>", "AWS account, for the ARNs of roles"))
    .action(
      cli.action<Options>(async (context, options) => {
        const path = options.clusterConfiguration;
        const text = await readClusterFile(context, path);
        const result = convertVersion2(text, {
          fileName: path,
          clusterTemplate: options.clusterTemplate,
          accountId: accountIdOf(options),
        });
        if (!result.ok) throw findingsError(result.findings);
        const { findings } = result;
        const { outputFile } = options;
        const parsed = parseClusterFile(result.text, { fileName: outputFile ?? "the new file" });
        const newFindings = parsed.ok ? parsed.warnings : parsed.findings;
        const isComplete = parsed.ok && !findings.some(({ level }) => level === "ERROR");
        const isText = context.output.format === "text" || outputFile === undefined;
        if (isText) showFindings(context, [...findings, ...(parsed.ok ? [] : newFindings)]);
        if (outputFile === undefined) {
          // The file is the result: it is meant for `>`, whatever the format of other verbs.
          context.host.writeOut(result.text);
        } else {
          await writeWholeFile(outputFile, result.text);
          const conversion = { outputFile, valid: parsed.ok, findings, newFindings };
          await context.output.emit<Conversion>(conversion, ({ valid }, paint) =>
            valid
              ? `${paint.good("written")} ${outputFile}\n  next: sluice validate -c ${outputFile}\n`
              : `${paint.bad("written, and not valid yet")} ${outputFile}\n  correct what is said above, then: sluice validate -c ${outputFile}\n`,
          );
        }
        return isComplete ? EXIT.ok : EXIT.invalidClusterFile;
      }),
    );
};

function accountIdOf({ accountId }: Options): string | undefined {
  if (accountId === undefined || /^\d{12}$/.test(accountId)) return accountId;
  throw new SluiceError("USAGE", "user", `--account-id ${accountId} is not an account's number`, {
    hint: "give its twelve digits",
  });
}
