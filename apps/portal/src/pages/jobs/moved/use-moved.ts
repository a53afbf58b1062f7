import { type MovedJobView, ROUTES } from "@sluice/api";
import type { UseQueryResult } from "@tanstack/react-query";
import { useRead } from "../../../frame/queries.ts";

/** The newest so many. */
export const MOST = 1000;
/** Milliseconds between two looks beside those that an event asks for. */
const LOOK = 60_000;

const QUERY = { query: { limit: MOST } } as const;

/** Jobs that went from a lost cluster to another, as far as one may see them. */
export function useMoved(): UseQueryResult<{ readonly items: readonly MovedJobView[] }> {
  return useRead(ROUTES.listMovedJobs, QUERY, {
    ...{ topics: ["job"], of: isMove, every: LOOK, staleTime: LOOK / 2 },
  });
}

/** Of events of jobs those that tell of a move. */
export function isMove(change: unknown): boolean {
  return typeof change === "object" && change !== null && "from" in change && "to" in change;
}

/** What became of a job, or where it came from; undefined for nearly all. */
export function movedOf(
  moved: readonly MovedJobView[] | undefined,
  job: { readonly cluster: string; readonly id: number; readonly arrayJobId?: number | undefined },
): MovedJobView | undefined {
  const { cluster, id, arrayJobId = id } = job;
  return moved?.find(
    (one) =>
      (one.cluster === cluster && (one.jobId === id || one.jobId === arrayJobId)) ||
      (one.from === cluster && (one.fromJobId === id || one.fromJobId === arrayJobId)),
  );
}
