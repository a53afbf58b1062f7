import { type JobEstimate, type JobTimeline, jobTimelineRoutes } from "@sluice/api";
import type { UserWorker } from "@sluice/gateway";
import {
  askedTimeLimit,
  askedTres,
  type CachedJob,
  costSoFar,
  isFinishedState,
  type JobCache,
  jobRounds,
  knownStart,
  nodesOf,
  offeringIn,
  partitionTimeLimit,
  type Round,
  type Submissions,
  testOnlyOf,
  timelineOf,
  usualBootSeconds,
} from "@sluice/jobs";
import { type ClusterEvents, explainInCluster } from "@sluice/lifecycle";
import { type Explanation, isSluiceError, nodePrefix, SluiceError } from "@sluice/model";
import type { Waits } from "../accounting/waits.ts";
import type { AuditLog } from "../audit/audit.ts";
import type { ClusterLooks } from "../clusters/cluster-looks.ts";
import type { ServedCluster } from "../clusters/directory.ts";
import type { FileWork } from "../clusters/files/file-work.ts";
import { doingOf } from "../clusters/node-states.ts";
import type { ServerDeps } from "../deps.ts";
import { type Implementation, implement } from "../http/handler.ts";
import type { Principal } from "../identity/principal.ts";
import { Prices } from "../jobs/prices.ts";
import { Recent } from "../jobs/recent.ts";
import { ownUnixUser, visibleJobs } from "../jobs/sight.ts";
import { DatabaseSight } from "../state/database-sight.ts";
import { anyClusterImplementations } from "./any-cluster.ts";

export interface JobTimelineParts extends Pick<ServerDeps, "clusters" | "clock" | "database"> {
  readonly jobs: JobCache;
  readonly submissions: Submissions;
  readonly auditLog: AuditLog;
  readonly files: FileWork;
}

/** What routes about one job share among all who ask. */
interface SharedLooks extends Pick<ClusterLooks, "events" | "snapshots"> {
  readonly explained: Recent<Explanation>;
  readonly rounds: Recent<readonly Round[]>;
  /** Of partitions. */
  readonly timeLimits: Recent<number | undefined>;
  readonly prices: Prices;
  readonly waits: Waits;
  readonly sight: DatabaseSight;
}

/** A partition's limit is changed by hand, seldom. */
const TIME_LIMIT_MS = 60_000;

export function jobTimelineImplementations(
  parts: JobTimelineParts,
  { events, snapshots }: ClusterLooks,
  waits: Waits,
): readonly Implementation[] {
  const { clusters, clock, jobs, files } = parts;
  const looks: SharedLooks = {
    events,
    snapshots,
    explained: new Recent(clock),
    rounds: new Recent(clock),
    timeLimits: new Recent(clock, TIME_LIMIT_MS),
    prices: new Prices(files),
    waits,
    sight: new DatabaseSight(),
  };
  return [
    implement(jobTimelineRoutes.getJobTimeline, async ({ params, principal }) => {
      const cluster = await clusters.get(params.cluster);
      const { name } = cluster;
      const [job] = await visibleJobs(jobs, principal, { cluster: name, job: params.job });
      return timeline(parts, looks, { cluster, job, principal });
    }),
    implement(jobTimelineRoutes.estimateJob, async ({ params, body, principal, signal }) => {
      const cluster = await clusters.get(params.cluster);
      const worker = (await cluster.gateway()).user(ownUnixUser(principal, cluster.name));
      return estimate(parts, looks, { cluster, worker, ...body, signal });
    }),
    ...anyClusterImplementations(parts, looks, async (cluster, user, asked) =>
      estimate(parts, looks, { cluster, worker: (await cluster.gateway()).user(user), ...asked }),
    ),
  ];
}

interface AskedJob {
  readonly cluster: ServedCluster;
  readonly job: CachedJob;
  readonly principal: Principal;
}

async function timeline(
  { clock, auditLog }: JobTimelineParts,
  looks: SharedLooks,
  { cluster, job, principal }: AskedJob,
): Promise<JobTimeline> {
  const { name } = cluster;
  const isWaiting = job.isLive && (job.state === "PENDING" || job.state === "CONFIGURING");
  const missing: string[] = [];
  // What can't be had leaves the rest to be told.
  const tryTo = <T>(work: Promise<T>, instead: T): Promise<T> =>
    work.catch((error: unknown) => {
      if (!isSluiceError(error)) throw error;
      missing.push(error.message);
      return instead;
    });
  const as = readerOf(principal, job);
  const [rounds, seen, explained, snapshot, cancelledBy] = await Promise.all([
    as === undefined
      ? []
      : tryTo(
          looks.rounds.of(`${name} ${job.label} ${as}`, async () =>
            jobRounds((await cluster.gateway()).user(as), job),
          ),
          [],
        ),
    tryTo<ClusterEvents>(looks.events.of(cluster), { events: [] }),
    isWaiting
      ? tryTo(
          looks.explained.of(`${name} ${job.label}`, () =>
            explainInCluster({ cloud: cluster.cloud, name, subject: { job: job.label } }),
          ),
          undefined,
        )
      : undefined,
    isWaiting ? tryTo(looks.snapshots.of(cluster), undefined) : undefined,
    job.state === "CANCELLED"
      ? looks.sight.unlessAway(() => whoCancelled(auditLog, job), undefined)
      : undefined,
  ]);
  if (seen.incomplete !== undefined) missing.push(seen.incomplete);
  const fleetEvents = seen.events.filter(({ source }) => source === "fleet");
  const launched = new Map(
    fleetEvents.flatMap(({ kind, node, message }) =>
      kind === "launched" && node !== undefined ? [[node, offeringIn(message)] as const] : [],
    ),
  );
  const priceOf = await looks.prices.of(cluster, (node) => launched.get(node));
  const now = clock.now();
  const steps = timelineOf({
    ...{ job, rounds, events: fleetEvents, cancelledBy, now },
    unavailable: snapshot?.fleet.unavailable ?? [],
    // Slurm's own reason is told in a sentence of ours.
    details: (explained?.why ?? []).filter((line) => !line.startsWith("Slurm says ")),
    next: explained?.next ?? [],
  });
  return {
    ...{ cluster: name, id: job.id, label: job.label, state: job.state, steps },
    next: isFinishedState(job.state) ? [] : (explained?.next ?? []),
    nodes: nodesOf(job.nodes),
    cost: costSoFar(job, rounds, priceOf, now),
    incomplete: missing.length === 0 ? undefined : [...new Set(missing)].join("; "),
  };
}

/** The job's user's, who may see of it what there is; of jobs of the system whoever asks. */
function readerOf({ unixUser }: Principal, { user }: CachedJob): string | undefined {
  const isOfSystem = user === "root" || user === "slurm" || user === "";
  return isOfSystem ? unixUser : user;
}

async function whoCancelled(
  auditLog: Pick<AuditLog, "query">,
  { cluster, label }: CachedJob,
): Promise<string | undefined> {
  const target = `job ${cluster}/${label}`;
  const { items } = await auditLog.query({
    ...{ action: "cancelJob", target, result: "done", limit: 20 },
  });
  return items.find((item) => item.target === target)?.user;
}

interface AskedEstimate {
  readonly cluster: ServedCluster;
  readonly worker: UserWorker;
  readonly script: string;
  readonly options: readonly string[];
  readonly workingDirectory?: string | undefined;
  readonly signal: AbortSignal;
}

const FREE = { usdPerHour: 0, approximate: false, unpriced: 0 };

async function estimate(
  { clock }: JobTimelineParts,
  looks: SharedLooks,
  { cluster, worker, script, options, workingDirectory, signal }: AskedEstimate,
): Promise<JobEstimate> {
  const directory = workingDirectory ?? (await worker.roots())[0]?.path ?? "/";
  const said = await worker
    .trySbatch({ script, options, workingDirectory: directory }, { signal })
    .catch((error: unknown) => {
      const isOld = isSluiceError(error) && error.code === "BAD_REQUEST";
      throw isOld ? headOutdated(cluster.name, error) : error;
    });
  const tested = testOnlyOf(said);
  const nothing = { nodes: [], nodesToBoot: 0, cost: FREE };
  if (!tested.accepted) return { accepted: false, problem: tested.problem, ...nothing };
  const { nodes, partition, cpus } = tested;
  const startTime = knownStart(tested.startTime, clock.now());
  const [snapshot, { events }, priceOf, byPartition] = await Promise.all([
    looks.snapshots.of(cluster),
    looks.events.of(cluster),
    looks.prices.of(cluster),
    partition === undefined
      ? undefined
      : looks.timeLimits.of(`${cluster.name} ${partition}`, () =>
          partitionTimeLimit(worker, partition),
        ),
  ]);
  const typicalWaitSeconds =
    partition === undefined ? undefined : typicalWait(looks.waits, cluster.name, partition);
  const states = new Map(snapshot.nodes.map((node) => [node.name, doingOf(node)]));
  const isOff = (node: string) => ["off", "stopping"].includes(states.get(node) ?? "");
  const isStarting = (node: string) => states.get(node) === "starting";
  const groups = new Set(
    snapshot.nodes
      .filter(({ name }) => nodes.includes(name))
      .flatMap(({ queue, computeResource }) =>
        (["static", "dynamic"] as const).map((kind) => nodePrefix(queue, kind, computeResource)),
      ),
  );
  const bootSeconds = usualBootSeconds(events, (node) =>
    groups.has(node.slice(0, node.lastIndexOf("-") + 1)),
  );
  const nodesToBoot = nodes.filter(isOff).length;
  const mustBoot = nodes.some((node) => isOff(node) || isStarting(node));
  const begins = Math.max(startTime?.getTime() ?? 0, clock.now().getTime());
  const boot = mustBoot ? (bootSeconds ?? 0) * 1000 : 0;
  const timeLimitSeconds = askedTimeLimit(script, options) ?? byPartition;
  const tres = askedTres(script, options, { nodes: nodes.length, cpus: cpus ?? 1 });
  const { usdPerHour, approximate, unpriced } = priceOf({
    ...{ nodes: nodes.join(","), cpus: cpus ?? 1, tres },
  });
  return {
    ...{ accepted: true, partition, cpus, nodes, nodesToBoot, bootSeconds, typicalWaitSeconds },
    startTime: startTime === undefined ? undefined : new Date(begins + boot).toISOString(),
    timeLimitSeconds,
    cost: {
      ...{ usdPerHour, approximate, unpriced },
      usdAtTimeLimit:
        timeLimitSeconds === undefined ? undefined : (usdPerHour * timeLimitSeconds) / 3600,
    },
  };
}

/** Of everybody's jobs: how long a queue lets wait is nobody's secret. */
function typicalWait(waits: Waits, cluster: string, partition: string): number | undefined {
  const queue = waits.of(cluster).find((one) => one.partition === partition);
  return (queue?.lastDay ?? queue?.lastWeek)?.medianSeconds;
}

function headOutdated(cluster: string, cause: unknown): SluiceError {
  return new SluiceError(
    "HEAD_OUTDATED",
    "user",
    `the head of ${cluster} can't try submissions: its program is older`,
    { hint: "submit the job as it is; a cluster that is made anew can", cause },
  );
}
