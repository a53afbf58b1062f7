import { createCluster, planCluster } from "@sluice/lifecycle";
import { loadClusterFile } from "../cluster-file.ts";
import {
  addStrictness,
  type ClusterOption,
  clusterFile,
  clusterName,
  type DefineCommand,
  type StrictnessOptions,
  strictnessOf,
} from "../command.ts";
import { usage } from "../usage.ts";

interface Options extends ClusterOption, StrictnessOptions {
  readonly clusterConfiguration: string;
  /** True when the option stands alone. */
  readonly dryrun?: true | string;
}

export const createClusterCommand: DefineCommand = (program, cli) => {
  const command = program
    .command("create-cluster")
    .description("create a cluster from a cluster file, and wait until it takes jobs")
    .addOption(clusterName())
    .addOption(clusterFile())
    .option("--dryrun [true|false]", "only say what would be made");
  addStrictness(command).action(
    cli.action<Options>(async (context, options) => {
      const dryrun = isDryrun(options.dryrun);
      const name = options.clusterName;
      const { warnings, ...file } = await loadClusterFile(
        context,
        options.clusterConfiguration,
        strictnessOf(options),
      );
      const cloud = await context.openCloud(file.config.Provider);
      const { onProgress } = context.showProgress();
      const { host, signal } = context;
      const request = { cloud, name, clock: host.clock, ...file };
      if (dryrun) {
        const plan = await planCluster(request);
        await context.output.emit({ plan, validationMessages: warnings }, () =>
          [`${name} would be created in these steps:`, ...plan.steps, ""]
            .join("\n  ")
            .trimEnd()
            .concat("\n"),
        );
        return 0;
      }
      const cluster = await createCluster({ ...request, onProgress, signal });
      await context.output.emit({ cluster, validationMessages: warnings }, (_, paint) =>
        [
          `${name} is ${paint.state(cluster.clusterStatus)}`,
          `  run something on it:  sluice run -n ${name} -- sinfo`,
          `  see it work:          sluice top -n ${name}`,
          "",
        ].join("\n"),
      );
      return 0;
    }),
  );
};

/** ParallelCluster writes `--dryrun true`; alone it means the same. */
export function isDryrun(value: Options["dryrun"]): boolean {
  if (value === undefined || value === "false") return false;
  if (value === true || value === "true") return true;
  throw usage(`--dryrun ${value} is neither true nor false`, "write --dryrun alone");
}
