import { createUsage, isFinishedState, type JobCache, type SiteUsage } from "@sluice/jobs";
import type { ServerDeps } from "../deps.ts";

export interface SiteUsageParts
  extends Pick<ServerDeps, "clusters" | "clock" | "database" | "events" | "log"> {
  readonly jobs: JobCache;
}

export interface SiteUsageWork {
  readonly usage: SiteUsage;
  /** Reads accounting until the signal fires. */
  work(signal: AbortSignal): Promise<void>;
}

/** What is used on the clusters of the site; soon after a job ended it is known. */
export function createSiteUsage(parts: SiteUsageParts): SiteUsageWork {
  const { events } = parts;
  const usage = createUsage(parts);
  return {
    usage,
    work: async (signal) => {
      events.subscribe({
        wants: ({ topic, data }) => topic === "job" && mayBeEnd(data),
        listener: ({ cluster }) => {
          if (cluster !== undefined) usage.expect(cluster);
        },
        signal,
      });
      await usage.run(signal);
    },
  };
}

/** The end of a job, or of one of its runs; so many changes that they are told as one may be, too. */
function mayBeEnd(data: unknown): boolean {
  const { state, restarts } = (data ?? {}) as {
    readonly state?: unknown;
    readonly restarts?: unknown;
  };
  if (typeof state !== "string") return true;
  return isFinishedState(state) || (typeof restarts === "number" && restarts > 0);
}
