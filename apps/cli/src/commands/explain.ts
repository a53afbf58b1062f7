import { explainInCluster } from "@sluice/lifecycle";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { explanationText } from "../render/explanation.ts";
import { usage } from "../usage.ts";

interface Options extends ClusterOption {
  readonly job?: string;
  readonly node?: string;
}

export const explainCommand: DefineCommand = (program, cli) => {
  program
    .command("explain")
    .description("say why a job waits or a node is as it is, and what happens next")
    .addOption(clusterName())
    .option("--job <id>", "a job as squeue shows it: 12, or 12_3 for a task of an array")
    .option("--node <name>", "a node as sinfo shows it")
    .action(
      cli.action<Options>(async (context, { clusterName: name, job, node }) => {
        const cloud = await context.cloudOf(name);
        const explanation = await explainInCluster({ cloud, name, subject: subjectOf(job, node) });
        await context.output.emit(explanation, explanationText);
        return 0;
      }),
    );
};

function subjectOf(job: string | undefined, node: string | undefined) {
  if (job !== undefined && node === undefined) return { job };
  if (node !== undefined && job === undefined) return { node };
  throw usage("explain needs one of --job <id> and --node <name>", "see: sluice explain --help");
}
