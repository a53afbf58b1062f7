import type { Cloud } from "@sluice/cloud";
import { planUpdate, requireCluster, UpdateConflictError, updateCluster } from "@sluice/lifecycle";
import { type ChangePlan, findingsError, parseStoredClusterFile } from "@sluice/model";
import { Option } from "commander";
import { type ClusterFile, loadClusterFile } from "../cluster-file.ts";
import {
  addStrictness,
  type ClusterOption,
  clusterName,
  type DefineCommand,
  type StrictnessOptions,
  type Switch,
  strictnessOf,
  switchOption,
} from "../command.ts";
import type { Context } from "../context.ts";
import { planText } from "../render/plan.ts";
import { usage } from "../usage.ts";

interface Options extends ClusterOption, StrictnessOptions {
  readonly clusterConfiguration?: string;
  readonly callOff?: boolean;
  readonly dryrun?: Switch;
}

export const updateClusterCommand: DefineCommand = (program, cli) => {
  const command = program
    .command("update-cluster")
    .description("give a cluster another cluster file, and wait until it is in force")
    .addOption(clusterName())
    .addOption(new Option("-c, --cluster-configuration <file>", "the new cluster file"))
    .option("--call-off", "call off the update under way: back to the file in force")
    .option("--dryrun [true|false]", "only say what would be done");
  addStrictness(command).action(
    cli.action<Options>(async (context, options) => {
      const name = options.clusterName;
      const dryrun = switchOption("--dryrun", options.dryrun);
      requireOneFile(options);
      const cloud = await context.cloudOf(name);
      const { warnings, ...file } = await fileOf(context, cloud, options);
      const plan = await planUpdate({ cloud, name, config: file.config });
      if (dryrun) {
        await context.output.emit({ plan, validationMessages: warnings }, (_, paint) =>
          planText(plan, paint),
        );
        requirePossible(name, plan);
        return 0;
      }
      const { host, output, signal } = context;
      if (output.format === "text") host.writeErr(`${planText(plan, output.paint)}\n`);
      requirePossible(name, plan);
      const { onProgress } = context.showProgress();
      const request = { cloud, name, clock: host.clock, ...file, onProgress, signal };
      const updated = await updateCluster(request);
      await output.emit({ ...updated, validationMessages: warnings }, (_, paint) => {
        const status = paint.state(updated.cluster.clusterStatus);
        return `${name} is ${status}; version ${updated.fileVersion} of its file is in force\n`;
      });
      return 0;
    }),
  );
};

function requireOneFile({ clusterConfiguration, callOff = false }: Options): void {
  if ((clusterConfiguration === undefined) === callOff) return;
  const what = callOff ? "takes only one of" : "needs";
  throw usage(
    `update-cluster ${what} --cluster-configuration <file> or --call-off`,
    "see: sluice update-cluster --help",
  );
}

async function fileOf(context: Context, cloud: Cloud, options: Options): Promise<ClusterFile> {
  const { clusterName: name, clusterConfiguration: path } = options;
  if (path !== undefined) return loadClusterFile(context, path, strictnessOf(options));
  const { configText } = await requireCluster(cloud, name);
  const parsed = parseStoredClusterFile(configText, `the file of ${name}`);
  if (!parsed.ok) throw findingsError(parsed.findings);
  return { config: parsed.config, configText, warnings: [] };
}

function requirePossible(name: string, { changes }: ChangePlan): void {
  const refused = changes.filter(({ effect }) => effect === "refused");
  if (refused.length > 0) throw new UpdateConflictError(name, refused);
}
