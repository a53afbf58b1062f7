import type { accountingRoutes, QueryOf, Use, UseGroup } from "@sluice/api";
import {
  dayOf,
  daysAfter,
  type JobVisibility,
  type SiteUsage,
  startOfDay,
  type UsageFilter,
  type UsageGroup,
  type Used,
} from "@sluice/jobs";
import { SluiceError } from "@sluice/model";
import { maySee } from "../clusters/sight.ts";
import type { ServerDeps } from "../deps.ts";
import type { Principal } from "../identity/principal.ts";
import { jobVisibility } from "../jobs/sight.ts";
import { type Sum, sumOf, viewOfSum } from "./measures.ts";

export interface UseParts extends Pick<ServerDeps, "clusters" | "clock"> {
  readonly usage: SiteUsage;
}

export type UseQuery = QueryOf<typeof accountingRoutes.getUse>;

const USUAL_DAYS = 30;
const MOST_DAYS = 3660;
const MOST_ROWS = 20_000;
const DAY_MS = 86_400_000;
const TIMES: readonly UseGroup[] = ["day", "week", "month"];

/**
 * What was used, as far as the principal may see it. Errors: `REQUEST_INVALID` for a span that ends
 * before it begins, or is longer than ten years.
 */
export async function useOf(parts: UseParts, principal: Principal, query: UseQuery): Promise<Use> {
  const { usage } = parts;
  const { from, to } = spanOf(query, parts.clock.now());
  const clusters = await visibleClusters(parts, principal, query.cluster);
  const by = [...new Set(query.by)];
  const used = await usage.use(
    filterOf(query, from, to, clusters),
    by.filter((group): group is UsageGroup => group !== "cluster"),
  );
  const rows = grouped(used, by).toSorted(byTimeThenSize(by));
  const status = await usage.status([...clusters.keys()]);
  return {
    from,
    to,
    rows: rows.slice(0, MOST_ROWS).map(({ keys, sum }) => ({ ...keys, ...viewOfSum(sum) })),
    isCut: rows.length > MOST_ROWS,
    totals: viewOfSum(sumOf(used)),
    clusters: status.map(({ cluster, madeAt, missingDays, problem }) => ({
      cluster,
      ...(madeAt === undefined ? {} : { readAt: madeAt.toISOString() }),
      missingDays,
      ...(problem === undefined ? {} : { problem }),
    })),
  };
}

/** Names of clusters, those that are gone too, with what may be seen of each. */
async function visibleClusters(
  { clusters, usage }: UseParts,
  principal: Principal,
  wanted: readonly string[] | undefined,
): Promise<ReadonlyMap<string, JobVisibility>> {
  const served = (await clusters.list()).map(({ name }) => name);
  const names = [...new Set([...served, ...(await usage.clusters())])]
    .filter((name) => maySee(principal, name))
    .filter((name) => wanted === undefined || wanted.includes(name));
  return new Map(names.toSorted().map((name) => [name, jobVisibility(principal, name)]));
}

function spanOf(query: UseQuery, now: Date): { readonly from: string; readonly to: string } {
  const { to = dayOf(now) } = query;
  const { from = daysAfter(to, 1 - USUAL_DAYS) } = query;
  const days = (startOfDay(to).getTime() - startOfDay(from).getTime()) / DAY_MS;
  if (days >= 0 && days < MOST_DAYS) return { from, to };
  throw new SluiceError("REQUEST_INVALID", "user", `there are no days from ${from} to ${to}`, {
    hint: "let the span begin before it ends, and be ten years at most",
  });
}

function filterOf(
  { user, account, partition, application }: UseQuery,
  from: string,
  to: string,
  clusters: ReadonlyMap<string, JobVisibility>,
): UsageFilter {
  const words = { user, account, partition, application };
  const wanted = Object.entries(words).filter(([, names]) => names?.length);
  return { from, to, clusters, ...Object.fromEntries(wanted) };
}

interface Row {
  readonly keys: Partial<Record<UseGroup, string>>;
  readonly sum: Sum;
}

/** Of several clusters together, unless they are asked for apart. */
function grouped(used: readonly Used[], by: readonly UseGroup[]): readonly Row[] {
  if (by.length === 0) return [];
  const keysOf = ({ cluster, group }: Used): Row["keys"] =>
    Object.fromEntries(by.map((name) => [name, name === "cluster" ? cluster : group[name]]));
  const groups = Map.groupBy(used, (one) => JSON.stringify(keysOf(one)));
  return [...groups.values()].flatMap((some) => {
    const [first] = some;
    return first === undefined ? [] : [{ keys: keysOf(first), sum: sumOf(some) }];
  });
}

function byTimeThenSize(by: readonly UseGroup[]): (one: Row, other: Row) => number {
  const time = by.find((group) => TIMES.includes(group));
  return (one, other) => {
    const [first, second] = time === undefined ? ["", ""] : [one.keys[time], other.keys[time]];
    if (first !== second) return (first ?? "") < (second ?? "") ? -1 : 1;
    return other.sum.cpu_seconds - one.sum.cpu_seconds || other.sum.jobs - one.sum.jobs;
  };
}
