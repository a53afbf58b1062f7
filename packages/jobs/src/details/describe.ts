import type { UserWorker } from "@sluice/gateway";
import type { CachedJob } from "../cache/contract.ts";
import { isFinishedState } from "../cache/records.ts";
import { type JobEfficiency, jobEfficiency } from "./efficiency.ts";
import { accountingWord, jobFacts, jobSteps } from "./job-commands.ts";
import { outputPath, usualOutput } from "./output-path.ts";
import type { JobStep } from "./steps.ts";
import { elapsedSeconds, present, type ShownJob, shownJob } from "./view.ts";
import { waitingSentence } from "./waiting.ts";

type Commands = Pick<UserWorker, "command">;

export interface JobToDescribe {
  readonly job: CachedJob;
  /** The other records of its array. */
  readonly others: readonly CachedJob[];
  /** Undefined: nobody can ask Slurm for it, and what is known has to do. */
  readonly worker: Commands | undefined;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** All that is known of a job. */
export interface JobDescription extends ShownJob {
  readonly standardOutput?: string;
  readonly standardError?: string;
  readonly dependency?: string;
  /** Why it waits, in a sentence. */
  readonly waiting?: string;
  readonly efficiency?: JobEfficiency;
  /** After the end: see `SUBMISSION_TAG` in packages/slurm. */
  readonly submissionTag?: string;
  readonly steps: readonly ShownStep[];
  readonly array?: {
    readonly id: number;
    readonly total: number;
    readonly totals: Record<string, number>;
  };
  /** What else slurmctld says of it. */
  readonly facts: Record<string, string>;
}

type ShownStep = Pick<JobStep, "id" | "name" | "state" | "exitCode"> & {
  readonly startTime?: string;
  readonly endTime?: string;
  readonly tasks?: number;
  readonly cpuSecondsUsed?: number;
  readonly maxMemoryMib?: number;
};

export async function describeJob(described: JobToDescribe): Promise<JobDescription> {
  const { job, others, worker, now, signal } = described;
  const [facts, steps] =
    worker === undefined
      ? [undefined, []]
      : await Promise.all([
          job.isLive ? jobFacts(worker, job.id, signal) : undefined,
          jobSteps(worker, job.label, signal),
        ]);
  const { standardOutput, standardError, ...rest } = facts ?? {};
  const output = job.standardOutput || standardOutput || "";
  const error = job.standardError || standardError || "";
  const usage = isFinishedState(job.state)
    ? jobEfficiency({ ...job, elapsedSeconds: elapsedSeconds(job, now) })
    : undefined;
  return {
    ...shownJob(job, now),
    ...present({
      standardOutput: output === "" ? undefined : outputPath(output, job),
      standardError: error === "" ? undefined : outputPath(error, job),
      dependency: job.dependency || undefined,
      waiting: waitingSentence(job),
      efficiency: usage,
      submissionTag: job.tag,
    }),
    steps: steps.map(shownStep),
    ...(job.arrayJobId === undefined ? {} : { array: arrayOf(job.arrayJobId, [job, ...others]) }),
    facts: rest,
  };
}

function shownStep({ id, name, state, exitCode, ...step }: JobStep): ShownStep {
  const startTime = step.startTime?.toISOString();
  const endTime = step.endTime?.toISOString();
  return { id, name, state, exitCode, ...present({ ...step, startTime, endTime }) };
}

function arrayOf(id: number, jobs: readonly CachedJob[]): NonNullable<JobDescription["array"]> {
  const totals: Record<string, number> = {};
  for (const { state } of jobs) totals[state] = (totals[state] ?? 0) + 1;
  return { id, total: jobs.length, totals };
}

/**
 * Where a batch job writes to, as slurmctld says, else accounting, else as sbatch has it when nobody
 * says anything.
 */
export async function outputOfJob(
  worker: Commands,
  job: CachedJob,
  stream: "stdout" | "stderr",
  signal?: AbortSignal,
): Promise<string> {
  const known = stream === "stdout" ? job.standardOutput : job.standardError || job.standardOutput;
  if (known !== "") return outputPath(known, job);
  const field = stream === "stdout" ? "StdOut" : "StdErr";
  const told = await accountingWord(worker, job.label, field, signal);
  return outputPath(told ?? usualOutput(job), job);
}
