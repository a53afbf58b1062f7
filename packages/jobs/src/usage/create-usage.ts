import type { Database } from "@sluice/database";
import type { Clock } from "@sluice/model";
import { messageOf } from "@sluice/model";
import type { CachedJob, JobCache } from "../cache/index.ts";
import type { SiteUsage, UsageFilter, UsageGroup, UsageSource, Used } from "./contract.ts";
import { DayLedger, type UsageRow } from "./day-ledger.ts";
import { weekOf } from "./days.ts";
import { add, nothing, type Tally } from "./measures.ts";
import { PriceBook } from "./price-book.ts";
import { Roller } from "./roller.ts";
import { createUsageStore } from "./store.ts";

export interface UsageParts {
  readonly database: Database;
  readonly clusters: { list(): Promise<readonly UsageSource[]> };
  readonly jobs: Pick<JobCache, "search">;
  readonly clock: Clock;
  readonly log?: { warn(fields: object, message: string): void };
}

const TICK_MS = 5000;
/** Clusters that are read at the same time. */
const AT_ONCE = 4;
const RUNNING = ["RUNNING", "COMPLETING", "SUSPENDED"];
const PAGE = 1000;

/** Reads nothing before `run`. */
export function createUsage(parts: UsageParts): SiteUsage {
  const { clusters, clock, database, jobs, log } = parts;
  const store = createUsageStore(database);
  const prices = new PriceBook();
  const rollers = new Map<string, Roller>();
  const expected = new Set<string>();

  const rollerOf = (source: UsageSource): Roller => {
    const known = rollers.get(source.name);
    if (known?.isFor(source)) return known;
    const roller = new Roller({ store, clock, prices }, source);
    rollers.set(source.name, roller);
    return roller;
  };

  const round = async (signal: AbortSignal): Promise<void> => {
    const waiting = [...(await clusters.list())];
    const work = async () => {
      for (let source = waiting.shift(); source !== undefined; source = waiting.shift()) {
        const roller = rollerOf(source);
        if (expected.delete(source.name)) roller.expect();
        await roller.round(source, signal);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  };

  /** What runs now, as rows of the days on which it ran so far. */
  const running = async (filter: UsageFilter): Promise<readonly Running[]> => {
    const now = clock.now();
    const sources = (await clusters.list()).filter(({ name }) => filter.clusters.has(name));
    const found = await Promise.all(
      sources.map(async (source) => {
        const seen = filter.clusters.get(source.name);
        if (seen === undefined) return [];
        const live = await allOf(jobs, {
          clusters: new Map([[source.name, seen]]),
          filter: {
            states: RUNNING,
            ...(filter.user === undefined ? {} : { users: filter.user }),
            ...(filter.account === undefined ? {} : { accounts: filter.account }),
            ...(filter.partition === undefined ? {} : { partitions: filter.partition }),
          },
        });
        const priceOf = prices.of(source);
        const applications = await store.applications(
          source.name,
          live.map(({ id, arrayJobId }) => arrayJobId ?? id),
        );
        return live.map((job) => {
          const application = applications.get(job.arrayJobId ?? job.id) ?? "";
          const ledger = new DayLedger();
          ledger.use({ ...job, application, endTime: now, price: priceOf(job) });
          return { cluster: source.name, rows: ledger.rows() };
        });
      }),
    );
    const wanted = filter.application;
    return found.flat().map(({ cluster, rows }) => ({
      cluster,
      rows: rows.filter(
        ({ day, application }) =>
          day >= filter.from &&
          day <= filter.to &&
          (wanted === undefined || wanted.includes(application)),
      ),
    }));
  };

  return {
    async use(filter, by) {
      const all = new Map<string, Tally & Pick<Used, "cluster" | "group"> & { running: number }>();
      const entry = (cluster: string, group: Used["group"]) => {
        const key = JSON.stringify([cluster, ...by.map((name) => group[name])]);
        const known = all.get(key);
        if (known !== undefined) return known;
        const made = { cluster, group, running: 0, ...nothing() };
        all.set(key, made);
        return made;
      };
      const [kept, live] = await Promise.all([store.sum(filter, by), running(filter)]);
      for (const { cluster, group, ...measures } of kept) add(entry(cluster, group), measures);
      for (const { cluster, rows } of live) {
        for (const row of rows) add(entry(cluster, groupOf(row, by)), row);
        // A job that runs is one on the day on which it does.
        const last = rows.at(-1);
        if (last !== undefined) entry(cluster, groupOf(last, by)).running += 1;
      }
      return [...all.values()];
    },

    clusters: () => store.clusters(),

    async status(names) {
      const madeAt = await store.madeAt(names);
      const sources = new Map((await clusters.list()).map((source) => [source.name, source]));
      return names.map((cluster) => {
        const source = sources.get(cluster);
        const roller = rollers.get(cluster);
        return {
          cluster,
          madeAt: madeAt.get(cluster),
          missingDays: source === undefined ? 0 : (roller?.missingDays(source) ?? 0),
          problem: source === undefined ? undefined : roller?.problem,
        };
      });
    },

    expect: (cluster) => {
      expected.add(cluster);
    },

    async run(signal) {
      while (!signal.aborted) {
        try {
          await round(signal);
        } catch (error) {
          log?.warn({ error: messageOf(error) }, "use can't be added up");
        }
        await clock.sleep(TICK_MS, signal);
      }
    },
  };
}

interface Running {
  readonly cluster: string;
  readonly rows: readonly UsageRow[];
}

async function allOf(
  jobs: Pick<JobCache, "search">,
  search: Pick<Parameters<JobCache["search"]>[0], "clusters" | "filter">,
): Promise<readonly CachedJob[]> {
  const all: CachedJob[] = [];
  let cursor: string | undefined;
  do {
    const page = await jobs.search({
      ...search,
      sort: "id",
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    all.push(...page.jobs);
    cursor = page.next;
  } while (cursor !== undefined);
  return all;
}

function groupOf(row: UsageRow, by: readonly UsageGroup[]): Used["group"] {
  const { user, account, partition, application, day } = row;
  const words = {
    ...{ user, account, partition, application, day },
    week: weekOf(day),
    month: day.slice(0, 7),
  };
  return Object.fromEntries(by.map((name) => [name, words[name]]));
}
