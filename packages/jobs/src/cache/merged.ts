import type { HistoryJob, QueueJob } from "@sluice/gateway";
import { ClusterJobs } from "./cluster-jobs.ts";
import type { CachedJob } from "./contract.ts";

/** Jobs of one look at slurmctld and one at accounting, each once, the newest submission first. */
export async function mergedJobs(
  cluster: string,
  told: { readonly queue: readonly QueueJob[]; readonly history: readonly HistoryJob[] },
  now: Date,
): Promise<readonly CachedJob[]> {
  const jobs = new ClusterJobs(cluster);
  await jobs.takeQueue(told.queue, now);
  jobs.takeHistory(told.history);
  const submitted = ({ submitTime }: CachedJob) => submitTime?.getTime() ?? 0;
  return Array.from({ length: jobs.table.end }, (_, row) => jobs.view(row)).toSorted(
    (a, b) => submitted(b) - submitted(a) || b.id - a.id,
  );
}
