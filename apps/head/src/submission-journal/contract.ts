import type { Answer } from "./answer.ts";

/** A job as slurmrestd tells of it: the names are those of its `job_info`. */
export type JobRecord = Readonly<Record<string, unknown>>;

/** What is handed to slurmrestd: its `job_desc_msg`. */
export type JobDescription = Readonly<Record<string, unknown>>;

/** What slurmctld writes of a batch job before it acknowledges it. */
export interface JobFiles {
  readonly script: Uint8Array;
  /** As slurmctld has it: their count, and each as `NAME=value` and a zero byte. */
  readonly environment: Uint8Array;
  /** When it wrote the script, in microseconds since the epoch. */
  readonly made: number;
}

export interface Submission extends JobFiles {
  /** As the user was told; of an array its first. With `made` it says which job is meant. */
  readonly jobId: number;
}

/** A submission that slurmctld acknowledged and may not have written down yet. */
export interface KeptSubmission extends Submission {
  /** Seconds since the epoch. */
  readonly submitTime: number;
  /** With `sluice_streams`, if they are known. */
  readonly record: JobRecord;
  /**
   * Under which number it was handed in again, or is about to be. Written before it is asked, so
   * that whoever comes after a kill knows its own job.
   */
  readonly askedAs: number | undefined;
}

/** What accounting has of a job, or of one task of an array. */
export interface AccountedRun {
  readonly jobId: number;
  /** In its array. */
  readonly taskId: number | undefined;
  readonly submitTime: number;
  readonly state: string;
  readonly hasStarted: boolean;
  /** The words of the command, with blanks between them. */
  readonly submitLine: string;
}

/** A record's `sluice_streams`: patterns as they were asked for, `%j` and all; missing: none was. */
export interface Streams {
  readonly input?: string;
  readonly output?: string;
  readonly error?: string;
}

export type SubmitAnswer =
  | { readonly kind: "accepted" }
  /** There is a job of that number. */
  | { readonly kind: "duplicate" }
  | { readonly kind: "refused"; readonly reason: string };

/** Slurm, as the journal asks it. Each call throws while there is no answer. */
export interface JournalSlurm {
  /** Resolves when slurmctld takes connections, which it does before it answers. */
  ready(): Promise<void>;
  /** Of an array all that there is; empty for a number that slurmctld does not know. */
  job(jobId: number): Promise<readonly JobRecord[]>;
  /** What it has of those of these jobs that it knows, one an array: one question for all. */
  tell(jobIds: readonly number[]): Promise<Answer>;
  /** The jobs in each of these answers, in its order. slurmctld need not run. */
  read(answers: readonly Answer[]): Promise<readonly (readonly JobRecord[])[]>;
  /** Whatever else: a second time under the same number is `duplicate`. */
  submit(description: JobDescription): Promise<SubmitAnswer>;
  /** Every run; empty where nothing is accounted. Rejects while accounting does not answer. */
  runs(jobIds: readonly number[]): Promise<readonly AccountedRun[]>;
}
