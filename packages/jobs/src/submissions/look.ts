import type { Gateway } from "@sluice/gateway";
import { gather } from "./gather.ts";
import type { SubmissionRow } from "./store.ts";
import { tagOf } from "./tag.ts";

/** Where a submission's job is. */
export type Found =
  /** slurmctld knows it. */
  | { readonly where: "queue"; readonly jobId: number }
  /** It is over; of an array or a job of several parts, some of it. */
  | { readonly where: "history"; readonly jobId: number }
  | { readonly where: "nowhere" };

/** Clocks of heads and of servers differ, and accounting counts whole seconds. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

/**
 * Looks for jobs by their submissions' tags, in slurmctld's queue first and then among what ended.
 * All who ask meanwhile share the next look. A job that accounting has as pending or running proves
 * nothing: slurmdbd hears of jobs that slurmctld forgets.
 */
export function createLooker(gateway: () => Promise<Gateway>, now: () => Date) {
  return gather(async (rows: readonly SubmissionRow[]): Promise<readonly Found[]> => {
    const head = await gateway();
    const [tags, jobs] = await Promise.all([
      head.find(rows.map(({ id }) => tagOf(id))),
      head.queue(),
    ]);
    const owners = new Map(jobs.map(({ id, user }) => [id, user]));
    const queued = (row: SubmissionRow): Found | undefined => {
      const jobId = tags.get(tagOf(row.id));
      // Anybody may write anybody's tag into a job of their own.
      const isIts = jobId !== undefined && owners.get(jobId) === row.unix_user;
      return isIts ? { where: "queue", jobId } : undefined;
    };
    const unseen = rows.filter((row) => queued(row) === undefined);
    const ended = unseen.length === 0 ? new Map<string, number>() : await over(head, unseen, now());
    return rows.map((row) => {
      const jobId = ended.get(row.id);
      return (
        queued(row) ?? (jobId === undefined ? { where: "nowhere" } : { where: "history", jobId })
      );
    });
  }, 5000);
}

async function over(
  gateway: Gateway,
  rows: readonly SubmissionRow[],
  now: Date,
): Promise<ReadonlyMap<string, number>> {
  const earliest = Math.min(...rows.map(startOf));
  const ended = new Map<string, number>();
  const byTag = new Map(rows.map((row) => [tagOf(row.id), row]));
  const byJob = new Map(rows.map((row) => [row.job_id, row]));
  const range = {
    since: new Date(earliest),
    until: new Date(now.getTime() + CLOCKS_DIFFER_MS),
  };
  for await (const job of gateway.history(range)) {
    // A task of an array has a number of its own; who submits is told the array's.
    const jobId = job.arrayJobId ?? job.id;
    const row = (job.tag === undefined ? undefined : byTag.get(job.tag)) ?? byJob.get(jobId);
    if (row === undefined || job.endTime === undefined) continue;
    const isItsOwn =
      job.tag === tagOf(row.id) ||
      // Accounting that does not keep tags has the number, the user and the time.
      (job.tag === undefined &&
        job.user === row.unix_user &&
        (job.submitTime?.getTime() ?? 0) >= startOf(row));
    // Of a job of several parts the first one's.
    if (isItsOwn) ended.set(row.id, Math.min(jobId, ended.get(row.id) ?? jobId));
  }
  return ended;
}

function startOf({ created_at }: SubmissionRow): number {
  return created_at.getTime() - CLOCKS_DIFFER_MS;
}
