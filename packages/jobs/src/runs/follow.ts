import { isSluiceError, messageOf, SluiceError } from "@sluice/model";
import type { Submission } from "../submissions/index.ts";
import type { JobOfRun, RunJob, RunProblem, RunState } from "./contract.ts";
import type { InnerParts } from "./parts.ts";
import type { RunJobRequest } from "./prepare.ts";
import { FOLLOWED, type RunRow, runOf } from "./store.ts";

/** Of one question to the database. */
const MOST = 2000;
/** A submission that nobody has gone on with for so long was interrupted. */
const INTERRUPTED_MS = 30_000;
/** How long after its submission a job may come under another number. */
const RENUMBERED_MS = 24 * 3_600_000;
const ASK_AGAIN_MS = 60_000;
/** How long a job may be known to nobody; accounting that was away has caught up by then. */
const FORGOTTEN_MS = 24 * 3_600_000;

/** Of a run whose job is not seen: times in ms. */
export interface Unseen {
  /** Since when slurmctld and slurmdbd both answer and do not know it; undefined: they do not. */
  readonly unknownSince: number | undefined;
  /** When something was last done about it. */
  readonly askedAt: number;
}

/** Hands the job in. Errors: those of `Submissions.submit`. */
export async function launch(parts: InnerParts, row: RunRow): Promise<RunRow> {
  const { store, submissions, clock } = parts;
  try {
    const { jobId } = await submissions.submit(submissionOf(row));
    const now = clock.now();
    const state = { state: "queued", job_id: jobId, job_state: "PENDING", error: null } as const;
    await store.update(row.id, ["submitting"], { ...state, submitted_at: now, changed_at: now });
  } catch (error) {
    if (!isSluiceError(error) || !isRefusal(error.code)) {
      await store.update(row.id, ["submitting"], { error: problemText(error) });
      throw error;
    }
    await end(parts, row, ["submitting"], { state: "failed", error: problemText(error) });
    throw error;
  }
  return tell(parts, row.id, row);
}

function submissionOf(row: RunRow): Submission {
  return {
    cluster: row.cluster,
    unixUser: row.unix_user,
    principalId: row.owner_id,
    // The run is one job for ever, whoever died in between.
    idempotencyKey: `run:${row.id}`,
    job: (JSON.parse(row.request ?? "null") as RunJobRequest).job,
  };
}

/** Slurm said no, or would never get it: asking again changes nothing. */
function isRefusal(code: string): boolean {
  return ["SLURM_REFUSED", "SBATCH_OPTION_REFUSED", "IDEMPOTENCY_KEY_REUSED"].includes(code);
}

/** Goes on with submissions that were interrupted, and looks at the jobs of all runs. */
export async function follow(
  parts: InnerParts,
  unseen: Map<string, Unseen>,
  atOnce = MOST,
): Promise<void> {
  const { store, clock, log } = parts;
  const before = new Date(clock.now().getTime() - INTERRUPTED_MS);
  for (const row of await store.interrupted(before, atOnce)) {
    try {
      // Another server that looks finds it changed.
      await store.update(row.id, ["submitting"], { changed_at: clock.now() });
      await launch(parts, row);
    } catch (error) {
      log?.warn({ run: row.id, error: messageOf(error) }, "a run is not submitted yet");
    }
  }
  const followed = new Set<string>();
  for (let after = ""; ; ) {
    const rows = await store.followed(after, atOnce);
    await lookAtAll(parts, rows, unseen);
    for (const { id } of rows) followed.add(id);
    const last = rows.at(-1);
    if (last === undefined || rows.length < atOnce) break;
    after = last.id;
  }
  for (const id of unseen.keys()) if (!followed.has(id)) unseen.delete(id);
}

async function lookAtAll(
  parts: InnerParts,
  rows: readonly RunRow[],
  unseen: Map<string, Unseen>,
): Promise<void> {
  const launched = rows.flatMap((row) => {
    const job = jobOf(row);
    return job === undefined ? [] : [{ row, job }];
  });
  for (const [cluster, runs] of Map.groupBy(launched, ({ row }) => row.cluster)) {
    const found = parts.jobs.find(
      cluster,
      runs.map(({ job }) => job),
    );
    for (const { row, job } of runs) {
      try {
        const now = found.get(job.jobId);
        if (now === undefined || now === "unknown") await missed(parts, { row, job }, now, unseen);
        else {
          unseen.delete(row.id);
          await take(parts, row, now);
        }
      } catch (error) {
        const about = { run: row.id, error: messageOf(error) };
        parts.log?.warn(about, "the job of a run can't be looked at");
      }
    }
  }
}

function jobOf({ job_id, unix_user }: RunRow): JobOfRun | undefined {
  return job_id === null ? undefined : { jobId: job_id, user: unix_user };
}

/** Nobody tells of the job. */
async function missed(
  parts: InnerParts,
  { row, job }: { readonly row: RunRow; readonly job: JobOfRun },
  told: "unknown" | undefined,
  unseen: Map<string, Unseen>,
): Promise<void> {
  const now = parts.clock.now().getTime();
  const before = unseen.get(row.id);
  const unknownSince = told === undefined ? undefined : (before?.unknownSince ?? now);
  const isDue = before === undefined || now - before.askedAt >= ASK_AGAIN_MS;
  unseen.set(row.id, { unknownSince, askedAt: isDue ? now : before.askedAt });
  if (!isDue) return;
  const submittedAt = row.submitted_at ?? row.created_at;
  if (now - submittedAt.getTime() <= RENUMBERED_MS) return renumber(parts, row);
  if (unknownSince === undefined || now - unknownSince < FORGOTTEN_MS) return;
  const found = await parts.jobs.search(row.cluster, job, submittedAt);
  if (found !== undefined) return take(parts, row, found);
  const forgotten = new SluiceError(
    "RUN_JOB_UNKNOWN",
    "system",
    `Slurm has known nothing of job ${job.jobId} for a day`,
    { hint: "its output may tell what became of it; submit the run again if it is wanted" },
  );
  await end(parts, row, FOLLOWED, { state: "failed", error: problemText(forgotten) });
}

/** slurmctld may have forgotten the job, and the submission have been made again. */
async function renumber(parts: InnerParts, row: RunRow): Promise<void> {
  const { jobId } = await parts.submissions.submit(submissionOf(row));
  if (jobId === row.job_id) return;
  await parts.store.update(row.id, FOLLOWED, { job_id: jobId, changed_at: parts.clock.now() });
  await tell(parts, row.id, row);
}

/** What Slurm says of the job is what the run is. */
async function take(parts: InnerParts, row: RunRow, job: RunJob): Promise<void> {
  const { store, clock } = parts;
  const now = clock.now();
  const startedAt = job.startedAt ?? row.started_at;
  if (job.isLive) {
    const isSame =
      job.state === row.state &&
      job.jobState === row.job_state &&
      startedAt?.getTime() === row.started_at?.getTime();
    if (isSame) return;
    const change = { state: job.state, job_state: job.jobState, started_at: startedAt };
    await store.update(row.id, FOLLOWED, { ...change, changed_at: now });
    await tell(parts, row.id, row);
    return;
  }
  await end(parts, row, FOLLOWED, {
    state: job.state,
    job_state: job.jobState,
    started_at: startedAt,
    ended_at: job.endedAt ?? now,
  });
}

async function end(
  parts: InnerParts,
  row: RunRow,
  from: readonly RunState[],
  change: {
    readonly state: RunState;
    readonly job_state?: string;
    readonly started_at?: Date | null;
    readonly ended_at?: Date;
    readonly error?: string;
  },
): Promise<void> {
  const now = parts.clock.now();
  const endedAt = change.ended_at ?? now;
  const expires = row.keep_seconds === null ? null : later(endedAt, row.keep_seconds);
  const times = { ended_at: endedAt, expires_at: expires, changed_at: now };
  await parts.store.update(row.id, from, { ...change, ...times });
  await tell(parts, row.id, row);
}

/** Publishes what the run is now. */
export async function tell(parts: InnerParts, id: string, before: RunRow): Promise<RunRow> {
  const row = (await parts.store.row(id)) ?? before;
  parts.told?.({ kind: "changed", run: runOf(row) });
  return row;
}

export function later(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}

export function problemText(error: unknown): string {
  const problem: RunProblem = isSluiceError(error)
    ? {
        code: error.code,
        message: error.message.slice(0, 4000),
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      }
    : { code: "UNEXPECTED", message: "something unexpected happened; see the server's log" };
  return JSON.stringify(problem);
}
