import type { UserWorker } from "@sluice/gateway";
import { SluiceError } from "@sluice/model";
import type { JobReference } from "../cache/job-reference.ts";
import { factsOf } from "./facts.ts";
import { type JobStep, STEP_FIELDS, stepsOf } from "./steps.ts";

/** What can be done to a job. */
export type JobAction =
  | { readonly do: "cancel" | "hold" | "release" | "requeue" }
  | { readonly do: "signal"; readonly signal: string; readonly to: "steps" | "batch" | "full" };

type Commands = Pick<UserWorker, "command">;

/**
 * Does it as the user of the worker. Errors: `SLURM_REFUSED` with Slurm's words, and
 * `SLURM_UNREACHABLE`.
 */
export async function actOnJob(
  worker: Commands,
  { text }: JobReference,
  action: JobAction,
  signal?: AbortSignal,
): Promise<void> {
  await run(worker, wordsOf(text, action), signal);
}

function wordsOf(job: string, action: JobAction): readonly string[] {
  switch (action.do) {
    case "cancel":
      return ["scancel", job];
    case "hold":
    case "release":
    case "requeue":
      return ["scontrol", action.do, job];
    case "signal": {
      const to = action.to === "steps" ? [] : [`--${action.to}`];
      return ["scancel", `--signal=${action.signal}`, ...to, job];
    }
    default:
      return action satisfies never;
  }
}

/** What slurmctld says of a job; undefined when it has forgotten it. */
export async function jobFacts(
  worker: Commands,
  id: number,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { exitCode, stdout } = await ask(worker, ["scontrol", "show", "job", `${id}`], signal);
  if (exitCode !== 0) return undefined;
  // Of an array there is one paragraph for each record; the one with this number is wanted.
  const paragraphs = stdout.split(/\n\n+/);
  const own = paragraphs.find((text) => new RegExp(`^JobId=${id}\\b`).test(text));
  return own === undefined ? undefined : factsOf(own);
}

/** Steps as accounting has them; none when it does not answer. */
export async function jobSteps(
  worker: Commands,
  label: string,
  signal?: AbortSignal,
): Promise<readonly JobStep[]> {
  const argv = ["sacct", "--noheader", "--parsable2", `--jobs=${label}`, `--format=${STEP_FIELDS}`];
  const { exitCode, stdout } = await ask(worker, argv, signal);
  return exitCode === 0 ? stepsOf(stdout) : [];
}

/** One column of accounting's row of the job itself; undefined when it has none. */
export async function accountingWord(
  worker: Commands,
  label: string,
  field: "SubmitLine" | "StdOut" | "StdErr",
  signal?: AbortSignal,
): Promise<string | undefined> {
  const argv = ["sacct", "--noheader", "--parsable2", "--allocations", `--jobs=${label}`];
  const { exitCode, stdout } = await ask(worker, [...argv, `--format=${field}`], signal);
  return exitCode === 0 ? stdout.split("\n")[0]?.trim() || undefined : undefined;
}

/** Above a script of accounting: `Batch Script for 12` and a line of dashes. */
const HEADING = /^Batch Script for [^\n]*\n-+\n/;

/**
 * The batch script: slurmctld's while it knows the job, accounting's afterwards, where that keeps
 * scripts. Errors: `JOB_SCRIPT_NOT_FOUND`.
 */
export async function jobScript(
  worker: Commands,
  { id, label }: { readonly id: number; readonly label: string },
  signal?: AbortSignal,
): Promise<string> {
  const live = await ask(worker, ["scontrol", "write", "batch_script", `${id}`, "-"], signal);
  // Both end scripts with lines of their own.
  if (live.exitCode === 0 && live.stdout.startsWith("#!")) return live.stdout.replace(/\n+$/, "\n");
  const kept = await ask(worker, ["sacct", "--batch-script", `--jobs=${label}`], signal);
  const script = kept.exitCode === 0 ? kept.stdout.replace(HEADING, "") : "";
  if (kept.stdout !== script && script.startsWith("#!")) return script.replace(/\n+$/, "\n");
  throw new SluiceError(
    "JOB_SCRIPT_NOT_FOUND",
    "user",
    `there is no script of job ${label} any more`,
    {
      hint: "jobs of srun and salloc have none; accounting keeps scripts with AccountingStoreFlags=job_script",
    },
  );
}

async function run(
  worker: Commands,
  argv: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { exitCode, stdout, stderr } = await ask(worker, argv, signal);
  const words = plain(stderr || stdout);
  // scancel tells of a job that is over, or another's, and ends with 0 in some versions.
  if (exitCode === 0 && !/\berror: /.test(stderr)) return;
  if (/unable to contact|connection (refused|failure)|socket timed out/i.test(words)) {
    throw new SluiceError("SLURM_UNREACHABLE", "system", words || "slurm does not answer");
  }
  throw new SluiceError("SLURM_REFUSED", "user", words || `${argv[0]} ends with ${exitCode}`);
}

function ask(worker: Commands, argv: readonly string[], signal: AbortSignal | undefined) {
  return worker.command(argv, signal === undefined ? {} : { signal });
}

/** Slurm's words without the program's name and more than a person reads. */
function plain(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replace(/^(scancel|scontrol|slurm_\w+)(: error)?: /, "").trim())
    .filter((line) => line !== "")
    .join("; ")
    .slice(0, 1000);
}
