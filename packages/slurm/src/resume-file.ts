import { SluiceError } from "@sluice/model";

/** One job of a resume request: which of its nodes have to be powered up for it. */
export interface ResumeJob {
  readonly job_id: number;
  readonly partition: string;
  /** Host list of the whole allocation. */
  readonly nodes_alloc: string;
  /** Host list of those that this request powers up. */
  readonly nodes_resume: string;
  readonly oversubscribe: string;
  readonly features: string | null;
  readonly reservation: string | null;
  readonly extra: string | null;
}

/**
 * What slurmctld puts into `SLURM_RESUME_FILE` for ResumeProgram. A node in `all_nodes_resume` that
 * no job names was asked for with POWER_UP. Names are Slurm's.
 */
export interface ResumeRequest {
  readonly all_nodes_resume: string;
  readonly jobs: readonly ResumeJob[];
}

/**
 * Reads `SLURM_RESUME_FILE`. Missing fields get the value that says nothing, because each Slurm
 * release adds some.
 *
 * @throws SluiceError `SLURM_RESUME_FILE_INVALID` for text that is not such a document.
 */
export function parseResumeRequest(text: string): ResumeRequest {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw invalid("is not JSON", cause);
  }
  if (!isRecord(document)) throw invalid("is not an object");
  const { all_nodes_resume: all, jobs = [] } = document;
  if (typeof all !== "string") throw invalid("has no all_nodes_resume");
  if (!Array.isArray(jobs)) throw invalid("has jobs that are not a list");
  return {
    all_nodes_resume: all,
    jobs: jobs.map((job: unknown) => {
      if (!isRecord(job) || !Number.isInteger(job.job_id)) throw invalid("has a job without id");
      return {
        job_id: Number(job.job_id),
        partition: stringOrNull(job.partition) ?? "",
        nodes_alloc: stringOrNull(job.nodes_alloc) ?? "",
        nodes_resume: stringOrNull(job.nodes_resume) ?? "",
        oversubscribe: stringOrNull(job.oversubscribe) ?? "",
        features: stringOrNull(job.features),
        reservation: stringOrNull(job.reservation),
        extra: stringOrNull(job.extra),
      };
    }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function stringOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function invalid(why: string, cause?: unknown): SluiceError {
  return new SluiceError("SLURM_RESUME_FILE_INVALID", "system", `the resume file ${why}`, {
    hint: "Nodes that wait for it are found by the next pass; look for the Slurm version in use.",
    ...(cause === undefined ? {} : { cause }),
  });
}
