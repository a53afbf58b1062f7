import { type ClusterRecord, isInService, revokeJobs } from "@sluice/cloud";
import {
  createFailover,
  type Failover,
  type JobCache,
  type MovableSubmission,
  type MovedSubmission,
} from "@sluice/jobs";
import { startCluster } from "@sluice/lifecycle";
import { messageOf } from "@sluice/model";
import { submissionTag } from "@sluice/slurm";
import type { ServedCluster } from "../clusters/directory.ts";
import type { ServerConfig } from "../config/schema.ts";
import type { ServerDeps } from "../deps.ts";
import { LossWatch } from "./loss-watch.ts";
import { targetOf } from "./targets.ts";

export interface SiteFailoverParts
  extends Pick<ServerDeps, "clusters" | "clock" | "database" | "events" | "log"> {
  readonly jobs: Pick<JobCache, "known" | "status">;
  readonly config: ServerConfig["Failover"];
}

export interface SiteFailover extends Failover {
  /** Looks after clusters that are lost until the signal fires; one server of the site does. */
  work(signal: AbortSignal): Promise<void>;
}

/** What requests ask of it. */
export type SiteLosses = Omit<SiteFailover, "work" | "pass">;

/** Seconds between two passes. */
const PASS_SECONDS = 2;
/** A head that was not heard for so long says nothing of its jobs. Milliseconds. */
const HEARD_MS = 60_000;
/** Of a question about jobs that began; more are asked about with the next pass. */
const MOST_KNOWN = 5000;

/** What becomes of jobs that wait on a lost cluster is an event with the topic `job`. */
export function createSiteFailover(parts: SiteFailoverParts): SiteFailover {
  const { clock, clusters, database, events, log, config } = parts;
  const served = async () => {
    const lost = new Set((await failover.losses()).map(({ cluster }) => cluster));
    const all = await clusters.list();
    return all.filter(({ name, record }) => !lost.has(name) && isInService(record.status));
  };
  const failover = createFailover({
    ...{ clock, database, log },
    fence: async (name) => {
      const { cloud } = await clusters.get(name);
      const fenced = await cloud.infrastructure.fence?.(name);
      await clusters.refresh();
      return fenced ?? "unsure";
    },
    revoke: async (name, tags) => {
      const { cloud } = await clusters.get(name);
      const registers = cloud.infrastructure.registers?.(name);
      if (registers === undefined) return false;
      await revokeJobs(registers, tags);
      return true;
    },
    release: async (name) => {
      const { cloud } = await clusters.get(name);
      await startCluster({ cloud, name, clock });
      await clusters.refresh();
    },
    started: async (name, jobIds) => begunOf(parts, name, jobIds),
    hasEnded: async (submission) => hasEnded(submission, await served()),
    target: async (submission) => targetOf(parts, submission, await served()),
    cancel: async (name, submissions) => cancelAll(await clusters.get(name), submissions),
    told: ({ submissionId, unixUser, jobId, from, to }) => {
      const data = { submissionId, from, fromJobId: jobId, to };
      events.publish({ topic: "job", kind: "moved", cluster: to, unixUser, data });
      log.warn(data, "a job of a lost cluster was moved");
    },
  });
  const watch = new LossWatch(config.AfterSeconds * 1000);
  return {
    ...failover,
    work: async (signal) => {
      while (!signal.aborted) {
        if (config.ResubmitPending) {
          await declareDue(parts, watch, failover).catch((error: unknown) => {
            log.warn({ why: messageOf(error) }, "it is not seen which clusters are lost");
          });
        }
        await failover.pass();
        await clock.sleep(PASS_SECONDS * 1000, signal);
      }
    },
  };
}

/** By whom a cluster is said to be lost that has had no head for too long. */
export const SAID_BY_SITE = "the site";

async function declareDue(
  { clusters, clock, log }: SiteFailoverParts,
  watch: LossWatch,
  failover: Failover,
): Promise<void> {
  const silent = new Set(clusters.unanswered().map(({ provider, region }) => provider + region));
  const seen = (await clusters.list())
    // What a cloud said before it went silent is no news.
    .filter(({ provider, region }) => !silent.has(provider + region))
    .map(({ name, record }) => ({ name, isHeadless: isHeadless(record) }));
  for (const name of watch.due(seen, clock.now())) {
    log.warn({ cluster: name }, "a cluster has had no head for too long: it counts as lost");
    await failover.declareLost(name, SAID_BY_SITE);
  }
}

/** In service, and no machine does a head's work or is known to. */
export function isHeadless({ status, head, heads }: ClusterRecord): boolean {
  if (!isInService(status)) return false;
  return heads === undefined ? head === undefined : heads.every(({ role }) => role !== "leading");
}

/** Nothing of a cluster that is not heard: what was seen last may be old. */
function begunOf(
  { jobs, clock }: SiteFailoverParts,
  cluster: string,
  jobIds: readonly number[],
): readonly number[] {
  const status = jobs.status().find((one) => one.cluster === cluster);
  const heardAt = status?.problem === undefined ? status?.queueAt?.getTime() : undefined;
  if (heardAt === undefined || clock.now().getTime() - heardAt > HEARD_MS) return [];
  const asked = jobIds.slice(0, MOST_KNOWN);
  return [...jobs.known(cluster, asked)].flatMap(([id, tasks]) =>
    tasks.some(({ state }) => !WAITING.has(state)) ? [id] : [],
  );
}

/** With nodes that boot for it, a job has not begun. */
const WAITING: ReadonlySet<string> = new Set(["PENDING", "CONFIGURING", "REQUEUED"]);

/** The clusters of a site have one accounting: any of them knows what ended on the others. A
 * job that is running there by its accounting may as well have waited for its nodes, and is dead. */
async function hasEnded(
  { cluster, unixUser, jobId }: MovableSubmission,
  others: readonly ServedCluster[],
): Promise<boolean> {
  if (jobId === undefined) return false;
  for (const other of others) {
    try {
      const worker = (await other.gateway()).user(unixUser);
      const argv = ["sacct", "--noheader", "--parsable2", "--allocations", "--duplicates"];
      const of = [`--clusters=${cluster.toLowerCase()}`, `--jobs=${jobId}`, "--format=State"];
      const { exitCode, stdout } = await worker.command([...argv, ...of]);
      if (exitCode !== 0) continue;
      return stdout.split("\n").some((state) => ENDED.test(state));
    } catch {
      // Another one may know.
    }
  }
  return false;
}

const ENDED = /^(COMPLETED|FAILED|CANCELLED|TIMEOUT|OUT_OF_MEMORY|DEADLINE)/;

/** False: it does not answer yet. What waits there under these tags is cancelled as its own user. */
async function cancelAll(
  cluster: ServedCluster,
  submissions: readonly MovedSubmission[],
): Promise<boolean> {
  try {
    const gateway = await cluster.gateway();
    const found = await gateway.find(submissions.map(({ id }) => submissionTag(id)));
    for (const { id, unixUser } of submissions) {
      const jobId = found.get(submissionTag(id));
      // Of another user's job with that tag nothing is cancelled: Slurm refuses.
      if (jobId !== undefined) await gateway.user(unixUser).command(["scancel", String(jobId)]);
    }
    return true;
  } catch {
    return false;
  }
}
