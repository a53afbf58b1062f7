import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SynthesisedFile } from "@sluice/cloud";
import { synthesiseCluster } from "@sluice/lifecycle";
import { Option } from "commander";
import { loadClusterFile } from "../cluster-file.ts";
import {
  addStrictness,
  clusterFile,
  type DefineCommand,
  type StrictnessOptions,
  strictnessOf,
} from "../command.ts";
import { writeWholeFile } from "../configure/write-file.ts";
import { placeOf } from "../place.ts";

interface Options extends StrictnessOptions {
  readonly clusterConfiguration: string;
  readonly clusterName: string;
  readonly out?: string;
}

export const synthCommand: DefineCommand = (program, cli) => {
  const command = program
    .command("synth")
    .description("write the templates that a cluster would be made of, without any account")
    .addOption(clusterFile())
    .addOption(
      new Option("-n, --cluster-name <name>", "name that the cluster would have").default("demo"),
    )
    .option("--out <folder>", "write all of them there; without it the first goes to stdout");
  addStrictness(command).action(
    cli.action<Options>(async (context, options) => {
      const { clusterConfiguration: path, clusterName: name, out } = options;
      const { config, configText } = await loadClusterFile(context, path, strictnessOf(options));
      const { provider, place } = placeOf(context, config);
      const cloud = await context.openCloud(provider, place);
      const files = await synthesiseCluster({ cloud, name, config, configText });
      if (out === undefined) {
        // The template is the result: it is meant for `>`, whatever the format of other verbs.
        context.host.writeOut(files[0]?.text ?? "");
        return 0;
      }
      const paths = await writeAll(out, files);
      await context.output.emit({ files: paths }, (written, paint) =>
        written.files.map((file) => `${paint.good("written")} ${file}\n`).join(""),
      );
      return 0;
    }),
  );
};

/** Templates are written again and again, so those of the last time are replaced. */
async function writeAll(
  folder: string,
  files: readonly SynthesisedFile[],
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { path, text } of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeWholeFile(target, text, { replace: true });
    paths.push(target);
  }
  return paths;
}
