import type { UploadedObject } from "../../upload-events.ts";

/** A request to the server that hands a job in. */
export interface JobRequest {
  readonly path: string;
  readonly body: string;
}

/** An object that is no job, and will not be one however often it is tried. */
export class NoJob extends Error {}

/** Bytes; slurmctld's own `max_script_size` is 4 MiB. */
export const MOST_BYTES = 4 * 1024 * 1024;

/** Of an object's own metadata: `x-amz-meta-sluice-partition`, and so on. */
const OPTIONS: Readonly<Record<string, string>> = {
  "sluice-partition": "partition",
  "sluice-account": "account",
  "sluice-qos": "qos",
  "sluice-name": "job-name",
  "sluice-time": "time",
  "sluice-nodes": "nodes",
  "sluice-ntasks": "ntasks",
  "sluice-array": "array",
};
const DIRECTORY = "sluice-directory";

/** What an option's value is made of in Slurm: names, numbers, times, lists. */
const VALUE = /^[\w.,:%@/+[\]()-]{1,200}$/;

/**
 * A script is handed in by sbatch, so that its directives count; what ends in `.json` is the body of
 * slurmrestd's own `job/submit`.
 *
 * @throws NoJob with the reason.
 */
export function jobRequest(
  cluster: string,
  object: UploadedObject,
  content: string,
  metadata: Readonly<Record<string, string>>,
): JobRequest {
  if (object.key.endsWith(".json")) {
    return { path: `/clusters/${cluster}/slurm/latest/job/submit`, body: document(content) };
  }
  if (!content.startsWith("#!")) throw new NoJob("a script begins with #!");
  const options = Object.entries(OPTIONS).flatMap(([key, option]) => {
    const value = metadata[key];
    if (value === undefined) return [];
    if (!VALUE.test(value)) throw new NoJob(`its metadata ${key} is no value of --${option}`);
    return [`--${option}=${value}`];
  });
  const directory = metadata[DIRECTORY];
  if (directory !== undefined && !directory.startsWith("/")) {
    throw new NoJob(`its metadata ${DIRECTORY} is no absolute path`);
  }
  return {
    path: `/api/v1/clusters/${cluster}/jobs`,
    body: JSON.stringify({
      script: content,
      options,
      ...(directory === undefined ? {} : { workingDirectory: directory }),
    }),
  };
}

function document(content: string): string {
  try {
    const parsed = JSON.parse(content) as unknown;
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return content;
  } catch {
    // Said below, as of what is JSON and no object.
  }
  throw new NoJob("it is no JSON object");
}
