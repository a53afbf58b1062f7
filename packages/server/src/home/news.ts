import { X509Certificate } from "node:crypto";
import type { News, Token } from "@sluice/api";
import type { CachedJob, Loss, MovedJob, Trigger } from "@sluice/jobs";
import type { ComputeFleet } from "@sluice/model";
import type { ServedCluster } from "../clusters/directory.ts";
import type { Operation } from "../clusters/operations/index.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A token is told of so long before its end, if it was made for longer. */
const TOKEN_MS = 3 * DAY_MS;
const TOKEN_LIFE_MS = 7 * DAY_MS;
/** Long enough to have another one made. */
const CERTIFICATE_MS = 21 * DAY_MS;

const ORDER = { error: 0, warning: 1, info: 2 } as const;

/** Worst first; of the same severity the latest first. */
export function inOrder(news: readonly News[]): readonly News[] {
  return news.toSorted(
    (one, other) =>
      ORDER[one.severity] - ORDER[other.severity] ||
      ((one.time ?? "") < (other.time ?? "") ? 1 : -1),
  );
}

export function unreachable(cluster: string, reason: string): News {
  return { kind: "cluster-unreachable", severity: "error", cluster, reason };
}

/** Of a cluster that could not be made, changed or deleted. */
export function newsOfCluster({ name, record }: ServedCluster): readonly News[] {
  const { status, statusReason, updatedAt } = record;
  if (!status.endsWith("_FAILED")) return [];
  return [
    {
      ...{ kind: "cluster-failed", severity: "error", cluster: name, state: status },
      ...(statusReason === undefined ? {} : { reason: statusReason }),
      time: updatedAt.toISOString(),
    },
  ];
}

export function newsOfFleet(cluster: string, fleet: ComputeFleet): readonly News[] {
  const stopped: readonly News[] = fleet.status.startsWith("STOP")
    ? [
        {
          ...{ kind: "fleet-stopped", severity: "warning", cluster, state: fleet.status },
          time: fleet.lastStatusUpdatedTime,
        },
      ]
    : [];
  const queues = Map.groupBy(fleet.protected, ({ queue }) => queue);
  return [
    ...stopped,
    ...[...queues].map(
      ([queue, [first]]): News => ({
        ...{ kind: "queue-protected", severity: "error", cluster, queue },
        ...(first?.reason ? { reason: first.reason } : {}),
        ...(first === undefined ? {} : { time: first.since }),
      }),
    ),
    ...fleet.unavailable
      .filter(({ cause }) => cause === "capacity")
      .map(
        ({ queue, instanceType, reason, until }): News => ({
          ...{ kind: "capacity-missing", severity: "info", cluster, queue, name: instanceType },
          ...{ reason, time: until },
        }),
      ),
  ];
}

export function newsOfJob(job: CachedJob): News {
  const { cluster, label, name, state, exitCode, endTime, partition } = job;
  return {
    ...{ kind: "job-failed", severity: "warning", cluster, id: label, name, state, exitCode },
    queue: partition,
    ...(endTime === undefined ? {} : { time: endTime.toISOString() }),
  };
}

/** Of a cluster that counts as lost; `reason` where it does not go on. */
export function newsOfLoss({ cluster, since, problem }: Loss): News {
  return {
    ...{ kind: "cluster-lost", severity: "error", cluster, time: since.toISOString() },
    ...(problem === undefined ? {} : { reason: problem }),
  };
}

/** Of those that were moved within a day, once for each way that they went. */
export function newsOfMoved(moved: readonly MovedJob[], now: Date): readonly News[] {
  const late = moved.filter(
    ({ movedAt, jobId }) =>
      jobId !== undefined && movedAt !== undefined && now.getTime() - movedAt.getTime() < DAY_MS,
  );
  const ways = Map.groupBy(late, ({ from, cluster }) => `${from}\0${cluster}`);
  return [...ways.values()].flatMap((jobs): readonly News[] => {
    const [first] = jobs;
    if (first === undefined) return [];
    const { from: name, cluster, movedAt, jobId } = first;
    return [
      {
        ...{ kind: "jobs-moved", severity: "info", cluster, name, count: jobs.length },
        ...(jobs.length === 1 && jobId !== undefined ? { id: String(jobId) } : {}),
        ...(movedAt === undefined ? {} : { time: movedAt.toISOString() }),
      },
    ];
  });
}

export function newsOfTriggers(triggers: readonly Trigger[]): readonly News[] {
  return triggers
    .filter(({ state }) => state === "failing")
    .map(({ id, name, cluster, stateReason, changedAt }) => ({
      ...{ kind: "trigger-failing", severity: "error", cluster, id, name },
      ...{ reason: stateReason, time: changedAt.toISOString() },
    }));
}

export function newsOfTokens(tokens: readonly Token[], now: Date): readonly News[] {
  return tokens.flatMap(({ id, name, createdAt, expiresAt }) => {
    const end = Date.parse(expiresAt);
    const isSoon = end - now.getTime() < TOKEN_MS;
    if (!isSoon || end - Date.parse(createdAt) < TOKEN_LIFE_MS) return [];
    return [{ kind: "token-expires", severity: "warning", id, name, time: expiresAt } as const];
  });
}

/** @param pem of the server's own certificate. */
export function newsOfCertificate(pem: string, now: Date): readonly News[] {
  const { validToDate } = new X509Certificate(pem);
  if (validToDate.getTime() - now.getTime() > CERTIFICATE_MS) return [];
  const severity = validToDate <= now ? "error" : "warning";
  return [{ kind: "certificate-expires", severity, time: validToDate.toISOString() }];
}

export function newsOfOperation({ id, kind, cluster, image, createdAt }: Operation): News {
  return {
    ...{ kind: "operation-running", severity: "info", id, state: kind },
    ...(cluster === undefined ? {} : { cluster }),
    ...(image === undefined ? {} : { name: image }),
    time: createdAt.toISOString(),
  };
}
