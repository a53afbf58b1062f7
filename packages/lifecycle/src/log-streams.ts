import type { Cloud, LogQuery, LogStreams } from "@sluice/cloud";
import { clusterNotFound, unsupported } from "./operation.ts";

/** ParallelCluster's names; times are ISO 8601, UTC. */
export interface LogStreamView {
  readonly logStreamName: string;
  readonly firstEventTimestamp?: string;
  readonly lastEventTimestamp?: string;
}

export interface LogEventsView {
  /** Oldest first. */
  readonly events: readonly { readonly timestamp: string; readonly message: string }[];
  /** Missing when there is no more. */
  readonly nextToken?: string;
}

/** Of a cluster that is there, or that is gone and whose logs are not. */
interface LogOperation {
  readonly cloud: Cloud;
  readonly name: string;
}

/**
 * The logs that a cloud keeps of a cluster, by name.
 *
 * Errors: `UNSUPPORTED_BY_PROVIDER`, `CLUSTER_NOT_FOUND` when there is neither cluster nor log.
 */
export async function listLogStreams(operation: LogOperation): Promise<readonly LogStreamView[]> {
  const { cloud, name } = operation;
  const streams = await keptLogs(cloud).list(name);
  const isGone = streams.length === 0 && (await cloud.infrastructure.describe(name)) === undefined;
  if (isGone) throw clusterNotFound(name);
  return streams
    .map(({ name: logStreamName, firstAt, lastAt }) => ({
      logStreamName,
      ...(firstAt === undefined ? {} : { firstEventTimestamp: firstAt.toISOString() }),
      ...(lastAt === undefined ? {} : { lastEventTimestamp: lastAt.toISOString() }),
    }))
    .sort((a, b) => (a.logStreamName < b.logStreamName ? -1 : 1));
}

/**
 * Lines of one log; without a limit as many as the cloud gives at once.
 *
 * Errors: `UNSUPPORTED_BY_PROVIDER`, `LOG_SOURCE_NOT_FOUND`.
 */
export async function logEvents(
  operation: LogOperation & { readonly stream: string; readonly query: LogQuery },
): Promise<LogEventsView> {
  const { cloud, name, stream, query } = operation;
  const { events, next } = await keptLogs(cloud).read(name, stream, query);
  return {
    events: events.map(({ time, text }) => ({ timestamp: time.toISOString(), message: text })),
    ...(next === undefined ? {} : { nextToken: next }),
  };
}

function keptLogs({ provider, logs }: Cloud): LogStreams {
  if (logs !== undefined) return logs;
  const what = `the provider ${provider} keeps no logs beside those on the machines`;
  throw unsupported(what, "read them there with: sluice logs -n NAME");
}
