import type { Log } from "@sluice/capacity";
import { argumentsIn, readsArguments } from "./arguments.ts";
import type { AccountedRun, JobRecord, JournalSlurm, KeptSubmission } from "./contract.ts";
import { describeAgain, numberOf, tasksOf } from "./describe.ts";
import type { JobFiles } from "./folders.ts";
import { type Tell, tellLost, tellRestored } from "./news.ts";
import type { JournalStore } from "./store.ts";
import { untoldOf } from "./untold.ts";

export interface RestoreParts {
  readonly slurm: JournalSlurm;
  readonly store: JournalStore;
  readonly files: (jobId: number) => Promise<JobFiles | undefined>;
  readonly log: Log;
  readonly tell: Tell;
}

const AT_ONCE = 8;
const OVER =
  /^(COMPLETED|FAILED|CANCELLED|TIMEOUT|OUT_OF_MEMORY|DEADLINE|BOOT_FAIL|NODE_FAIL|PREEMPTED|REVOKED)/;

/**
 * Hands in once more every kept submission that slurmctld does not know and that is not over, under
 * its own number, as its user. Being asked twice makes one job: a number that is taken is refused by
 * slurmctld, and which of two jobs has it is told by when and what it is.
 *
 * Throws while slurmctld or accounting does not answer; what was done by then is done.
 */
export async function restore(parts: RestoreParts): Promise<void> {
  const { store, slurm } = parts;
  const kept = store.kept();
  if (kept.length === 0) return;
  const jobIds = [...new Set(kept.map(({ jobId }) => jobId))];
  const [runs] = await Promise.all([slurm.runs(jobIds), slurm.ready()]);
  const started = store.started();
  const renumbered = new Map<number, number>();
  const highest = Math.max(...kept.map(({ jobId, askedAs }) => Math.max(jobId, askedAs ?? 0)));
  const numbers = { next: highest + 1 };
  const one = (submission: KeptSubmission): Promise<void> =>
    restoreOne(parts, { submission, runs: runsOf(submission, runs), started, renumbered, numbers });
  const unasked = kept.filter(({ askedAs }) => askedAs === undefined);
  store.askAs(unasked.map((submission) => ({ ...submission, askedAs: submission.jobId })));
  const [free, waiting] = [false, true].map((waits) =>
    kept.filter(({ record }) => ((record.dependency ?? "") !== "") === waits),
  );
  const queue = [...(free ?? [])];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await one(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  // What they wait for has its number by now.
  for (const submission of waiting ?? []) await one(submission);
  if (store.keys().length === 0) store.forgetStarts();
}

function runsOf(
  { jobId, submitTime }: KeptSubmission,
  runs: readonly AccountedRun[],
): readonly AccountedRun[] {
  return runs.filter((run) => run.jobId === jobId && run.submitTime === submitTime);
}

interface Restored {
  readonly submission: KeptSubmission;
  /** Of this submission, not of another that had its number. */
  readonly runs: readonly AccountedRun[];
  readonly started: ReadonlySet<number>;
  readonly renumbered: Map<number, number>;
  readonly numbers: { next: number };
}

async function restoreOne(parts: RestoreParts, restored: Restored): Promise<void> {
  const { slurm, store, log, tell } = parts;
  const { submission, runs, started, numbers } = restored;
  const { jobId, record, askedAs } = submission;
  const about = { jobId, user: record.user_name };
  const over = overOf(submission, runs);
  if (over === "all") return store.drop([submission]);
  const hasStarted = started.has(jobId) || runs.some((run) => run.hasStarted);
  const why = whyNotAgain(record, hasStarted);
  if (why !== undefined) {
    const known = await slurm.job(jobId);
    if (known.some((job) => isSame(job, submission))) return;
    log.error({ ...about, why }, "slurmctld forgot a job, which is lost");
    tellLost(tell, submission, why);
    return store.drop([submission]);
  }
  const { args, doubt, untold } = commandOf(submission, runs);
  for (let number = askedAs ?? jobId; ; number = numbers.next++) {
    // Written down by whoever begins; here only for a number that is new.
    if (number !== (askedAs ?? jobId)) store.askAs([{ ...submission, askedAs: number }]);
    const options = { jobId: number, args, hold: doubt, over, untold };
    const answer = await slurm.submit(
      describeAgain(submission, { ...options, renumbered: restored.renumbered }),
    );
    if (answer.kind === "duplicate") {
      // Kept on: it may be there and not saved.
      if (await isThere(parts, submission, number)) return;
      continue;
    }
    if (answer.kind === "refused") {
      log.error({ ...about, reason: answer.reason }, "slurmctld forgot a job and refuses it now");
      tellLost(tell, submission, `it is refused now: ${answer.reason}`);
    } else {
      restored.renumbered.set(jobId, number);
      log.warn({ ...about, as: number, held: doubt }, "slurmctld forgot a job: handed in again");
      tellRestored(tell, submission, { number, isHeld: doubt });
      if (doubt) log.warn({ ...about, as: number }, "its arguments are unknown: it is held");
      const [job] = await slurm.job(number);
      if (job !== undefined) return store.replace(submission, again(submission, job, number));
    }
    return store.drop([submission]);
  }
}

/** Kept as any new submission, from now on. */
function again(
  { script, environment, record: before }: KeptSubmission,
  job: JobRecord,
  jobId: number,
): KeptSubmission {
  const { sluice_streams: streams } = before;
  const record = streams === undefined ? job : { ...job, sluice_streams: streams };
  const submitTime = numberOf(record.submit_time) ?? 0;
  return { jobId, submitTime, record, script, environment, askedAs: undefined };
}

function whyNotAgain(record: JobRecord, hasStarted: boolean): string | undefined {
  if ((numberOf(record.het_job_id) ?? 0) > 0) return "it is a part of a heterogeneous job";
  return hasStarted && record.requeue !== true
    ? "it had started, and may not run twice (--no-requeue)"
    : undefined;
}

/** Which tasks of it ended. */
function overOf(
  { record }: KeptSubmission,
  runs: readonly AccountedRun[],
): ReadonlySet<number> | "all" {
  const ended = runs.filter(({ state }) => OVER.test(state));
  const tasks = tasksOf(record);
  const over = new Set(ended.flatMap(({ taskId }) => (taskId === undefined ? [] : [taskId])));
  if (tasks.length === 0) return ended.length > 0 ? "all" : over;
  return tasks.every((task) => over.has(task)) ? "all" : over;
}

/** What only the command says, as far as accounting has it. */
function commandOf({ record, script }: KeptSubmission, runs: readonly AccountedRun[]) {
  const text = Buffer.from(script).toString("utf8");
  const command = typeof record.command === "string" ? record.command : "";
  const line = runs.find(({ submitLine }) => submitLine !== "")?.submitLine;
  const found = line === undefined ? undefined : argumentsIn(line, command);
  const doubt = found === undefined && command !== "" && line === undefined && readsArguments(text);
  return { args: found ?? [], doubt, untold: untoldOf(line, text) };
}

/** The job that we kept, as slurmctld saved it; not one that has been given its number since. */
function isSame(job: JobRecord, { record, submitTime }: KeptSubmission): boolean {
  const time = (job.submit_time as { readonly number?: number } | undefined)?.number;
  if (job.user_id !== record.user_id || time === undefined) return false;
  return time === submitTime || (time > submitTime && Number(job.restart_cnt) > 0);
}

/** Whether the job with this number is the one that we kept, or one that was made of it. */
async function isThere(
  { slurm, files }: RestoreParts,
  submission: KeptSubmission,
  number: number,
): Promise<boolean> {
  const jobs = await slurm.job(number);
  if (number === submission.jobId && jobs.some((job) => isSame(job, submission))) return true;
  // Killed between the asking and the answer, somebody before us may have made it.
  if (number !== submission.askedAs) return false;
  const { record, script, environment } = submission;
  const [job] = jobs;
  const found = await files(number);
  if (job === undefined || found === undefined) return false;
  const alike = ["user_id", "name", "current_working_directory"];
  const isAlike = alike.every((name) => job[name] === record[name]);
  return (
    isAlike &&
    Buffer.compare(found.script, script) === 0 &&
    textsOf(found.environment) === textsOf(environment)
  );
}

/** slurmrestd adds some of its own. */
function textsOf(environment: Uint8Array): string {
  const words = Buffer.from(environment).subarray(4).toString("latin1").split("\0");
  return words.filter((word) => word.includes("=") && !word.startsWith("SLURM_")).join("\0");
}
