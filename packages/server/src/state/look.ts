import { X509Certificate } from "node:crypto";
import type { ServerState } from "@sluice/api";
import type { Database } from "@sluice/database";
import type { JobCache } from "@sluice/jobs";
import { messageOf } from "@sluice/model";
import { sql } from "kysely";
import type { Registry } from "prom-client";
import type { ServerDeps } from "../deps.ts";
import { type Presence, SILENT_SECONDS } from "../servers/presence.ts";
import { concernsOf } from "./concerns.ts";
import type { ServerFacts } from "./facts.ts";
import type { LoopDelay } from "./loop-delay.ts";

export interface LookedAt
  extends Pick<ServerDeps, "clusters" | "events" | "database" | "clock" | "metrics"> {
  readonly jobs: JobCache;
  readonly publicUrl: URL;
  readonly facts: ServerFacts;
  readonly presence: Presence;
}

/** A database that does not answer so long is away. */
const PATIENCE_MS = 3000;

/** The server as it is now, with what to see to. */
export async function serverState(
  parts: LookedAt,
  delay: Pick<LoopDelay, "p99">,
): Promise<ServerState> {
  const { clusters, events, clock, metrics, facts, publicUrl } = parts;
  const [database, served, requests] = await Promise.all([
    databaseState(parts),
    clusters.list(),
    requestCounts(metrics),
  ]);
  const now = clock.now();
  const pollers = new Map(parts.jobs.status().map((status) => [status.cluster, status]));
  const age = (at: Date | undefined) =>
    at === undefined ? undefined : Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000));
  const { rss, heapUsed } = process.memoryUsage();
  const seen = {
    version: facts.version,
    startedAt: facts.startedAt.toISOString(),
    time: now.toISOString(),
    address: publicUrl.href,
    ...(facts.certificate === undefined ? {} : { certificate: certificateOf(facts.certificate) }),
    database,
    clusters: served.map(({ name, record }) => {
      const poller = pollers.get(name);
      return {
        ...{ name, status: record.status, jobs: poller?.jobs ?? 0 },
        queueAgeSeconds: age(poller?.queueAt),
        historyAgeSeconds: age(poller?.historyAt),
        historyFrom: poller?.historyFrom?.toISOString(),
        problem: poller?.problem,
      };
    }),
    servers: await serversOf(parts),
    unansweredClouds: clusters.unanswered(),
    eventListeners: events.listeners(),
    requests,
    memory: { residentBytes: rss, heapBytes: heapUsed },
    eventLoopDelayP99Ms: delay.p99(now),
  };
  return { ...seen, concerns: concernsOf(seen) };
}

/** Without the database nobody knows of the others. */
export async function serversOf({
  presence,
  facts,
}: {
  readonly presence: Pick<Presence, "servers">;
  readonly facts: Pick<ServerFacts, "serverId">;
}): Promise<ServerState["servers"]> {
  const servers = await inTime(presence.servers()).catch(() => []);
  return servers.map(({ id, host, address, version, since, isLeaving, silentSeconds }) => ({
    ...{ id, host, address, version, since: since.toISOString() },
    state: silentSeconds >= SILENT_SECONDS ? "silent" : isLeaving ? "leaving" : "alive",
    silentSeconds: Math.round(silentSeconds),
    isThis: id === facts.serverId,
  }));
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function databaseState({
  database,
  facts,
}: Pick<LookedAt, "database" | "facts">): Promise<ServerState["database"]> {
  const isOwn = facts.hasOwnDatabase;
  try {
    return { state: "ok", isOwn, ...(await inTime(databaseFacts(database))) };
  } catch (error) {
    return { state: "away", isOwn, problem: messageOf(error) };
  }
}

async function databaseFacts(database: Database) {
  const [version, size, made] = await Promise.all([
    sql<{ version: string }>`SELECT VERSION() AS version`.execute(database),
    sql<{ bytes: string | number | null }>`
      SELECT SUM(data_length + index_length) AS bytes FROM information_schema.tables
      WHERE table_schema = DATABASE()`.execute(database),
    sql<{ name: string }>`SELECT name FROM kysely_migration ORDER BY name`.execute(database),
  ]);
  return {
    version: version.rows[0]?.version ?? "",
    bytes: Number(size.rows[0]?.bytes ?? 0),
    migrations: made.rows.length,
    latestMigration: made.rows.at(-1)?.name,
  };
}

function certificateOf(pem: string): NonNullable<ServerState["certificate"]> {
  const { subject, issuer, validToDate } = new X509Certificate(pem);
  return {
    subject: subject.replaceAll("\n", ", "),
    validUntil: validToDate.toISOString(),
    selfSigned: subject === issuer,
  };
}

async function requestCounts(metrics: Registry): Promise<ServerState["requests"]> {
  const counted = await metrics.getSingleMetric("sluice_http_request_seconds")?.get();
  const answers = (counted?.values ?? []).filter(
    (one) => "metricName" in one && String(one.metricName).endsWith("_count"),
  );
  const sum = (is: (status: number) => boolean) =>
    answers
      .filter(({ labels }) => is(Number(labels.status)))
      .reduce((total, { value }) => total + value, 0);
  return {
    open: await gaugeOf(metrics, "sluice_http_requests_open"),
    answered: sum(() => true),
    failed: sum((status) => status >= 500),
    refusedForRate: sum((status) => status === 429),
  };
}

async function gaugeOf(metrics: Registry, name: string): Promise<number> {
  return (await metrics.getSingleMetric(name)?.get())?.values[0]?.value ?? 0;
}
