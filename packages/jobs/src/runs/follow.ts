import { isSluiceError, messageOf } from "@sluice/model";
import type { RunProblem, RunState } from "./contract.ts";
import type { InnerParts } from "./parts.ts";
import type { RunJobRequest } from "./prepare.ts";
import { FOLLOWED, type RunRow, runOf } from "./store.ts";

/** Of one pass. */
const MOST = 2000;
/** A submission that nobody has gone on with for so long was interrupted. */
const INTERRUPTED_MS = 30_000;
/** How long after its submission a job may come under another number. */
const RENUMBERED_MS = 24 * 3_600_000;
const ASK_AGAIN_MS = 60_000;

/** Hands the job in. Errors: those of `Submissions.submit`. */
export async function launch(parts: InnerParts, row: RunRow): Promise<RunRow> {
  const { store, submissions, clock } = parts;
  const { job } = JSON.parse(row.request ?? "null") as RunJobRequest;
  try {
    const { jobId } = await submissions.submit({
      cluster: row.cluster,
      unixUser: row.unix_user,
      principalId: row.owner_id,
      // The run is one job for ever, whoever died in between.
      idempotencyKey: `run:${row.id}`,
      job,
    });
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

/** Slurm said no, or would never get it: asking again changes nothing. */
function isRefusal(code: string): boolean {
  return ["SLURM_REFUSED", "SBATCH_OPTION_REFUSED", "IDEMPOTENCY_KEY_REUSED"].includes(code);
}

/** Goes on with submissions that were interrupted, and looks at jobs. */
export async function follow(parts: InnerParts, asked: Map<string, number>): Promise<void> {
  const { store, clock, log } = parts;
  const before = new Date(clock.now().getTime() - INTERRUPTED_MS);
  for (const row of await store.inStates(["submitting"], MOST, before)) {
    try {
      // Another server that looks finds it changed.
      await store.update(row.id, ["submitting"], { changed_at: clock.now() });
      await launch(parts, row);
    } catch (error) {
      log?.warn({ run: row.id, error: messageOf(error) }, "a run is not submitted yet");
    }
  }
  for (const row of await store.inStates(FOLLOWED, MOST)) {
    try {
      await look(parts, row, asked);
    } catch (error) {
      log?.warn({ run: row.id, error: messageOf(error) }, "the job of a run can't be looked at");
    }
  }
}

async function look(parts: InnerParts, row: RunRow, asked: Map<string, number>): Promise<void> {
  const { jobs, store, clock } = parts;
  if (row.job_id === null) return;
  const job = await jobs.find(row.cluster, row.job_id);
  const now = clock.now();
  if (job === undefined) {
    // slurmctld may have forgotten it, and the submission have been made again.
    const age = now.getTime() - (row.submitted_at ?? row.created_at).getTime();
    const last = asked.get(row.id) ?? Number.NEGATIVE_INFINITY;
    if (age > RENUMBERED_MS || now.getTime() - last < ASK_AGAIN_MS) return;
    asked.set(row.id, now.getTime());
    const { jobId } = await parts.submissions.submit({
      cluster: row.cluster,
      unixUser: row.unix_user,
      principalId: row.owner_id,
      idempotencyKey: `run:${row.id}`,
      job: (JSON.parse(row.request ?? "null") as RunJobRequest).job,
    });
    if (jobId === row.job_id) return;
    await store.update(row.id, FOLLOWED, { job_id: jobId, changed_at: now });
    await tell(parts, row.id, row);
    return;
  }
  asked.delete(row.id);
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
