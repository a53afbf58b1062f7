import type { SlurmJob, SlurmNode } from "@sluice/slurm";
import { phaseOf } from "../observe/node-phase.ts";

/**
 * Until then a launch that does not get through is tried again: a node that is silent for so long is
 * DOWN (SlurmdTimeout, and a ping's time), and its job went back to the queue.
 */
const TRIED_MILLISECONDS = 300_000;

/**
 * Batch jobs whose script may never have come to their node: slurmctld was sending it when it was
 * killed, and takes it for sent since. It asks all nodes what they run, fifty a minute, so that it
 * may take twenty minutes until it knows.
 */
export function launchesInDoubt(jobs: readonly SlurmJob[], startedAt: Date): readonly SlurmJob[] {
  // `startedAt` is rounded down to a whole second.
  const until = startedAt.getTime() + 1000;
  return jobs.filter(({ state, isBatch, startTime }) => {
    if (state !== "RUNNING" || !isBatch || startTime === undefined) return false;
    const start = startTime.getTime();
    return start < until && start >= until - TRIED_MILLISECONDS;
  });
}

/** Where their scripts should be. */
export function hostsOf(jobs: readonly SlurmJob[]): readonly string[] {
  return [...new Set(jobs.flatMap(({ batchHost }) => batchHost ?? []))];
}

/**
 * Those that may be released, which is how one is asked what it runs: released already, so that
 * nothing that somebody holds is let go.
 */
export function askable(nodes: readonly SlurmNode[]): readonly string[] {
  return nodes
    .filter((node) => {
      const phase = phaseOf(node);
      const isThere = phase === "up" || phase === "silent";
      return isThere && !node.flags.has("DRAIN") && !node.flags.has("POWER_DOWN");
    })
    .map(({ name }) => name);
}
