import { createCluster, planCluster } from "@sluice/lifecycle";
import { loadClusterFile } from "../cluster-file.ts";
import {
  addStrictness,
  type ClusterOption,
  clusterFile,
  clusterName,
  type DefineCommand,
  type StrictnessOptions,
  type Switch,
  strictnessOf,
  switchOption,
} from "../command.ts";
import { placeOf } from "../place.ts";

interface Options extends ClusterOption, StrictnessOptions {
  readonly clusterConfiguration: string;
  readonly dryrun?: Switch;
  readonly rollbackOnFailure?: Switch;
  readonly keepOnFailure?: true;
}

export const createClusterCommand: DefineCommand = (program, cli) => {
  const command = program
    .command("create-cluster")
    .description("create a cluster from a cluster file, and wait until it takes jobs")
    .addOption(clusterName())
    .addOption(clusterFile())
    .option("--dryrun [true|false]", "only say what would be made")
    .option("--rollback-on-failure <true|false>", "take down what was made when it fails", "true")
    .option("--keep-on-failure", "the same as --rollback-on-failure false");
  addStrictness(command).action(
    cli.action<Options>(async (context, options) => {
      const dryrun = switchOption("--dryrun", options.dryrun);
      const keepOnFailure = keepsOnFailure(options);
      const name = options.clusterName;
      const { warnings, ...file } = await loadClusterFile(
        context,
        options.clusterConfiguration,
        strictnessOf(options),
      );
      const { provider, place } = placeOf(context, file.config);
      const cloud = await context.openCloud(provider, place);
      const { onProgress } = context.showProgress(interruptNote(provider));
      const { host, signal } = context;
      const request = { cloud, name, clock: host.clock, keepOnFailure, ...file };
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

function keepsOnFailure({ rollbackOnFailure, keepOnFailure }: Options): boolean {
  return keepOnFailure === true || !switchOption("--rollback-on-failure", rollbackOnFailure);
}

/** A cloud elsewhere goes on with what it was told, whether or not anybody waits. */
function interruptNote(provider: string): string {
  return provider === "local"
    ? "interrupted: taking down what was made; press Ctrl-C again to leave it as it is"
    : "interrupted: taking down what was made, which takes minutes; press Ctrl-C again to stop waiting, and see what is left with: sluice list-clusters";
}
