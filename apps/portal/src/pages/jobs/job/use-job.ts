import { type JobDetail, type JobTimeline, ROUTES } from "@sluice/api";
import type { UseQueryResult } from "@tanstack/react-query";
import { useCallback } from "react";
import { useParams } from "react-router";
import { useRead } from "../../../frame/queries.ts";
import { concerns } from "./reference.ts";

export interface ShownJob {
  readonly cluster: string;
  /** As the address has it: a job, an array, or tasks of one. */
  readonly reference: string;
  readonly job: UseQueryResult<JobDetail>;
  readonly timeline: UseQueryResult<JobTimeline>;
}

/** Milliseconds between two looks at a job whose machines are on their way: no event tells of each. */
const WHILE_WAITING = 5_000;

/** The job of the address, read again when something happens to it. */
export function useJob(): ShownJob {
  const { cluster = "", job: reference = "" } = useParams();
  const request = { params: { cluster, job: reference } };
  const of = useCallback((change: unknown) => concerns(reference, change), [reference]);
  const live = { topics: ["job"], of } as const;
  const job = useRead(ROUTES.getJob, request, live);
  const isWaiting = job.data !== undefined && ["PENDING", "CONFIGURING"].includes(job.data.state);
  const timeline = useRead(ROUTES.getJobTimeline, request, {
    ...live,
    ...(isWaiting ? { every: WHILE_WAITING } : {}),
  });
  return { cluster, reference, job, timeline };
}
