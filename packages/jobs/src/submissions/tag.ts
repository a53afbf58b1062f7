import { tagField as fieldOf, SUBMISSION_TAG, submissionTag, withTag } from "@sluice/slurm";
import type { JobRequest } from "./contract.ts";

export { submissionTag as tagOf } from "@sluice/slurm";

/** Where a job of this Slurm, such as `24.11.5`, carries its tag. */
export function tagField(slurmVersion: string): "extra" | "comment" {
  const [major = "0", minor = "0"] = slurmVersion.split(".");
  return fieldOf(`${Number(major)}.${Number(minor)}`);
}

const EVERY_TAG = new RegExp(SUBMISSION_TAG, "g");

/** The request with the tag in it, behind what its sender wrote there; of tags only this one. */
export function tagged(
  request: JobRequest,
  submissionId: string,
  field: "extra" | "comment",
): JobRequest {
  const beside = (said: unknown) => {
    const own = typeof said === "string" ? said.replaceAll(EVERY_TAG, "").trim() : "";
    return withTag(own, submissionTag(submissionId));
  };
  if (request.by === "sbatch") {
    const name = `--${field}=`;
    const own = request.options.findLast((option) => option.startsWith(name));
    return {
      ...request,
      options: [
        ...request.options.filter((option) => option !== own),
        `${name}${beside(own?.slice(name.length))}`,
      ],
    };
  }
  return {
    ...request,
    body: withJobs(request.body, (job) => ({ ...job, [field]: beside(job[field]) })),
  };
}

/** A body for job/submit with every job description in it changed. */
export function withJobs(
  body: unknown,
  change: (job: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): unknown {
  if (!isRecord(body)) return body;
  return {
    ...body,
    ...(isRecord(body.job) ? { job: change(body.job) } : {}),
    ...(Array.isArray(body.jobs)
      ? { jobs: body.jobs.map((job: unknown) => (isRecord(job) ? change(job) : job)) }
      : {}),
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
