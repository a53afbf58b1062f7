import { type Clock, SluiceError } from "@sluice/model";
import type {
  CachedJob,
  JobCache,
  JobCacheStatus,
  JobChange,
  JobSearch,
  JobSearchResult,
  JobSource,
  JobWait,
} from "./contract.ts";
import { hasTask, type JobReference } from "./job-reference.ts";
import { cursorOf, type Order, placeOfCursor, precedes } from "./order.ts";
import { Poller } from "./poller.ts";
import { searchTable } from "./search-table.ts";

export interface JobCacheOptions {
  /** Asked every few seconds: clusters come and go. */
  readonly clusters: { list(): Promise<readonly JobSource[]> };
  readonly clock: Clock;
  /** How far back jobs are kept, in days; 30 when missing. */
  readonly days?: number;
  /** Of each cluster; 200,000 when missing. The oldest go first; live ones stay. */
  readonly mostJobs?: number;
  /** Told what changed; never waited for. */
  readonly publish?: (change: JobChange) => void;
}

const CLUSTERS_MS = 5000;
/** Whoever searches waits so long for what is older, and not longer. */
const OLD_MS = 5000;
const WAIT_MS = 1000;
/** Whoever wants a job that is not known waits longer. */
const FIND_WAIT_MS = 10_000;

const WAITING: ReadonlySet<string> = new Set(["PENDING", "CONFIGURING", "REQUEUED", "UNKNOWN"]);

/** Begins to read at once, and reads until it is disposed of. */
export function createJobCache(options: JobCacheOptions): JobCache {
  return new PolledJobCache(options);
}

interface Running {
  readonly poller: Poller;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

class PolledJobCache implements JobCache {
  readonly #options: JobCacheOptions;
  readonly #abort = new AbortController();
  readonly #running = new Map<string, Running>();
  readonly #ended: Promise<void>;
  readonly #known: Promise<void>;

  constructor(options: JobCacheOptions) {
    this.#options = options;
    this.#known = this.#readClusters();
    this.#ended = this.#followClusters();
  }

  async search(search: JobSearch): Promise<JobSearchResult> {
    const {
      limit,
      filter = {},
      sort = "submitTime",
      isDescending = sort === "submitTime",
    } = search;
    const order: Order = { sort, isDescending };
    const after = search.cursor === undefined ? undefined : placeOfCursor(search.cursor, order);
    await this.#known;
    const wanted = [...search.clusters].flatMap(([name, visibility]) => {
      const running = this.#running.get(name);
      return running === undefined ? [] : [{ name, visibility, poller: running.poller }];
    });
    await this.#freshen(wanted.map(({ poller }) => poller));
    const found = await Promise.all(
      wanted.map(({ name, visibility, poller }) =>
        searchTable(poller.jobs.table, {
          ...{ cluster: name, visibility, filter, order, after },
          limit: limit + 1,
        }),
      ),
    );
    const hits = found
      .flatMap((one) => one.hits)
      .sort((a, b) => (precedes(a.place, b.place, order) ? -1 : 1));
    const page = hits.slice(0, limit);
    const last = page.at(-1);
    const totals: Record<string, number> = {};
    for (const [state, count] of found.flatMap((one) => [...one.totals])) {
      totals[state] = (totals[state] ?? 0) + count;
    }
    return {
      jobs: page.flatMap(({ job }) => (job === undefined ? [] : [job])),
      ...(hits.length > limit && last !== undefined ? { next: cursorOf(last.place, order) } : {}),
      total: found.reduce((sum, { total }) => sum + total, 0),
      totals,
      status: wanted.map(({ poller }) => poller.status),
    };
  }

  async find(cluster: string, job: JobReference): Promise<readonly CachedJob[]> {
    await this.#known;
    const poller = this.#running.get(cluster)?.poller;
    if (poller === undefined) return [];
    poller.look();
    const found = rowsOf(poller, job);
    if (found.length > 0) return found;
    await this.#within(poller.refresh(), FIND_WAIT_MS);
    return rowsOf(poller, job);
  }

  known(cluster: string, ids: readonly number[]): ReadonlyMap<number, readonly CachedJob[]> {
    const poller = this.#running.get(cluster)?.poller;
    if (poller === undefined || ids.length === 0) return new Map();
    poller.look();
    const { jobs } = poller;
    const { table } = jobs;
    const { arrayJobId, id } = table.numbers;
    const wanted = new Set(ids);
    const found = new Map<number, CachedJob[]>();
    for (let row = 0; row < table.end; row++) {
      if (!table.has(row)) continue;
      for (const of of new Set([id.get(row), arrayJobId.get(row)])) {
        if (of !== undefined && wanted.has(of)) {
          found.set(of, [...(found.get(of) ?? []), jobs.view(row)]);
        }
      }
    }
    return found;
  }

  async refresh(cluster: string): Promise<void> {
    const poller = this.#running.get(cluster)?.poller;
    poller?.look();
    await poller?.refresh();
  }

  waits(cluster: string, since: Date): readonly JobWait[] {
    const poller = this.#running.get(cluster)?.poller;
    if (poller === undefined) return [];
    const { table } = poller.jobs;
    const { startTime, eligibleTime, submitTime } = table.numbers;
    const waits: JobWait[] = [];
    for (let row = 0; row < table.end; row++) {
      const start = startTime.get(row);
      if (!table.has(row) || !(start >= since.getTime())) continue;
      // Of one that waits it is when slurmctld expects to start it; of one that is being set up it moves.
      if (WAITING.has(table.texts.state.get(row))) continue;
      const eligible = eligibleTime.get(row) || submitTime.get(row);
      if (Number.isNaN(eligible)) continue;
      waits.push({
        partition: table.texts.partition.get(row),
        startTime: new Date(start),
        seconds: Math.max(0, (start - eligible) / 1000),
      });
    }
    return waits;
  }

  status(): readonly JobCacheStatus[] {
    return [...this.#running.values()].map(({ poller }) => poller.status);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#ended;
    for (const { abort } of this.#running.values()) abort.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    this.#running.clear();
  }

  /** Waits a moment for those that were not looked at lately. */
  async #freshen(pollers: readonly Poller[]): Promise<void> {
    const { clock } = this.#options;
    const now = clock.now().getTime();
    for (const poller of pollers) poller.look();
    const old = pollers.filter(({ status }) => {
      const isOld = now - (status.queueAt?.getTime() ?? 0) > OLD_MS;
      return isOld && status.problem === undefined;
    });
    if (old.length === 0) return;
    await this.#within(Promise.all(old.map((poller) => poller.refresh())), WAIT_MS);
  }

  async #within(work: Promise<unknown>, milliseconds: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([work, this.#options.clock.sleep(milliseconds, over.signal)]);
    over.abort();
  }

  async #followClusters(): Promise<void> {
    const { signal } = this.#abort;
    await this.#known;
    while (!signal.aborted) {
      await this.#options.clock.sleep(CLUSTERS_MS, signal);
      if (!signal.aborted) await this.#readClusters();
    }
  }

  async #readClusters(): Promise<void> {
    const { clusters, clock, days = 30, mostJobs = 200_000, publish = () => {} } = this.#options;
    let sources: readonly JobSource[];
    try {
      sources = await clusters.list();
    } catch {
      // What is known goes on being read; the directory tells its own trouble.
      return;
    }
    if (this.#abort.signal.aborted) return;
    const byName = new Map(sources.map((source) => [source.name, source]));
    for (const [name, running] of this.#running) {
      if (byName.has(name)) continue;
      running.abort.abort();
      this.#running.delete(name);
    }
    for (const { name } of sources) {
      if (this.#running.has(name)) continue;
      const abort = new AbortController();
      const source: JobSource = { name, gateway: () => gatewayOf(clusters, name) };
      const keepMs = days * 24 * 3_600_000;
      const poller = new Poller({ source, clock, keepMs, mostJobs, publish });
      this.#running.set(name, { poller, abort, ended: poller.run(abort.signal) });
    }
  }
}

/** The one that is served now: a head may have been made anew. */
async function gatewayOf(
  clusters: JobCacheOptions["clusters"],
  name: string,
): ReturnType<JobSource["gateway"]> {
  const source = (await clusters.list()).find((one) => one.name === name);
  if (source === undefined) {
    throw new SluiceError("CLUSTER_NOT_FOUND", "user", `there is no cluster ${name} any more`);
  }
  return source.gateway();
}

function rowsOf({ jobs }: Poller, { id, tasks }: JobReference): readonly CachedJob[] {
  const { table } = jobs;
  const { numbers, texts } = table;
  const rows: number[] = [];
  for (let row = 0; row < table.end; row++) {
    if (!table.has(row)) continue;
    const isOfArray = numbers.arrayJobId.get(row) === id;
    const isWanted =
      tasks === undefined
        ? isOfArray || numbers.id.get(row) === id
        : isOfArray && hasTask(texts.arrayTaskId.get(row), tasks);
    if (isWanted) rows.push(row);
  }
  return rows
    .map((row) => jobs.view(row))
    .toSorted(
      (a, b) => (b.submitTime?.getTime() ?? 0) - (a.submitTime?.getTime() ?? 0) || a.id - b.id,
    );
}
