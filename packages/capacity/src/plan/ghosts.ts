import type { JobRun, SlurmJob, SlurmNode } from "@sluice/slurm";
import { isReady } from "../observe/node-phase.ts";
import type { Demand } from "../observe/snapshot.ts";

/** A job that slurmctld takes for running and that is over. */
export interface Ghost {
  readonly jobId: number;
  /** Otherwise it can only be cancelled. */
  readonly canRequeue: boolean;
  readonly reason: string;
}

/** Times of the two sides are whole seconds, each rounded by itself. */
const SAME_START_MILLISECONDS = 2000;

/** `startedAt` is in whole seconds, rounded down, so it may have been up to a second later. */
function isBefore(time: Date | undefined, startedAt: Date): boolean {
  return time !== undefined && time.getTime() < startedAt.getTime() + 1000;
}

/** Jobs that may be ghosts: who started after slurmctld did was not forgotten by it. */
export function suspects(jobs: readonly SlurmJob[], startedAt: Date): readonly SlurmJob[] {
  return jobs.filter((job) => job.state === "RUNNING" && isBefore(job.startTime, startedAt));
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

/**
 * Jobs that wait for their start and may have been launched already, by a slurmctld that was killed
 * before it wrote that down. A node remembers a job until it is told to end it, and refuses the
 * same job a second time: it is drained (`Duplicate jobid`), and the job waits for half a minute.
 * A job that is given back is ended on its nodes first.
 */
export function maybeLaunched(
  waiting: readonly Demand[],
  jobs: readonly SlurmJob[],
  nodes: readonly SlurmNode[],
  startedAt: Date,
): readonly number[] {
  const ready = new Set(nodes.filter(isReady).map(({ name }) => name));
  const old = jobs.filter((job) => job.canRequeue && isBefore(job.submitTime, startedAt));
  const ids = new Set(old.map(({ id }) => id));
  return waiting
    .filter((one) => ids.has(one.jobId) && one.nodes.every((name) => ready.has(name)))
    .map(({ jobId }) => jobId);
}
