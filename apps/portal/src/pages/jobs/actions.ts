import { type Job, type Me, ROUTES } from "@sluice/api";
import { queryClient, readAgain } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import { mayBe } from "../../frame/session.tsx";
import type { JobAction } from "./fits.ts";

const ROUTE_OF = {
  cancel: ROUTES.cancelJob,
  hold: ROUTES.holdJob,
  release: ROUTES.releaseJob,
  requeue: ROUTES.requeueJob,
} as const;

/** Whether somebody may act on a job: it is theirs, or they are an operator of its cluster. */
export function mayAct(me: Me, { cluster, user }: Pick<Job, "cluster" | "user">): boolean {
  if (mayBe(me, "operator", cluster)) return true;
  return me.unixUser === user && mayBe(me, "user", cluster);
}

/** Errors: as the client's. */
export async function act(
  action: JobAction,
  { cluster, label }: Pick<Job, "cluster" | "label">,
): Promise<void> {
  await server.call(ROUTE_OF[action], { params: { cluster, job: label } });
}

/** What shows jobs is read again. */
export async function readJobsAgain(): Promise<void> {
  await readAgain(queryClient, [ROUTES.listAllJobs, ROUTES.getJob, ROUTES.getJobTimeline]);
}
