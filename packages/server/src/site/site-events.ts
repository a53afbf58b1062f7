import type { SiteEventRecord } from "@sluice/api";
import type { Progress } from "@sluice/cloud";
import type { ClusterEvents } from "@sluice/lifecycle";

/** Of heads' events: those that tell of a loss, and of who took over. */
const TOLD: ReadonlySet<string> = new Set([
  "head-took-over",
  "head-standby",
  "head-standby-lost",
  "head-incomplete",
  "job-revoked",
]);

/** The same within so many milliseconds is a repeat. */
const AGAIN_MS = 600_000;

interface Found {
  readonly items: readonly SiteEventRecord[];
  readonly incomplete: readonly string[];
}

/** What is known of a cluster's heads. */
export interface EventsOfCluster {
  /** Undefined: they can't be had. */
  readonly seen: ClusterEvents | undefined;
  /** Names of head machines by their ids, as far as they are there. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * What happened to a site's machines and heads, newest first.
 *
 * @param clusters by name.
 */
export function siteEvents(
  own: readonly Progress[],
  clusters: ReadonlyMap<string, EventsOfCluster>,
  limit: number,
): Found {
  const ofSite = own
    // The steps by which it was made are many, and nobody asks for them when all is well.
    .filter(({ resource, status }) => resource === "machine" || status === "failed")
    .map(({ time, resource, status, message }) => ({
      ...{ time: time.toISOString(), kind: resource },
      message: status === "started" ? `${message} is started` : once(message),
    }));
  const ofClusters = [...clusters].flatMap(([cluster, { seen, names }]) =>
    toldOf(seen?.events ?? []).map(({ time, kind, message }) => ({
      ...{ time, cluster, kind },
      message: named(message, names),
    })),
  );
  return {
    items: withoutRepeats([...ofSite, ...ofClusters].toSorted(newestFirst)).slice(0, limit),
    incomplete: [...clusters]
      .filter(([, { seen }]) => seen === undefined || seen.incomplete !== undefined)
      .map(([cluster]) => cluster),
  };
}

/** `site-a: site-a is ready` */
function once(message: string): string {
  return message.replace(/^(\S+): (?=\1 )/, "");
}

function named(message: string, names: ReadonlyMap<string, string>): string {
  return message.replace(/\bm-[0-9a-f]+\b|\bi-[0-9a-f]+\b/g, (id) => names.get(id) ?? id);
}

/** Without the steps of making a head, which are told when they begin and when they are done. */
function toldOf(events: ClusterEvents["events"]): ClusterEvents["events"] {
  const of = (status: string) =>
    new Set(events.filter((one) => one.status === status).map(({ message }) => message));
  const started = of("started");
  const done = of("done");
  const isStep = (message: string): boolean => started.has(message) && done.has(message);
  return events.filter(({ source, kind, status, message }) => {
    if (source === "fleet") return TOLD.has(kind);
    // Who leads and who stands by the heads tell themselves.
    return kind === "head" && status !== "done" && !isStep(message);
  });
}

/** What comes again and again within minutes is told as one, by its newest. */
function withoutRepeats(items: readonly SiteEventRecord[]): readonly SiteEventRecord[] {
  const runs: { readonly first: SiteEventRecord; oldest: number; count: number }[] = [];
  const open = new Map<string, (typeof runs)[number]>();
  for (const item of items) {
    const key = `${item.cluster ?? ""}\0${item.message}`;
    const at = Date.parse(item.time);
    const run = open.get(key);
    if (run !== undefined && run.oldest - at < AGAIN_MS) {
      run.oldest = at;
      run.count += 1;
      continue;
    }
    const begun = { first: item, oldest: at, count: 1 };
    runs.push(begun);
    open.set(key, begun);
  }
  return runs.map(({ first, count }) =>
    count === 1 ? first : { ...first, message: `${first.message} (${count} times)` },
  );
}

function newestFirst(a: SiteEventRecord, b: SiteEventRecord): number {
  return Date.parse(b.time) - Date.parse(a.time);
}
