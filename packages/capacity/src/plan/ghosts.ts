import type { JobRun, SlurmJob } from "@sluice/slurm";

/** A job that slurmctld takes for running and that is over. */
export interface Ghost {
  readonly jobId: number;
  /** Otherwise it can only be cancelled. */
  readonly canRequeue: boolean;
  readonly reason: string;
}

/** Times of the two sides are whole seconds, each rounded by itself. */
const SAME_START_MILLISECONDS = 2000;

/** Jobs that may be ghosts: who started after slurmctld did was not forgotten by it. */
export function suspects(jobs: readonly SlurmJob[], startedAt: Date): readonly SlurmJob[] {
  // `startedAt` is rounded down to a whole second.
  const until = startedAt.getTime() + 1000;
  return jobs.filter(
    ({ state, startTime }) =>
      state === "RUNNING" && startTime !== undefined && startTime.getTime() < until,
  );
}

/**
 * Jobs that ended in the seconds before slurmctld was killed: it had told accounting of that, but
 * not yet written its own state. No node runs them, and they would hold their nodes until slurmctld
 * finds out, which takes it up to half an hour for a batch job, and for ever for another.
 */
export function ghostsOf(
  jobs: readonly SlurmJob[],
  runs: readonly JobRun[],
  startedAt: Date,
): readonly Ghost[] {
  const lastRun = new Map(runs.map((run) => [run.jobId, run]));
  return suspects(jobs, startedAt).flatMap(({ id, startTime, canRequeue }) => {
    const { state, start, end } = lastRun.get(id) ?? {};
    if (startTime === undefined || start === undefined || end === undefined) return [];
    // An end since then is one that this slurmctld knows of, or is about to show.
    if (end > startedAt) return [];
    // Another run's end.
    if (Math.abs(start.getTime() - startTime.getTime()) > SAME_START_MILLISECONDS) return [];
    const what = `it ended (${state}) while slurmctld could not write it down`;
    const reason = canRequeue
      ? `${what}; Slurm runs it again`
      : `${what}, and can't be requeued; its nodes are free again`;
    return [{ jobId: id, canRequeue, reason }];
  });
}
