import type { Log } from "@sluice/capacity";
import { argumentsIn, readsArguments } from "./arguments.ts";
import type {
  AccountedRun,
  JobFiles,
  JobRecord,
  JournalSlurm,
  KeptSubmission,
} from "./contract.ts";
import { describeAgain, numberOf, tasksOf } from "./describe.ts";
import { type Tell, tellLost, tellRestored } from "./news.ts";
import { recall } from "./recall.ts";
import type { JournalStore, SubmissionKey } from "./store.ts";
import { untoldOf } from "./untold.ts";

export interface RestoreParts {
  readonly slurm: JournalSlurm;
  readonly store: JournalStore;
  readonly files: (jobId: number) => Promise<JobFiles | undefined>;
  /** What accounting has of all that is kept; undefined while it does not answer. */
  readonly runs: readonly AccountedRun[] | undefined;
  /** Those to hand in; missing: all. */
  readonly only?: readonly SubmissionKey[] | undefined;
  /** How often in a row what slurmctld said could not be read. */
  readonly reading: { failures: number };
  /** New numbers of those before; what depends on them learns of it. */
  readonly renumbered: Map<number, number>;
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
 * While accounting does not answer, what it must be asked about waits: what may have run, and scripts
 * that seem to read arguments. Throws while slurmctld does not answer; what was done by then is done.
 *
 * @returns those that wait.
 */
export async function restore(parts: RestoreParts): Promise<readonly SubmissionKey[]> {
  const { store, slurm, only, renumbered } = parts;
  if (store.keys().length === 0) return [];
  const [all] = await Promise.all([recall(parts), slurm.ready()]);
  const highest = Math.max(0, ...all.map(({ jobId, askedAs }) => Math.max(jobId, askedAs ?? 0)));
  const numbers = { next: highest + 1 };
  const started = store.started();
  const kept = only === undefined ? all : all.filter((one) => only.some((key) => isKey(one, key)));
  const waiting = parts.runs === undefined ? waitingOf(kept, started, all) : [];
  const now = kept.filter((one) => !waiting.includes(one));
  const one = (submission: KeptSubmission): Promise<void> => {
    const runs = runsOf(submission, parts.runs ?? []);
    return restoreOne(parts, { submission, runs, started, renumbered, numbers });
  };
  const unasked = now.filter(({ askedAs }) => askedAs === undefined);
  store.askAs(unasked.map((submission) => ({ ...submission, askedAs: submission.jobId })));
  const queue = now.filter(({ record }) => !isDependent(record));
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await one(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  // What they wait for has its number by now.
  for (const submission of now.filter(({ record }) => isDependent(record))) await one(submission);
  if (store.keys().length === 0) store.forgetStarts();
  return waiting.map(({ jobId, made }) => ({ jobId, made }));
}

function isKey(one: SubmissionKey, { jobId, made }: SubmissionKey): boolean {
  return one.jobId === jobId && one.made === made;
}

function isDependent({ dependency }: JobRecord): boolean {
  return (dependency ?? "") !== "";
}

/** Which of them accounting must be asked about first, and what depends on those. */
function waitingOf(
  kept: readonly KeptSubmission[],
  started: ReadonlySet<number>,
  all: readonly KeptSubmission[],
): readonly KeptSubmission[] {
  const ids = new Set(all.map(({ jobId }) => jobId));
  // A task of an array starts under a number of its own, and nobody says of which.
  const taskStarted = [...started].some((jobId) => !ids.has(jobId));
  const waiting: KeptSubmission[] = [];
  for (const one of kept) {
    const { jobId, record } = one;
    const mayHaveRun = started.has(jobId) || (taskStarted && tasksOf(record).length > 0);
    const on = new Set(
      String(record.dependency ?? "")
        .match(/(?<=:)\d+/g)
        ?.map(Number),
    );
    const waits = waiting.some((other) => on.has(other.jobId));
    if (mayHaveRun || waits || commandOf(one, []).doubt) waiting.push(one);
  }
  return waiting;
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
      const kept = await again(parts, submission, number);
      if (kept !== undefined) return store.replace(submission, kept);
    }
    return store.drop([submission]);
  }
}

/** Kept as any new submission, from now on; undefined when it is gone already. */
async function again(
  { slurm, files }: RestoreParts,
  { record: before }: KeptSubmission,
  jobId: number,
): Promise<KeptSubmission | undefined> {
  const [job] = await slurm.job(jobId);
  const found = job === undefined ? undefined : await files(jobId);
  if (job === undefined || found === undefined) return undefined;
  const { sluice_streams: streams } = before;
  const record = streams === undefined ? job : { ...job, sluice_streams: streams };
  const submitTime = numberOf(record.submit_time) ?? 0;
  return { ...found, jobId, submitTime, record, askedAs: undefined };
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
