import { historyJob, queueJob } from "../packages/jobs/src/cache/testing/simulated-slurm.ts";

export const JOBS = 100_000;
const LIVE = 2000;
const SPAN_MS = 29 * 24 * 3_600_000;
const began = Date.now();

/** Every one as different from the others as jobs of many people are. */
function about(index: number) {
  const user = `user${index % 200}`;
  const folder = `/shared/home/${user}/projects/p${index % 37}/run-${index}`;
  return {
    id: index + 1,
    name: `align-sample-${index}`,
    user,
    account: `group${index % 30}`,
    partition: `queue${index % 8}`,
    nodes: `queue${index % 8}-dy-large-[${index % 90}-${(index % 90) + 3}]`,
    workingDirectory: folder,
    standardOutput: `${folder}/slurm-${index + 1}.out`,
    standardError: `${folder}/slurm-${index + 1}.out`,
  };
}

const PAST = JOBS - LIVE;
const STEP_MS = SPAN_MS / PAST;

/** Jobs that ended at even intervals, so that those of a range need not be looked for. */
async function* ended({ since, until }: { since: Date; until: Date }) {
  const at = (time: Date) => Math.ceil((time.getTime() - (began - SPAN_MS)) / STEP_MS);
  for (let index = Math.max(0, at(since)); index < Math.min(PAST, at(until)); index++) {
    const endTime = new Date(began - SPAN_MS + index * STEP_MS);
    const submitTime = new Date(endTime.getTime() - 3_600_000);
    const state = index % 17 === 0 ? "FAILED" : "COMPLETED";
    const tag = `sluice=00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
    const times = { submitTime, startTime: submitTime, endTime };
    yield historyJob({ ...about(index), tag, state, ...times });
  }
}

/** A cluster with so many jobs, of 29 days. */
export const gateway = {
  queue: async () =>
    Array.from({ length: LIVE }, (_, index) =>
      queueJob({
        ...about(JOBS - LIVE + index),
        state: index % 2 === 0 ? "RUNNING" : "PENDING",
        submitTime: new Date(began - index * 1000),
      }),
    ),
  history: ended,
};
