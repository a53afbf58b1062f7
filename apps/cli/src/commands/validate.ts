import { type Finding, findingsError, parseClusterFile } from "@sluice/model";
import { readClusterFile, showFindings } from "../cluster-file.ts";
import { clusterFile, type DefineCommand } from "../command.ts";
import { exitCodeOf } from "../exit-codes.ts";

interface Validation {
  readonly clusterConfiguration: string;
  readonly valid: boolean;
  readonly findings: readonly Finding[];
}

export const validateCommand: DefineCommand = (program, cli) => {
  program
    .command("validate")
    .description("check a cluster file, here and without any account; exit 3 when it is invalid")
    .addOption(clusterFile())
    .action(
      cli.action<{ clusterConfiguration: string }>(async (context, options) => {
        const path = options.clusterConfiguration;
        const text = await readClusterFile(context, path);
        const result = parseClusterFile(text, { fileName: path });
        const findings = result.ok ? result.warnings : result.findings;
        if (context.output.format === "text") showFindings(context, findings);
        const validation = { clusterConfiguration: path, valid: result.ok, findings };
        await context.output.emit<Validation>(validation, ({ valid }, paint) =>
          valid ? `${paint.good("valid")} ${path}\n` : `${paint.bad("invalid")} ${path}\n`,
        );
        return result.ok ? 0 : exitCodeOf(findingsError(findings));
      }),
    );
};
