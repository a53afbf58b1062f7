import manifest from "../../package.json" with { type: "json" };
import type { DefineCommand } from "../command.ts";

export const versionCommand: DefineCommand = (program, cli) => {
  program
    .command("version")
    .description("show the version of sluice")
    .action(
      cli.action(async (context) => {
        await context.output.emit({ version: manifest.version }, ({ version }) => `${version}\n`);
        return 0;
      }),
    );
};
