import { type JobEstimate, type JobTimeline, jobTimelineRoutes } from "@sluice/api";
import type { UserWorker } from "@sluice/gateway";
import {
  askedTimeLimit,
  type CachedJob,
  costSoFar,
  hourlyCost,
  isFinishedState,
  type JobCache,
  jobRounds,
  median,
  nodesOf,
  offeringIn,
  partitionTimeLimit,
  testOnlyOf,
  timelineOf,
  usualBootSeconds,
} from "@sluice/jobs";
import {
  type ClusterEvents,
  type ClusterSnapshot,
  clusterEvents,
  clusterSnapshot,
  explainInCluster,
} from "@sluice/lifecycle";
import { type Explanation, isSluiceError, nodePrefix, SluiceError } from "@sluice/model";
import type { AuditLog } from "../audit/audit.ts";
import type { ServedCluster } from "../clusters/directory.ts";
import type { FileWork } from "../clusters/files/file-work.ts";
import { Looks } from "../clusters/looks.ts";
import { doingOf } from "../clusters/node-states.ts";
import type { ServerDeps } from "../deps.ts";
import { type Implementation, implement } from "../http/handler.ts";
import type { Principal } from "../identity/principal.ts";
import { Prices } from "../jobs/prices.ts";
import { Recent } from "../jobs/recent.ts";
import { ownUnixUser, visibleJobs } from "../jobs/sight.ts";

export interface JobTimelineParts extends Pick<ServerDeps, "clusters" | "clock"> {
  readonly jobs: JobCache;
  readonly auditLog: AuditLog;
  readonly files: FileWork;
}

/** What routes about one job share among all who ask. */
interface SharedLooks {
  readonly events: Looks<ClusterEvents>;
  readonly snapshots: Looks<ClusterSnapshot>;
  readonly explained: Recent<Explanation>;
  readonly prices: Prices;
}

export function jobTimelineImplementations(parts: JobTimelineParts): readonly Implementation[] {
  const { clusters, clock, jobs, files } = parts;
  const looks: SharedLooks = {
    events: new Looks(clock, ({ cloud, name }) => clusterEvents({ cloud, name })),
    snapshots: new Looks(clock, clusterSnapshot),
    explained: new Recent(clock),
    prices: new Prices(files),
  };
  return [
    implement(jobTimelineRoutes.getJobTimeline, async ({ params, principal, signal }) => {
      const cluster = await clusters.get(params.cluster);
      const { name } = cluster;
      const [job] = await visibleJobs(jobs, principal, { cluster: name, job: params.job });
      return timeline(parts, looks, { cluster, job, principal, signal });
    }),
    implement(jobTimelineRoutes.estimateJob, async ({ params, body, principal, signal }) => {
      const cluster = await clusters.get(params.cluster);
      const worker = (await cluster.gateway()).user(ownUnixUser(principal, cluster.name));
      return estimate(parts, looks, { cluster, worker, ...body, signal });
    }),
  ];
}

interface AskedJob {
  readonly cluster: ServedCluster;
  readonly job: CachedJob;
  readonly principal: Principal;
  readonly signal: AbortSignal;
}

async function timeline(
  { clock, auditLog }: JobTimelineParts,
  looks: SharedLooks,
  { cluster, job, principal, signal }: AskedJob,
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
  const worker = workerFor(cluster, principal, job);
  const [rounds, seen, explained, snapshot, cancelledBy] = await Promise.all([
    tryTo(
      worker.then((one) => (one === undefined ? [] : jobRounds(one, job, signal))),
      [],
    ),
    tryTo(looks.events.of(cluster), { events: [] } as ClusterEvents),
    isWaiting
      ? tryTo(
          looks.explained.of(`${name} ${job.label}`, () =>
            explainInCluster({ cloud: cluster.cloud, name, subject: { job: job.label } }),
          ),
          undefined,
        )
      : undefined,
    isWaiting ? tryTo(looks.snapshots.of(cluster), undefined) : undefined,
    job.state === "CANCELLED" ? whoCancelled(auditLog, job) : undefined,
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
async function workerFor(
  cluster: ServedCluster,
  { unixUser }: Principal,
  { user }: CachedJob,
): Promise<UserWorker | undefined> {
  const isOfSystem = user === "root" || user === "slurm" || user === "";
  const as = isOfSystem ? unixUser : user;
  return as === undefined ? undefined : (await cluster.gateway()).user(as);
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

/** Jobs whose wait says how long others wait. */
const LIKE_IT = 50;

async function estimate(
  { jobs, clock }: JobTimelineParts,
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
  const nothing = { nodes: [], nodesToBoot: 0, cost: hourlyCost([], () => undefined) };
  if (!tested.accepted) return { accepted: false, problem: tested.problem, ...nothing };
  const { nodes, partition, cpus, startTime } = tested;
  const [snapshot, { events }, priceOf, typicalWaitSeconds, byPartition] = await Promise.all([
    looks.snapshots.of(cluster),
    looks.events.of(cluster),
    looks.prices.of(cluster, () => undefined),
    partition === undefined ? undefined : typicalWait(jobs, cluster.name, partition),
    partition === undefined ? undefined : partitionTimeLimit(worker, partition, signal),
  ]);
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
  const { usdPerHour, ...cost } = hourlyCost(nodes, priceOf);
  return {
    ...{ accepted: true, partition, cpus, nodes, nodesToBoot, bootSeconds, typicalWaitSeconds },
    startTime: startTime === undefined ? undefined : new Date(begins + boot).toISOString(),
    timeLimitSeconds,
    cost: {
      ...{ usdPerHour, ...cost },
      usdAtTimeLimit:
        timeLimitSeconds === undefined ? undefined : (usdPerHour * timeLimitSeconds) / 3600,
    },
  };
}

/** Of everybody's jobs: how long a queue lets wait is nobody's secret. */
async function typicalWait(
  jobs: JobCache,
  cluster: string,
  partition: string,
): Promise<number | undefined> {
  const found = await jobs.search({
    clusters: new Map([[cluster, "all"]]),
    filter: { partitions: [partition] },
    sort: "startTime",
    isDescending: true,
    limit: LIKE_IT * 2,
  });
  const waits = found.jobs.flatMap(({ startTime, eligibleTime, submitTime, state }) => {
    const since = eligibleTime ?? submitTime;
    if (startTime === undefined || since === undefined || state === "PENDING") return [];
    return Math.max(0, (startTime.getTime() - since.getTime()) / 1000);
  });
  return median(waits.slice(0, LIKE_IT));
}

function headOutdated(cluster: string, cause: unknown): SluiceError {
  return new SluiceError(
    "HEAD_OUTDATED",
    "user",
    `the head of ${cluster} can't try submissions: its program is older`,
    { hint: "submit the job as it is; a cluster that is made anew can", cause },
  );
}
