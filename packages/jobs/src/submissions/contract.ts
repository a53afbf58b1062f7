/**
 * A submission that Sluice acknowledges is never lost and never doubled: it is written down with its
 * tag before Slurm is asked, kept until slurmctld's saved state has the tag, and made again, once,
 * when slurmctld forgot it. States:
 *
 *   asked ──▶ accepted ──▶ saved          the usual way
 *     │           └──▶ (slurmctld lost it) ──▶ asked, with attempt + 1
 *     └──▶ refused                        Slurm said no: the error is the answer, again for its key
 */
export interface Submissions {
  /**
   * Resolves when Slurm took the job. The same key of the same user on the same cluster gives the
   * same job, also when this process died in between. Errors: `IDEMPOTENCY_KEY_REUSED` for another
   * request under the same key, `SLURM_REFUSED` with Slurm's words, `SLURM_FULL` when slurmctld has
   * as many jobs as it takes, `SLURM_UNREACHABLE` when nothing is known yet: the key may be sent
   * again; without a key the submission is called off first. What its key stands for is told also
   * while its cluster is away.
   */
  submit(submission: Submission): Promise<SubmittedJob>;
  /**
   * Where the job of a key was to run by sbatch, for whoever sends that again without a directory and
   * can't ask its cluster. Undefined: it is not kept any more, or never was.
   */
  keptDirectory(
    asked: Pick<Submission, "cluster" | "unixUser"> & { readonly idempotencyKey: string },
  ): Promise<string | undefined>;
}

export interface Submission {
  readonly cluster: string;
  readonly unixUser: string;
  /** Of the account that asked. */
  readonly principalId: string;
  /** 1 to 200 printable characters; missing: this request stands alone. */
  readonly idempotencyKey?: string;
  readonly job: JobRequest;
  /** Called once Slurm took the job, while that is being written down: what follows may begin. */
  readonly onTaken?: () => void;
}

/** How a job is handed in. */
export type JobRequest =
  /** By sbatch on the head as the user: directives in the script count. */
  | {
      readonly by: "sbatch";
      readonly script: string;
      /** Of sbatch, each one word with its value: `--partition=burst`. Never through a shell. */
      readonly options: readonly string[];
      /** Of the script. */
      readonly arguments?: readonly string[];
      readonly workingDirectory: string;
      readonly environment?: Readonly<Record<string, string>>;
    }
  /** By slurmrestd, with the body as the client made it. */
  | { readonly by: "slurmrestd"; readonly version: string; readonly body: unknown };

export interface SubmittedJob {
  readonly submissionId: string;
  readonly jobId: number;
  /** slurmrestd's own answer, when it was asked. */
  readonly answer?: unknown;
  /** The job was there already, by its key. */
  readonly isRepeat: boolean;
}
