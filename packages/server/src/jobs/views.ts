import type { JobsStatus } from "@sluice/api";
import type { JobCacheStatus } from "@sluice/jobs";

export function statusView(status: JobCacheStatus): JobsStatus {
  const { cluster, queueAt, historyAt, historyFrom, problem } = status;
  return {
    cluster,
    ...(queueAt === undefined ? {} : { queueAt: queueAt.toISOString() }),
    ...(historyAt === undefined ? {} : { historyAt: historyAt.toISOString() }),
    ...(historyFrom === undefined ? {} : { historyFrom: historyFrom.toISOString() }),
    ...(problem === undefined ? {} : { problem }),
  };
}
