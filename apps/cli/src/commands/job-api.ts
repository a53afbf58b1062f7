import type { JobApiRecord, JobApis } from "@sluice/cloud";
import { findingsError, type JobApiConfig, parseJobApiFile, SluiceError } from "@sluice/model";
import { readClusterFile } from "../cluster-file.ts";
import { type ClusterOption, clusterName, type DefineCommand, RequiredOption } from "../command.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import type { Paint } from "../render/paint.ts";

interface FileOption extends ClusterOption {
  readonly configuration: string;
}

interface DeleteOptions extends ClusterOption {
  readonly yes?: true;
}

/** Slurm's REST API of a cluster as a service of the cloud. */
export const jobApiCommand: DefineCommand = (program, cli) => {
  const jobApi = program
    .command("job-api")
    .description("Slurm's REST API of a cluster as a service of the cloud, with jobs by upload");
  const configuration = () =>
    new RequiredOption("-c, --configuration <file>", "the file of the job API");

  jobApi
    .command("synth")
    .description("print the template that it would be made of, without any account")
    .addOption(clusterName())
    .addOption(configuration())
    .action(
      cli.action<FileOption>(async (context, { clusterName: cluster, configuration: path }) => {
        const config = await loadJobApiFile(context, path);
        const [file] = await (await jobApisOf(context)).synthesise({ cluster, config });
        context.host.writeOut(file?.text ?? "");
        return 0;
      }),
    );

  jobApi
    .command("deploy")
    .description("make it, or change what is there to what the file says now")
    .addOption(clusterName())
    .addOption(configuration())
    .action(
      cli.action<FileOption>(async (context, { clusterName: cluster, configuration: path }) => {
        const config = await loadJobApiFile(context, path);
        const jobApis = await jobApisOf(context);
        const { onProgress } = context.showProgress("interrupted: the cloud goes on with it");
        const { signal } = context;
        const made = await jobApis.deploy({ cluster, config }, { onProgress, signal });
        await context.output.emit(viewOf(made), shown);
        return 0;
      }),
    );

  jobApi
    .command("describe")
    .description("show where it is and how it is")
    .addOption(clusterName())
    .action(
      cli.action<ClusterOption>(async (context, { clusterName: cluster }) => {
        const found = await (await jobApisOf(context)).describe(cluster);
        if (found === undefined) throw jobApiNotFound(cluster);
        await context.output.emit(viewOf(found), shown);
        return 0;
      }),
    );

  jobApi
    .command("delete")
    .description("delete it; the bucket with what people uploaded stays")
    .addOption(clusterName())
    .option("-y, --yes", "don't ask")
    .action(
      cli.action<DeleteOptions>(async (context, { clusterName: cluster, yes }) => {
        const jobApis = await jobApisOf(context);
        if ((await jobApis.describe(cluster)) === undefined) throw jobApiNotFound(cluster);
        if (yes !== true) {
          await confirm(context, {
            question: `delete the job API of ${cluster}`,
            doing: `deleting the job API of ${cluster}`,
            undone: `the job API of ${cluster} was not deleted`,
          });
        }
        const { onProgress } = context.showProgress("interrupted: the cloud goes on with it");
        const { kept } = await jobApis.destroy(cluster, { onProgress, signal: context.signal });
        const answer = { clusterName: cluster, status: "DELETE_COMPLETE", kept };
        await context.output.emit(answer, () =>
          [`the job API of ${cluster} is deleted`, ...kept.map((one) => `  kept: ${one}`), ""].join(
            "\n",
          ),
        );
        return 0;
      }),
    );
};

async function loadJobApiFile(context: Context, path: string): Promise<JobApiConfig> {
  const text = await readClusterFile(context, path, "job API file");
  const parsed = parseJobApiFile(text, { fileName: path });
  if (!parsed.ok) throw findingsError(parsed.findings);
  return parsed.config;
}

async function jobApisOf(context: Context): Promise<JobApis> {
  const { provider = "aws" } = context;
  const { jobApis } = await context.openCloud(provider);
  if (jobApis !== undefined) return jobApis;
  throw new SluiceError(
    "UNSUPPORTED_BY_PROVIDER",
    "user",
    `the provider ${provider} has no job APIs`,
    { hint: "the gated Slurm API of a server does the same there: sluice server start" },
  );
}

function jobApiNotFound(cluster: string): SluiceError {
  return new SluiceError("JOB_API_NOT_FOUND", "user", `${cluster} has no job API`, {
    hint: `make one with: sluice job-api deploy -n ${cluster} -c FILE`,
  });
}

function viewOf(record: JobApiRecord) {
  const { cluster: clusterName, createdAt, updatedAt, ...rest } = record;
  return {
    clusterName,
    ...rest,
    creationTime: createdAt.toISOString(),
    lastUpdatedTime: updatedAt.toISOString(),
  };
}

function shown(view: ReturnType<typeof viewOf>, paint: Paint): string {
  const { clusterName, status, statusReason, endpoint, uploadBucket } = view;
  const lines = [
    `the job API of ${clusterName} is ${paint.state(status)}`,
    ...(statusReason === undefined ? [] : [`  ${statusReason}`]),
    ...(endpoint === undefined ? [] : [`  endpoint  ${endpoint}/slurm/latest/`]),
    ...(uploadBucket === undefined ? [] : [`  uploads   s3://${uploadBucket}/`]),
  ];
  return `${lines.join("\n")}\n`;
}
