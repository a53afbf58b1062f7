import { checkJobApi } from "../checks/job-api.ts";
import type { ParseOptions } from "./checked-text.ts";
import { type FileKind, type Judged, judgeText } from "./judged-file.ts";
import { type JobApiConfig, jobApiSchema } from "./schema/job-api.ts";

const JOB_API: FileKind<typeof jobApiSchema, JobApiConfig> = {
  schema: jobApiSchema,
  check: checkJobApi,
  online: [],
  complete: (output) => output,
};

/** Reads the file of a job API, as `parseClusterFile` reads that of a cluster. Never throws. */
export function parseJobApiFile(text: string, options: ParseOptions): Judged<JobApiConfig> {
  return judgeText(JOB_API, text, options);
}
