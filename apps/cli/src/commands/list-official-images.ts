import { arch } from "node:os";
import { operatingSystemsOf } from "@sluice/model";
import { Option } from "commander";
import type { DefineCommand } from "../command.ts";
import { table } from "../render/table.ts";
import { usage } from "../usage.ts";

interface Options {
  readonly os?: string;
  readonly architecture?: string;
}

const ARCHITECTURES = ["x86_64", "arm64"];

export const listOfficialImagesCommand: DefineCommand = (program, cli) => {
  program
    .command("list-official-images")
    .description("list the operating systems that machines can boot without an image of one's own")
    .option("--os <os>", "only this operating system")
    .addOption(new Option("--architecture <architecture>", "only this one").choices(ARCHITECTURES))
    .action(
      cli.action<Options>(async (context, { os, architecture }) => {
        const provider = context.provider ?? "aws";
        const systems = operatingSystemsOf(provider);
        if (systems === undefined) {
          throw usage(`${provider} is not a provider`, "write aws, azure or local");
        }
        // Machines of the local cloud are the host's own kind.
        const own = arch() === "arm64" ? "arm64" : "x86_64";
        const architectures = provider === "local" ? [own] : ARCHITECTURES;
        const images = systems
          .flatMap((system) => architectures.map((name) => ({ os: system, architecture: name })))
          .filter((image) => os === undefined || image.os === os)
          .filter((image) => architecture === undefined || image.architecture === architecture);
        await context.output.emit({ images }, () =>
          table(
            ["OS", "ARCHITECTURE"],
            images.map((image) => [image.os, image.architecture]),
          ),
        );
        return 0;
      }),
    );
};
