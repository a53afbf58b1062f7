import { createJobCache, type JobCache, type JobChange, shownJob } from "@sluice/jobs";
import type { ServerDeps } from "../deps.ts";
import type { SiteEvent } from "../events/hub.ts";

export interface SiteJobsParts extends Pick<ServerDeps, "clusters" | "clock" | "events"> {
  /** How far back jobs are shown; 30 when missing. */
  readonly days?: number;
}

/** The jobs of every cluster that is served; what changes is an event with the topic `job`. */
export function createSiteJobs({ clusters, clock, events, days }: SiteJobsParts): JobCache {
  return createJobCache({
    ...{ clusters, clock },
    ...(days === undefined ? {} : { days }),
    publish: (change) => events.publish(eventOf(change, clock.now())),
  });
}

function eventOf(change: JobChange, now: Date): SiteEvent {
  const { kind, cluster } = change;
  if (kind === "many") {
    return { topic: "job", kind: "changed", cluster, data: { count: change.count } };
  }
  const { job } = change;
  const data = shownJob(job, now);
  return { topic: "job", kind, cluster, unixUser: job.user, account: job.account, data };
}
