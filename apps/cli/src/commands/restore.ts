import { access } from "node:fs/promises";
import {
  checkBackup,
  identitiesIn,
  type RestoredCluster,
  requireCluster,
  restoreCluster,
} from "@sluice/lifecycle";
import {
  type ClusterConfig,
  findingsError,
  messageOf,
  parseStoredClusterFile,
  SluiceError,
} from "@sluice/model";
import { backupFileAt } from "../backup-store.ts";
import { loadClusterFile } from "../cluster-file.ts";
import {
  clusterOrSite,
  type DefineCommand,
  oneTarget,
  RequiredOption,
  type TargetOptions,
} from "../command.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { placeOf } from "../place.ts";
import type { Paint } from "../render/paint.ts";
import { usage } from "../usage.ts";
import { restoreWholeSite } from "./restore-site.ts";

interface Options extends TargetOptions {
  readonly from: string;
  readonly key: string;
  readonly config?: string;
  readonly replace?: boolean;
  readonly yes?: boolean;
}

/** Of a file with keys. */
const MOST_KEY_BYTES = 1 << 16;

export const restoreCommand: DefineCommand = (program, cli) => {
  clusterOrSite(program.command("restore"))
    .description("make a cluster, or a site with all its clusters, out of a backup")
    .addOption(new RequiredOption("--from <file>", "the backup, here or at s3://bucket/prefix/"))
    .addOption(new RequiredOption("--key <file>", "the key that opens it"))
    .option("--config <file>", "a cluster file to make the cluster with, instead of the backup's")
    .option("--replace", "put it in the place of what the cluster of that name knows now")
    .option("-y, --yes", "don't ask")
    .action(
      cli.action<Options>(async (context, options) => {
        const { from, key, replace = false } = options;
        const target = oneTarget("restore", options);
        const identities = await identitiesIn(await readKey(context, key));
        if (!from.startsWith("s3://")) await requireReadable(from);
        const { store, file: backup } = await backupFileAt(context, from);
        if ("site" in target) {
          if (replace || options.config !== undefined) {
            throw usage("--replace and --config are for a cluster", "delete the site first");
          }
          return restoreWholeSite(context, { name: target.site, store, file: backup, identities });
        }
        const name = target.cluster;
        const content = () => store.read(backup);
        const checked = await checkBackup(content(), identities);
        const file = await fileOf(context, options, checked.clusterFile);
        const { provider, place } = placeOf(context, file.config);
        const cloud = replace
          ? await context.cloudOf(name)
          : await context.openCloud(provider, place);
        if (replace && options.yes !== true) {
          await requireCluster(cloud, name);
          await confirm(context, {
            question: `put the backup of ${checked.manifest.createdAt.toISOString()} in the place of the queue and the accounting of ${name}`,
            doing: `restoring cluster ${name}`,
            undone: `cluster ${name} was not changed`,
          });
        }
        const { onProgress } = context.showProgress(
          "interrupted: taking down what was made; press Ctrl-C again to leave it as it is",
        );
        const restored = await restoreCluster({
          ...{ cloud, name, checked, content, identities, replace, onProgress, ...file },
          clock: context.host.clock,
          signal: context.signal,
        });
        await context.output.emit(restored, lines);
        return 0;
      }),
    );
};

function lines({ cluster, backup, jobs, before }: RestoredCluster, paint: Paint): string {
  const count = Object.entries(jobs).map(([state, number]) => `${number} ${state}`);
  return [
    `${cluster.clusterName} is ${paint.state(cluster.clusterStatus)}, as it was at ${backup.createdAt.toISOString()}`,
    `  jobs: ${count.length === 0 ? "none" : count.join(", ")}`,
    ...(before === undefined ? [] : [`  what it knew before is in ${before} on its head`]),
    "  machines of then are not there: jobs that ran on them are requeued or lost, as Slurm says",
    ...(backup.isUpdating
      ? ["  an update was under way: the file from before it is in force"]
      : []),
    "",
  ].join("\n");
}

/** Errors: `CLUSTER_FILE_INVALID`, and those of `loadClusterFile`. */
async function fileOf(
  context: Context,
  { config: path, replace }: Options,
  text: string,
): Promise<{ readonly config: ClusterConfig; readonly configText: string }> {
  if (path !== undefined && replace !== true) {
    const { config, configText } = await loadClusterFile(context, path);
    return { config, configText };
  }
  const parsed = parseStoredClusterFile(text, "the backup's cluster file");
  if (!parsed.ok) throw findingsError(parsed.findings);
  return { config: parsed.config, configText: text };
}

async function readKey(context: Context, path: string): Promise<string> {
  try {
    return await context.host.readFile(path, MOST_KEY_BYTES);
  } catch (error) {
    throw unreadable("key file", path, error);
  }
}

async function requireReadable(path: string): Promise<void> {
  await access(path).catch((error: unknown) => {
    throw unreadable("backup", path, error);
  });
}

function unreadable(what: string, path: string, error: unknown): SluiceError {
  return new SluiceError(
    "BACKUP_FILE_UNREADABLE",
    "user",
    `the ${what} ${path} can't be read: ${messageOf(error)}`,
    { hint: "give the path of a file that you may read", cause: error },
  );
}
