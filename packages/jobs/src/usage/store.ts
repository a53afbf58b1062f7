import { type Database, inTransaction } from "@sluice/database";
import { sql } from "kysely";
import type { UsageFilter, UsageGroup } from "./contract.ts";
import type { UsageRow } from "./day-ledger.ts";
import type { Day } from "./days.ts";
import { MEASURES, type Measures } from "./measures.ts";

/** A cluster, of those that had or have that name. */
export interface ClusterPlace {
  readonly name: string;
  readonly id: string;
}

export interface MadeDay {
  readonly madeAt: Date;
  readonly isClosed: boolean;
}

export interface UsageStore {
  /** All days of ends that were made, oldest first. */
  made(place: ClusterPlace): Promise<ReadonlyMap<Day, MadeDay>>;
  /** Puts these rows instead of those of the same day of ends: all of it or nothing. */
  replace(place: ClusterPlace, day: Day, rows: readonly UsageRow[], made: MadeDay): Promise<void>;
  /** Adds up what is wanted, by cluster and what else is asked for. */
  sum(filter: UsageFilter, by: readonly UsageGroup[]): Promise<readonly SummedUsage[]>;
  /** Names of all clusters that something is known of, those that are gone too. */
  clusters(): Promise<readonly string[]>;
  /** When the newest day of each was made last. */
  madeAt(clusters: readonly string[]): Promise<ReadonlyMap<string, Date>>;
  /** Of which applications the runs of these jobs are. */
  applications(cluster: string, jobs: readonly number[]): Promise<ReadonlyMap<number, string>>;
}

/** By the column's name; what was not asked for is missing. */
export interface SummedUsage extends Measures {
  readonly cluster: string;
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
}

const ROWS_AT_ONCE = 300;
/** Widths of the columns; beyond them two names are one. */
const WIDTHS = { user: 128, account: 120, partition: 120, application: 60 } as const;

export function createUsageStore(database: Database): UsageStore {
  return {
    async made({ name, id }) {
      const rows = await database
        .selectFrom("usage_days")
        .select(["day", "made_at", "is_closed"])
        .where("cluster", "=", name)
        .where("cluster_id", "=", id)
        .orderBy("day")
        .execute();
      return new Map(
        rows.map((row) => [row.day, { madeAt: row.made_at, isClosed: row.is_closed === 1 }]),
      );
    },

    async replace({ name, id }, day, rows, { madeAt, isClosed }) {
      const place = { cluster: name, cluster_id: id };
      const values = merged(rows).map((row) => ({ ...place, end_day: day, ...row }));
      await inTransaction(database, async (tables) => {
        // First the day's own row: whoever makes the same day at the same time waits here.
        await tables
          .replaceInto("usage_days")
          .values({ ...place, day, made_at: madeAt, is_closed: isClosed ? 1 : 0 })
          .execute();
        await tables
          .deleteFrom("usage_rows")
          .where("cluster", "=", name)
          .where("cluster_id", "=", id)
          .where("end_day", "=", day)
          .execute();
        for (let from = 0; from < values.length; from += ROWS_AT_ONCE) {
          const some = values.slice(from, from + ROWS_AT_ONCE);
          await tables.insertInto("usage_rows").values(some).execute();
        }
      });
    },

    async sum(filter, by) {
      if (filter.clusters.size === 0) return [];
      const columns = by.map((name) => ({ name, expression: EXPRESSIONS[name] }));
      let query = database
        .selectFrom("usage_rows")
        .select("cluster")
        .select(columns.map(({ name, expression }) => expression.as(`by_${name}`)))
        .select(MEASURES.map((name) => sql<number>`SUM(${sql.ref(name)})`.as(name)))
        // What was used on a day ended on that day or later; rows are in this order.
        .where("end_day", ">=", filter.from)
        .where("day", ">=", filter.from)
        .where("day", "<=", filter.to)
        .where(({ and, eb, or }) =>
          or(
            [...filter.clusters].map(([cluster, seen]) => {
              const isIts = eb("cluster", "=", cluster);
              if (seen === "all") return isIts;
              const { users, accounts } = seen;
              return and([
                isIts,
                or([
                  ...(users.length === 0 ? [] : [eb("user", "in", users)]),
                  ...(accounts.length === 0 ? [] : [eb("account", "in", accounts)]),
                ]),
              ]);
            }),
          ),
        );
      for (const name of ["user", "account", "partition", "application"] as const) {
        const wanted = filter[name];
        if (wanted !== undefined) query = query.where(name, "in", wanted);
      }
      const rows = await query
        .groupBy(["cluster", ...columns.map(({ expression }) => expression)])
        .execute();
      return rows.map((row) => summed(row as unknown as Readonly<Record<string, unknown>>, by));
    },

    async clusters() {
      const rows = await database
        .selectFrom("usage_days")
        .select("cluster")
        .distinct()
        .orderBy("cluster")
        .execute();
      return rows.map(({ cluster }) => cluster);
    },

    async madeAt(clusters) {
      if (clusters.length === 0) return new Map();
      const rows = await database
        .selectFrom("usage_days")
        .select(["cluster", ({ fn }) => fn.max("made_at").as("made_at")])
        .where("cluster", "in", clusters)
        .groupBy("cluster")
        .execute();
      return new Map(rows.map((row) => [row.cluster, row.made_at]));
    },

    async applications(cluster, jobs) {
      if (jobs.length === 0) return new Map();
      const rows = await database
        .selectFrom("runs")
        .select(["job_id", "application_name"])
        .where("cluster", "=", cluster)
        .where("job_id", "in", jobs)
        .orderBy("created_at")
        .execute();
      return new Map(rows.map((row) => [row.job_id ?? 0, row.application_name]));
    },
  };
}

const EXPRESSIONS = {
  user: sql<string>`${sql.ref("user")}`,
  account: sql<string>`${sql.ref("account")}`,
  partition: sql<string>`${sql.ref("partition")}`,
  application: sql<string>`${sql.ref("application")}`,
  day: sql<string>`${sql.ref("day")}`,
  week: sql<string>`DATE_FORMAT(DATE_SUB(${sql.ref("day")}, INTERVAL WEEKDAY(${sql.ref("day")}) DAY), '%Y-%m-%d')`,
  month: sql<string>`LEFT(${sql.ref("day")}, 7)`,
} as const satisfies Record<UsageGroup, unknown>;

function summed(row: Readonly<Record<string, unknown>>, by: readonly UsageGroup[]): SummedUsage {
  const measures = MEASURES.map((name) => [name, Number(row[name] ?? 0)]);
  return {
    cluster: String(row.cluster),
    group: Object.fromEntries(by.map((name) => [name, String(row[`by_${name}`])])),
    ...(Object.fromEntries(measures) as unknown as Measures),
  };
}

function merged(rows: readonly UsageRow[]): readonly UsageRow[] {
  const all = new Map<string, UsageRow>();
  for (const row of rows) {
    const cut = { ...row };
    for (const [name, width] of Object.entries(WIDTHS)) {
      cut[name as keyof typeof WIDTHS] = [...row[name as keyof typeof WIDTHS]]
        .slice(0, width)
        .join("");
    }
    const key = [cut.day, cut.user, cut.account, cut.partition, cut.application].join("\0");
    const known = all.get(key);
    all.set(key, known === undefined ? cut : together(known, cut));
  }
  return [...all.values()];
}

function together(one: UsageRow, other: UsageRow): UsageRow {
  const sums = MEASURES.map((name) => [name, one[name] + other[name]]);
  return { ...one, ...(Object.fromEntries(sums) as unknown as Measures) };
}
