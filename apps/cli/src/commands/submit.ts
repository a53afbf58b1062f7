import { messageOf } from "@sluice/model";
import type { DefineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { anyCluster, type JobPlaceOptions, jobPlace } from "../jobs/place.ts";
import { harmless } from "../render/table.ts";
import { namedAfterScript, sbatchWords } from "../sbatch-words.ts";
import { usage } from "../usage.ts";

const MOST_SCRIPT = 4_000_000;

export const submitCommand: DefineCommand = (program, cli) => {
  program
    .command("submit")
    .description("submit a batch script that is here, with the options of sbatch")
    .usage("[-n <name>] [options of sbatch] <script> [arguments…]")
    .addOption(anyCluster())
    .option("--cluster <name>", "the same as -n; any: where the job would start soonest")
    .option("-u, --user <user>", "who to be on the cluster")
    .argument("<words...>", "options of sbatch, the script, and its arguments")
    .passThroughOptions()
    .allowUnknownOption()
    .addHelpText(
      "after",
      "\nOptions of Sluice stand first; from the first of sbatch's on, or from --, all are sbatch's:\n" +
        "  sluice submit -n demo --partition=q --time=10 job.sh input.dat\n" +
        "  sluice submit -n demo -- --output=job.out job.sh\n" +
        "  sluice submit --cluster any --time=10 job.sh\n" +
        "The script is a file here, or - for standard input. -n is the cluster: write --ntasks.\n",
    )
    .action(
      cli.action<SubmitOptions>(async (context, asked, words) => {
        const options = placeOf(asked);
        const { script: path, workingDirectory, options: given, ...rest } = sbatchWords(words);
        const script = await scriptAt(context, path);
        const place = await jobPlace(context, options);
        const job = await place.submit({
          ...rest,
          options: namedAfterScript(given, { path, script }),
          script,
          ...(workingDirectory === undefined ? {} : { workingDirectory }),
        });
        await context.output.emit(job, ({ cluster, jobId, why }) =>
          why === undefined
            ? `job ${jobId} on ${cluster}\n`
            : `job ${jobId} on ${cluster}: ${harmless(why)}\n`,
        );
        return 0;
      }),
    );
};

interface SubmitOptions extends JobPlaceOptions {
  readonly cluster?: string;
}

function placeOf({ cluster, clusterName, ...rest }: SubmitOptions): JobPlaceOptions {
  if (cluster !== undefined && clusterName !== undefined && cluster !== clusterName) {
    throw usage("the cluster is named twice", "give -n or --cluster");
  }
  const name = clusterName ?? cluster;
  return { ...rest, ...(name === undefined ? {} : { clusterName: name }) };
}

async function scriptAt({ host }: Context, path: string): Promise<string> {
  const name = path === "-" ? "standard input" : path;
  let script: string;
  try {
    script = await (path === "-" ? host.readInput(MOST_SCRIPT) : host.readFile(path, MOST_SCRIPT));
  } catch (error) {
    throw usage(
      `the script ${name} can't be read: ${messageOf(error)}`,
      "give a file of this machine, or - for standard input",
    );
  }
  if (!script.startsWith("#!")) {
    throw usage(
      `${name} is no script`,
      "begin it with #! and the program that runs it: #!/bin/bash",
    );
  }
  return script;
}
