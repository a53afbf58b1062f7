import { SluiceError } from "@sluice/model";
import type { Submission, Submissions } from "../../submissions/index.ts";
import type { JobOfRun, RunJob, RunJobs } from "../contract.ts";

/** Slurm, as far as a run sees it: one job for each key, whatever becomes of it. */
export class RunSlurm implements Submissions, RunJobs {
  readonly submitted: Submission[] = [];
  readonly jobs = new Map<number, RunJob>();
  /** Of the next submissions: taken and the answer lost, lost itself, or refused. */
  readonly faults: ("answer" | "request" | "refused")[] = [];
  isAway = false;
  readonly #byKey = new Map<string, number>();
  readonly #begin: Date;

  /** @param begin when every job starts. */
  constructor(begin: Date) {
    this.#begin = begin;
  }

  async submit(submission: Submission) {
    const fault = this.faults.shift();
    const away = new SluiceError("SLURM_UNREACHABLE", "system", "slurmctld does not answer");
    if (fault === "request") throw away;
    if (fault === "refused") throw new SluiceError("SLURM_REFUSED", "user", "no such partition");
    const key = submission.idempotencyKey ?? "";
    const known = this.#byKey.get(key);
    const jobId = known ?? 100 + this.submitted.length;
    if (known === undefined) {
      this.submitted.push(submission);
      this.#byKey.set(key, jobId);
      this.become(jobId, "queued", "PENDING");
    }
    if (fault === "answer") throw away;
    return { submissionId: key, jobId, isRepeat: known !== undefined };
  }

  async keptDirectory() {
    return undefined;
  }

  find(_cluster: string, jobs: readonly JobOfRun[]): ReadonlyMap<number, RunJob | "unknown"> {
    return new Map(
      jobs.flatMap(({ jobId }) => {
        const job = this.jobs.get(jobId);
        if (job === undefined && this.isAway) return [];
        return [[jobId, job ?? "unknown"] as const];
      }),
    );
  }

  async search(_cluster: string, { jobId }: JobOfRun): Promise<RunJob | undefined> {
    this.#reach();
    return this.jobs.get(jobId);
  }

  async isLive(_cluster: string, jobId: number): Promise<boolean> {
    this.#reach();
    return this.jobs.get(jobId)?.isLive ?? false;
  }

  #reach(): void {
    if (this.isAway) throw new SluiceError("SLURM_UNREACHABLE", "system", "away");
  }

  become(jobId: number, state: RunJob["state"], jobState: string, endedAt?: Date): void {
    const isLive = state === "queued" || state === "running";
    const startedAt = state === "queued" ? undefined : this.#begin;
    this.jobs.set(jobId, { state, jobState, isLive, startedAt, endedAt });
  }
}
