import {
  type BackupRecord,
  backupCluster,
  backupKey,
  backupsAt,
  fetchBackup,
  type KeptBackups,
  listBackups,
} from "@sluice/lifecycle";
import { backupStoreAt } from "../backup-store.ts";
import {
  clusterOrSite,
  type DefineCommand,
  numberOption,
  oneTarget,
  type TargetOptions,
} from "../command.ts";
import { writeWholeFile } from "../configure/write-file.ts";
import type { Context } from "../context.ts";
import type { Paint } from "../render/paint.ts";
import { table } from "../render/table.ts";
import { shownTime } from "../render/time.ts";
import { usage } from "../usage.ts";
import { backUpSite, listSiteBackups } from "./backup-site.ts";

interface Options extends TargetOptions {
  readonly to?: string;
  readonly keep?: string;
  readonly exportKey?: string;
}

export const backupCommand: DefineCommand = (program, cli) => {
  clusterOrSite(program.command("backup"))
    .description("back up what a cluster, or a site with all its clusters, knows")
    .option(
      "--to <place>",
      "write it into a folder here or s3://bucket/prefix, by your credentials",
    )
    .option("--keep <number>", "with --to: how many of it stay there")
    .option("--export-key <file>", "only write its own key for backups into a file")
    .action(
      cli.action<Options>(async (context, options) => {
        const { to, keep, exportKey } = options;
        const target = oneTarget("backup", options);
        if (keep !== undefined && to === undefined) {
          throw usage("--keep goes with --to", "Backup.Keep in the cluster file is for the head's");
        }
        if ("site" in target) return backUpSite(context, target.site, options);
        const name = target.cluster;
        const cloud = await context.cloudOf(name);
        if (exportKey !== undefined) {
          if (to !== undefined) throw usage("--export-key makes no backup", "leave out --to");
          await writeWholeFile(exportKey, await backupKey({ cloud, name }));
          return told(context, { keyFile: exportKey }, (paint) => [
            `${paint.good("written")} ${exportKey}`,
            "  whoever has it can read the backups: keep it apart from them",
          ]);
        }
        const signal = context.endOnInterrupt();
        const made =
          to === undefined
            ? await backupCluster({ cloud, name, signal })
            : await fetchBackup({
                ...{ cloud, name, signal, store: await backupStoreAt(context, to) },
                at: context.host.clock.now(),
                ...(keep === undefined ? {} : { keep: numberOption("--keep", keep) }),
              });
        const { folder, backup, removed } = made;
        const isOnHead = to === undefined && folder.startsWith("/");
        const place = isOnHead ? `on the head, in ${folder}` : folder;
        return told(context, made, (paint) => [
          `${paint.good("written")} ${backup.file}, ${sizeText(backup.bytes)}, ${backup.contents.jobs} jobs`,
          `  in: ${place}`,
          ...removed.map((file) => `  removed: ${file}`),
          `  homes and shared folders are not in it; it is for: ${backup.recipients.join(", ")}`,
        ]);
      }),
    );
};

export async function told<T>(
  context: Context,
  result: T,
  lines: (paint: Paint) => readonly string[],
): Promise<number> {
  await context.output.emit(result, (_, paint) => `${lines(paint).join("\n")}\n`);
  return 0;
}

export const backupsCommand: DefineCommand = (program, cli) => {
  clusterOrSite(program.command("backups"))
    .description("list the backups of a cluster or a site, newest last")
    .option("--to <place>", "those in a folder here or s3://bucket/prefix, without asking the head")
    .action(
      cli.action<Pick<Options, "clusterName" | "siteName" | "to">>(
        async (context, { to, ...names }) => {
          const target = oneTarget("backups", names);
          if ("site" in target) return listSiteBackups(context, target.site, to);
          const name = target.cluster;
          const kept: KeptBackups =
            to === undefined
              ? await listBackups({ cloud: await context.cloudOf(name), name })
              : await backupsAt(await backupStoreAt(context, to), name);
          await context.output.emit(kept, ({ folder, backups }) =>
            backups.length === 0
              ? `there are no backups of ${name} in ${folder}\n`
              : table(["FILE", "MADE", "SIZE", "JOBS", "SLURM"], backups.map(rowOf)),
          );
          return 0;
        },
      ),
    );
};

function rowOf({ file, createdAt, bytes, contents, slurmVersion }: BackupRecord): string[] {
  return [
    file,
    shownTime(createdAt.toISOString()),
    sizeText(bytes),
    `${contents.jobs}`,
    slurmVersion,
  ];
}

export function sizeText(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
