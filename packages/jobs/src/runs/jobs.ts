import type { Gateway } from "@sluice/gateway";
import type { JobCache } from "../cache/index.ts";
import type { RunJobs } from "./contract.ts";
import { jobOfTasks, runStateOf } from "./state.ts";

/**
 * Jobs of runs, by the cache that all who look share; before something is taken away, by slurmctld
 * itself.
 */
export function createRunJobs(
  cache: Pick<JobCache, "find">,
  gateway: (cluster: string) => Promise<Pick<Gateway, "queue">>,
): RunJobs {
  return {
    find: async (cluster, jobId) =>
      jobOfTasks(await cache.find(cluster, { id: jobId, text: String(jobId) })),
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
