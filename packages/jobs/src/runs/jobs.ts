import type { Gateway, HistoryJob } from "@sluice/gateway";
import type { Clock } from "@sluice/model";
import { type JobCache, mergedJobs } from "../cache/index.ts";
import type { RunJob, RunJobs } from "./contract.ts";
import { jobOfTasks, runStateOf } from "./state.ts";

/** Clocks of heads and of servers differ. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

/**
 * Jobs of runs, by the cache that all who look share; before something is taken away or given up, by
 * slurmctld and slurmdbd themselves.
 */
export function createRunJobs(
  cache: Pick<JobCache, "known" | "status">,
  gateway: (cluster: string) => Promise<Pick<Gateway, "queue" | "history">>,
  clock: Pick<Clock, "now">,
): RunJobs {
  return {
    find(cluster, jobs) {
      const known = cache.known(
        cluster,
        jobs.map(({ jobId }) => jobId),
      );
      const status = cache.status().find((one) => one.cluster === cluster);
      const isHeard = status?.problem === undefined && status?.historyAt !== undefined;
      const found = new Map<number, RunJob | "unknown">();
      for (const { jobId, user } of jobs) {
        const job = jobOfTasks((known.get(jobId) ?? []).filter((task) => task.user === user));
        if (job !== undefined) found.set(jobId, job);
        else if (isHeard) found.set(jobId, "unknown");
      }
      return found;
    },

    async search(cluster, { jobId, user }, submittedAt) {
      const head = await gateway(cluster);
      const isIts = (job: Pick<HistoryJob, "id" | "arrayJobId" | "user">) =>
        (job.id === jobId || job.arrayJobId === jobId) && job.user === user;
      const queue = (await head.queue()).filter(isIts);
      const now = clock.now();
      const since = new Date(submittedAt.getTime() - CLOCKS_DIFFER_MS);
      const until = new Date(now.getTime() + CLOCKS_DIFFER_MS);
      const history: HistoryJob[] = [];
      for await (const job of head.history({ since, until })) if (isIts(job)) history.push(job);
      return jobOfTasks(await mergedJobs(cluster, { queue, history }, now));
    },

    isLive: async (cluster, jobId) => {
      const jobs = await (await gateway(cluster)).queue();
      return jobs.some(({ id, arrayJobId, state }) => {
        if (id !== jobId && arrayJobId !== jobId) return false;
        const of = runStateOf(state);
        return of === undefined || of === "queued" || of === "running";
      });
    },
  };
}
