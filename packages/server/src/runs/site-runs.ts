import {
  type Applications,
  createApplications,
  createRunJobs,
  createRuns,
  type JobCache,
  type RunNews,
  type Runs,
  type Submissions,
} from "@sluice/jobs";
import type { ServerConfig } from "../config/schema.ts";
import type { ServerDeps } from "../deps.ts";
import type { SiteEvent } from "../events/hub.ts";

export interface SiteRunsParts
  extends Pick<ServerDeps, "clusters" | "clock" | "database" | "events" | "log" | "random"> {
  readonly submissions: Submissions;
  readonly jobs: JobCache;
  readonly config: ServerConfig["Runs"];
}

export interface SiteRuns {
  readonly applications: Applications;
  readonly runs: Runs;
  /** Puts in what comes along on a first start, then follows and purges runs until the signal. */
  work(signal: AbortSignal): Promise<void>;
}

/** Applications and runs of the site; what becomes of a run is an event with the topic `run`. */
export function createSiteRuns(parts: SiteRunsParts): SiteRuns {
  const { clusters, clock, config, database, events, jobs, log, random, submissions } = parts;
  const gateway = async (cluster: string) => (await clusters.get(cluster)).gateway();
  const applications = createApplications({ database, clock, random });
  const runs = createRuns({
    ...{ database, applications, submissions, gateway, clock, random, log },
    jobs: createRunJobs(jobs, gateway, clock),
    settings: { base: config.Folder, keepSeconds: secondsOf(config.KeepDays) },
    told: (news) => events.publish(eventOf(news)),
  });
  return {
    applications,
    runs,
    work: async (signal) => {
      try {
        await applications.seed();
      } catch (err) {
        log.error({ err }, "the applications that come along can't be put in");
      }
      await runs.run(signal);
    },
  };
}

/** Undefined: for good. */
function secondsOf(days: ServerConfig["Runs"]["KeepDays"]): number | undefined {
  return days === "Forever" ? undefined : days * 86_400;
}

function eventOf({ kind, run }: RunNews): SiteEvent {
  const { id, name, state, jobId, jobState, cluster, unixUser } = run;
  const data = { id, name, state, jobId, jobState, owner: run.owner };
  return { topic: "run", kind, cluster, unixUser, data };
}
