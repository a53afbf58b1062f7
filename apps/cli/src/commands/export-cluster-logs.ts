import { exportLogs } from "@sluice/lifecycle";
import { type ArchivedFile, tarGz } from "../archive.ts";
import { type ClusterOption, clusterName, type DefineCommand } from "../command.ts";
import { writeWholeFile } from "../configure/write-file.ts";
import { cloudWithLogsOf } from "../log-cloud.ts";
import { timeOption } from "../time-option.ts";

interface Options extends ClusterOption {
  readonly outputFile?: string;
  readonly startTime?: string;
  readonly endTime?: string;
}

export const exportClusterLogsCommand: DefineCommand = (program, cli) => {
  program
    .command("export-cluster-logs")
    .description("write every log of a cluster, and its machines' consoles, into one archive")
    .addOption(clusterName())
    .option("--output-file <file>", "the archive, a .tar.gz; without it it is named by the cluster")
    .option("--start-time <time>", "only what is newer: 10m, 2h, 1d, or a time")
    .option("--end-time <time>", "only what is older")
    .action(
      cli.action<Options>(async (context, options) => {
        const { clusterName: name, startTime, endTime } = options;
        const { clock } = context.host;
        const now = clock.now();
        const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
        const folder = `${name}-logs-${stamp}`;
        const { outputFile = `${folder}.tar.gz` } = options;
        const times = {
          ...(startTime === undefined ? {} : { from: timeOption("--start-time", startTime, now) }),
          ...(endTime === undefined ? {} : { until: timeOption("--end-time", endTime, now) }),
        };
        const cloud = await cloudWithLogsOf(context, name);
        const { onProgress } = context.showProgress(
          "interrupted: nothing is written; press Ctrl-C again to end at once",
        );
        const { signal } = context;
        const logs = exportLogs({ cloud, name, clock, onProgress, signal, ...times });
        const count = { files: 0 };
        await writeWholeFile(outputFile, tarGz(inFolder(folder, logs, count), now));
        await context.output.emit(
          { outputFile, logStreams: count.files },
          (written, paint) =>
            `${paint.good("written")} ${outputFile}, ${written.logStreams} logs\n`,
        );
        return 0;
      }),
    );
};

/** An archive unpacks into a folder of its own. */
async function* inFolder(
  folder: string,
  logs: AsyncIterable<ArchivedFile>,
  count: { files: number },
): AsyncGenerator<ArchivedFile> {
  for await (const { path, text } of logs) {
    count.files += 1;
    yield { path: `${folder}/${path}`, text };
  }
}
