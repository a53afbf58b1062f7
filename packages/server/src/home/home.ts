import type { Home, HomeQueue, News, Scope } from "@sluice/api";
import { isInService } from "@sluice/cloud";
import {
  dayOf,
  type JobCache,
  type JobFilter,
  type JobSearchResult,
  type Loss,
  type Runs,
  type SiteUsage,
  shownJob,
  type Triggers,
} from "@sluice/jobs";
import type { ClusterSnapshot } from "@sluice/lifecycle";
import { messageOf } from "@sluice/model";
import { type Sum, sumOf } from "../accounting/measures.ts";
import type { Waits } from "../accounting/waits.ts";
import type { ClusterLooks } from "../clusters/cluster-looks.ts";
import type { ServedCluster } from "../clusters/directory.ts";
import { queuesOf } from "../clusters/node-states.ts";
import type { Operations } from "../clusters/operations/index.ts";
import { isAtLeastOn, maySee } from "../clusters/sight.ts";
import type { ServerDeps } from "../deps.ts";
import type { SiteLosses } from "../failover/site-failover.ts";
import type { Identity } from "../identity/identity.ts";
import { type Principal, roleOf } from "../identity/principal.ts";
import { Recent as Made } from "../jobs/recent.ts";
import { runViewerOf } from "../runs/viewers.ts";
import { DatabaseSight } from "../state/database-sight.ts";
import type { ServerFacts } from "../state/facts.ts";
import { type Standing, standingOf } from "./limits.ts";
import {
  inOrder,
  newsOfCertificate,
  newsOfCluster,
  newsOfFleet,
  newsOfJob,
  newsOfLoss,
  newsOfMoved,
  newsOfOperation,
  newsOfTokens,
  newsOfTriggers,
  unreachable,
} from "./news.ts";
import { Recent, type Seen } from "./recent.ts";
import { Turns } from "./turns.ts";

export interface HomeParts extends Pick<ServerDeps, "clusters" | "clock"> {
  readonly jobs: JobCache;
  readonly runs: Runs;
  readonly triggers: Triggers;
  readonly operations: Operations;
  readonly identity: Identity;
  readonly usage: SiteUsage;
  readonly facts: ServerFacts;
  readonly failover: SiteLosses;
}

const JOBS = 6;
const RUNS = 5;
/** One's jobs that failed so lately are news, and so many of them. */
const FAILED_MS = 24 * 3_600_000;
const FAILED = 5;
/** Jobs that were moved and are counted. */
const MOVED = 1000;
/** How old what is said of losses may be. */
const LOSSES_MS = 5000;
/** How old sums may be. */
const SPEND_MS = 30_000;
/** Between two looks at the limits of users of a cluster. */
const STANDING_MS = 1000;
const BAD_ENDS = ["FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "BOOT_FAIL", "DEADLINE"];

/** What all who look share, so that many of them weigh like one. */
export class HomeLooks {
  readonly #snapshots: Recent<ClusterSnapshot>;
  readonly #standings: Recent<Standing>;
  readonly #spends: Made<Home["spend"]>;
  readonly #losses: Made<readonly Loss[]>;
  readonly waits: Waits;
  readonly sight = new DatabaseSight();

  constructor(
    { clusters, clock }: Pick<HomeParts, "clusters" | "clock">,
    { snapshots }: Pick<ClusterLooks, "snapshots">,
    waits: Waits,
  ) {
    this.waits = waits;
    this.#spends = new Made(clock, SPEND_MS);
    this.#losses = new Made(clock, LOSSES_MS);
    const times = { clock, patienceMs: 2000 };
    // Each is a worker of that user's and a question of slurmctld: with many people they wait.
    const turns = new Turns(clock, STANDING_MS);
    this.#snapshots = new Recent({
      ...{ ...times, freshMs: 5000, mostMs: 60_000 },
      look: async (name) => snapshots.of(await clusters.get(name)),
    });
    this.#standings = new Recent({
      ...{ ...times, freshMs: 60_000, mostMs: 1_800_000 },
      look: async (key) => {
        const [cluster = "", user = ""] = key.split("\0");
        await turns.take(cluster);
        const gateway = await (await clusters.get(cluster)).gateway();
        return standingOf(gateway.user(user), cluster, user);
      },
    });
  }

  snapshot(cluster: string): Promise<Seen<ClusterSnapshot>> {
    return this.#snapshots.of(cluster);
  }

  /** Sums of a month of rows, which a page that is open asks for time and again. */
  spend(
    seen: readonly ServedCluster[],
    unixUser: string | undefined,
    make: () => Promise<Home["spend"]>,
  ): Promise<Home["spend"]> {
    return this.#spends.of(JSON.stringify([unixUser, seen.map(({ name }) => name)]), make);
  }

  /** None while the database is away: nobody knows of them then. */
  losses({ failover }: Pick<HomeParts, "failover">): Promise<readonly Loss[]> {
    return this.sight.unlessAway(() => this.#losses.of("", () => failover.losses()), []);
  }

  standing(cluster: string, user: string): Promise<Seen<Standing>> {
    return this.#standings.of(`${cluster}\0${user}`);
  }
}

/** What concerns one now; a cluster or a part that does not answer takes nothing else with it. */
export async function homeOf(
  parts: HomeParts,
  looks: HomeLooks,
  principal: Principal,
): Promise<Home> {
  const { clusters, clock } = parts;
  const now = clock.now();
  const { unixUser } = principal;
  const seen = (await clusters.list()).filter(({ name }) => maySee(principal, name));
  const missing = new Set<Home["missing"][number]>();
  const orMissing = async <T>(part: Home["missing"][number], work: () => Promise<T>, none: T) => {
    const answer = await looks.sight.unlessAway(work, undefined);
    if (answer === undefined) missing.add(part);
    return answer ?? none;
  };
  const losses = await looks.losses(parts);
  const lost = losses.filter(({ cluster }) => seen.some(({ name }) => name === cluster));
  // What waits on a lost cluster is not one's job now: it goes elsewhere, or waits until that is back.
  const alive = seen.filter(({ name }) => !lost.some(({ cluster }) => cluster === name));
  const [places, mine, failed, runs, spend, standings, ownNews, moved] = await Promise.all([
    Promise.all(seen.map((cluster) => placeOf(cluster, looks, parts.jobs))),
    ownJobs(parts, alive, unixUser, { isFinished: false }, JOBS),
    ownJobs(
      parts,
      seen,
      unixUser,
      { states: BAD_ENDS, endedAfter: new Date(now.getTime() - FAILED_MS) },
      FAILED,
    ),
    orMissing("runs", () => ownRuns(parts, principal), []),
    orMissing(
      "spend",
      () => looks.spend(seen, unixUser, () => spendOf(parts, seen, unixUser, now)),
      NO_SPEND,
    ),
    Promise.all(
      seen.map(async ({ name }) =>
        unixUser === undefined ? undefined : (await looks.standing(name, unixUser)).value,
      ),
    ),
    orMissing("news", () => newsOfOwn(parts, principal, seen, now), []),
    looks.sight.unlessAway(() => newsOfOwnMoved(parts, unixUser, now), []),
  ]);
  const isLost = ({ cluster }: News) => lost.some((one) => one.cluster === cluster);
  return {
    ...(unixUser === undefined ? {} : { unixUser }),
    clusters: places.map(({ name, status, isReachable }) => ({ name, status, isReachable })),
    jobs: {
      total: mine.total,
      totals: { ...mine.totals },
      items: mine.jobs.map((job) => shownJob(job, now)),
    },
    runs,
    queues: places.flatMap(({ queues }) => queues),
    limits: standings.flatMap((standing) => standing?.limits ?? []),
    fairShares: standings.flatMap((standing) => standing?.fairShares ?? []),
    spend,
    news: inOrder([
      ...lost.map(newsOfLoss),
      // That it does not answer goes without saying.
      ...places.flatMap(({ news }) => news.filter((one) => !isLost(one))),
      ...moved,
      ...failed.jobs.map(newsOfJob),
      ...ownNews,
    ]),
    missing: [...missing],
  };
}

const NOTHING = { cost: 0, isWhole: true, cpuSeconds: 0, gpuSeconds: 0, jobs: 0 };
const NO_SPEND = { today: NOTHING, month: NOTHING };

interface Place {
  readonly name: string;
  readonly status: string;
  readonly isReachable: boolean;
  readonly queues: readonly HomeQueue[];
  readonly news: readonly News[];
}

async function placeOf(cluster: ServedCluster, looks: HomeLooks, jobs: JobCache): Promise<Place> {
  const { name, record } = cluster;
  const about = { name, status: record.status };
  const failed = newsOfCluster(cluster);
  if (!isInService(record.status)) {
    return { ...about, isReachable: false, queues: [], news: failed };
  }
  const { value: snapshot, problem } = await looks.snapshot(name);
  const trouble =
    problem === undefined
      ? jobs.status().find((status) => status.cluster === name)?.problem
      : messageOf(problem);
  const news = [...failed, ...(trouble === undefined ? [] : [unreachable(name, trouble)])];
  if (snapshot === undefined) {
    return { ...about, isReachable: trouble === undefined, queues: [], news };
  }
  const waits = new Map(looks.waits.of(name).map((one) => [one.partition, one]));
  const kept = new Set(snapshot.fleet.protected.map(({ queue }) => queue));
  const queues = queuesOf(snapshot).map(({ waiting: _, ...queue }) => {
    const { lastDay, lastWeek } = waits.get(queue.name) ?? {};
    return {
      ...queue,
      cluster: name,
      isProtected: kept.has(queue.name),
      ...(lastDay === undefined ? {} : { lastDay }),
      ...(lastWeek === undefined ? {} : { lastWeek }),
    };
  });
  return {
    ...about,
    isReachable: trouble === undefined,
    queues,
    news: [...news, ...newsOfFleet(name, snapshot.fleet)],
  };
}

const NONE = { jobs: [], total: 0, totals: {} } as const;

/** Of the clusters that one sees, as whoever one is there. */
async function ownJobs(
  { jobs }: HomeParts,
  seen: readonly ServedCluster[],
  unixUser: string | undefined,
  filter: JobFilter,
  limit: number,
): Promise<Pick<JobSearchResult, "jobs" | "total" | "totals">> {
  if (unixUser === undefined) return NONE;
  const own = { users: [unixUser], accounts: [] };
  return jobs.search({ clusters: new Map(seen.map(({ name }) => [name, own])), filter, limit });
}

async function ownRuns({ runs }: HomeParts, principal: Principal): Promise<Home["runs"]> {
  if (!hasScope(principal, "runs:read")) return [];
  const { runs: found } = await runs.list(runViewerOf(principal), { of: "own", limit: RUNS });
  return found.map(({ id, name, application, cluster, state, jobId, createdAt, endedAt }) => ({
    ...{ id, name, application: application.name, cluster, state },
    ...(jobId === undefined ? {} : { jobId }),
    createdAt: createdAt.toISOString(),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
  }));
}

async function spendOf(
  { usage }: HomeParts,
  seen: readonly ServedCluster[],
  unixUser: string | undefined,
  now: Date,
): Promise<Home["spend"]> {
  const today = dayOf(now);
  const own = { users: unixUser === undefined ? [] : [unixUser], accounts: [] };
  const clusters = new Map(unixUser === undefined ? [] : seen.map(({ name }) => [name, own]));
  const days = await usage.use({ from: `${today.slice(0, 7)}-01`, to: today, clusters }, ["day"]);
  return {
    today: amountOf(sumOf(days.filter(({ group }) => group.day === today))),
    month: amountOf(sumOf(days)),
  };
}

function amountOf(sum: Sum): Home["spend"]["today"] {
  return {
    cost: Math.round(sum.cost * 1e6) / 1e6,
    isWhole: sum.unpriced_node_seconds === 0,
    cpuSeconds: Math.round(sum.cpu_seconds),
    gpuSeconds: Math.round(sum.gpu_seconds),
    jobs: sum.jobs,
  };
}

/** Of what is one's own beside jobs, and of what is done to the clusters that one sees. */
async function newsOfOwn(
  { facts, identity, operations, triggers }: HomeParts,
  principal: Principal,
  seen: readonly ServedCluster[],
  now: Date,
): Promise<readonly News[]> {
  const { id, name } = principal;
  const names = new Set(seen.map((cluster) => cluster.name));
  const [made, tokens, running] = await Promise.all([
    hasScope(principal, "triggers:read") ? triggers.list(id) : [],
    hasScope(principal, "tokens:read") ? identity.tokens.list({ id, name }) : [],
    operations.list({ state: "running", limit: 100 }),
  ]);
  const visible = running.filter(({ cluster }) =>
    cluster === undefined ? isAtLeastOn(principal, "*", "operator") : names.has(cluster),
  );
  return [
    ...newsOfTriggers(made),
    ...newsOfTokens(tokens, now),
    ...(facts.certificate !== undefined && roleOf(principal, {}) === "administrator"
      ? newsOfCertificate(facts.certificate, now)
      : []),
    ...visible.map(newsOfOperation),
  ];
}

/** Jobs of one's own that went from a lost cluster to another one. */
async function newsOfOwnMoved(
  { failover }: HomeParts,
  unixUser: string | undefined,
  now: Date,
): Promise<readonly News[]> {
  if (unixUser === undefined) return [];
  return newsOfMoved(await failover.movedJobs({ unixUser, limit: MOVED }), now);
}

/** A token tells of what it was made for alone. */
function hasScope({ scopes }: Principal, scope: Scope): boolean {
  return scopes === undefined || scopes.has(scope);
}
