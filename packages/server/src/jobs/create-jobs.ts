import { createHash } from "node:crypto";
import {
  type CachedJob,
  createJobCache,
  isFinishedState,
  type JobCache,
  type JobChange,
  shownJob,
} from "@sluice/jobs";
import type { ServerDeps } from "../deps.ts";
import type { Sighting, SiteEvent } from "../events/hub.ts";

const WAITING: ReadonlySet<string> = new Set(["PENDING", "CONFIGURING", "REQUEUED"]);

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
  const sighting = sightingOf(job);
  return { topic: "job", kind, cluster, unixUser: job.user, account: job.account, data, sighting };
}

/** Every server sees every job; what accounting tells comes after what slurmctld did. */
export function sightingOf(job: CachedJob): Sighting {
  const rank = !job.isLive ? 3 : isFinishedState(job.state) ? 2 : WAITING.has(job.state) ? 0 : 1;
  const submitted = Math.floor((job.submitTime?.getTime() ?? 0) / 1000);
  return {
    subject: JSON.stringify(["job", job.cluster, job.id]),
    version: createHash("sha256").update(JSON.stringify(job)).digest("base64url"),
    order: (submitted * 16 + Math.min(job.restarts, 15)) * 4 + rank,
  };
}
