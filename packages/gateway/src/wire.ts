import type { GatewayInfo, HistoryJob, QueueJob } from "./contract.ts";

/** Dates of these documents travel in ISO 8601; what is undefined does not travel. */
const TIMES = ["submitTime", "eligibleTime", "startTime", "endTime"] as const;

export function queueJobFromWire(document: unknown): QueueJob {
  return withTimes(document) as QueueJob;
}

export function historyJobFromWire(document: unknown): HistoryJob {
  return withTimes(document) as HistoryJob;
}

export function infoFromWire(document: unknown): GatewayInfo {
  const info = document as Omit<GatewayInfo, "controllerStartedAt"> & {
    readonly controllerStartedAt?: string;
  };
  const { controllerStartedAt } = info;
  return {
    ...info,
    controllerStartedAt:
      controllerStartedAt === undefined ? undefined : new Date(controllerStartedAt),
  };
}

function withTimes(document: unknown): unknown {
  const job = document as Record<string, unknown>;
  for (const name of TIMES) {
    const time = job[name];
    if (typeof time === "string") job[name] = new Date(time);
  }
  return job;
}
