import type { Cloud } from "@sluice/cloud";
import { describeCluster, requireCluster } from "@sluice/lifecycle";
import {
  type ClusterConfig,
  findingsError,
  type PlanOptions,
  parseStoredClusterFile,
  planChange,
} from "@sluice/model";
import { Option } from "commander";
import { loadClusterFile, readClusterFile } from "../cluster-file.ts";
import { clusterFile, type DefineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../exit-codes.ts";
import { planText } from "../render/plan.ts";
import { usage } from "../usage.ts";

interface Options {
  readonly clusterConfiguration: string;
  readonly clusterName?: string;
  readonly from?: string;
}

export const planCommand: DefineCommand = (program, cli) => {
  program
    .command("plan")
    .description("say what a change of the cluster file would do; exit 5 when it can't be done")
    .addOption(clusterFile())
    .addOption(new Option("-n, --cluster-name <name>", "the cluster that would be changed"))
    .option("--from <file>", "the old cluster file, instead of a cluster")
    .action(
      cli.action<Options>(async (context, options) => {
        const { config } = await loadClusterFile(context, options.clusterConfiguration);
        const { before, fleet } = await planned(context, options);
        const plan = planChange(before, config, { fleet });
        await context.output.emit(plan, planText);
        return plan.effect === "refused" ? EXIT.conflict : EXIT.ok;
      }),
    );
};

interface Planned extends PlanOptions {
  readonly before: ClusterConfig;
}

async function planned(context: Context, { clusterName, from }: Options): Promise<Planned> {
  if ((clusterName === undefined) === (from === undefined)) {
    const what = from === undefined ? "needs" : "takes only one of";
    throw usage(`plan ${what} --cluster-name <name> or --from <file>`, "see: sluice plan --help");
  }
  if (clusterName !== undefined) {
    return plannedCluster(await context.cloudOf(clusterName), clusterName);
  }
  const path = from ?? "";
  return { before: parsed(await readClusterFile(context, path), path), fleet: "running" };
}

/** A fleet of which nothing is known counts as running, because its nodes may. */
async function plannedCluster(cloud: Cloud, name: string): Promise<Planned> {
  const { configText } = await requireCluster(cloud, name);
  const { computeFleetStatus } = await describeCluster({ cloud, name });
  return {
    before: parsed(configText, `the file of ${name}`),
    fleet: computeFleetStatus === "STOPPED" ? "stopped" : "running",
  };
}

/** The old file was accepted once; what there is to warn about is in the new one. */
function parsed(text: string, fileName: string): ClusterConfig {
  const result = parseStoredClusterFile(text, fileName);
  if (!result.ok) throw findingsError(result.findings);
  return result.config;
}
