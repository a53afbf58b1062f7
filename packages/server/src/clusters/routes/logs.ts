import { clustersRoutes } from "@sluice/api";
import type { Cloud } from "@sluice/cloud";
import {
  clusterLogs,
  describeClusterInstances,
  followClusterLogs,
  LOG_SOURCES,
  listLogStreams,
  logEvents,
} from "@sluice/lifecycle";
import { messageOf } from "@sluice/model";
import type { OutgoingEvent } from "../../http/event-response.ts";
import { type Implementation, implement } from "../../http/handler.ts";
import { type ClusterParts, seenCluster } from "./parts.ts";

/** A reader that is slower than a log is told how much it missed. */
const MOST_WAITING = 1_000_000;

export function logRoutes(parts: ClusterParts): readonly Implementation[] {
  const { clock } = parts;
  return [
    implement(clustersRoutes.listLogSources, async ({ params, principal, signal }) => {
      const { cloud, name } = await seenCluster(parts, principal, params.cluster);
      const machines = await describeClusterInstances({ cloud, name, signal });
      const kept = cloud.logs === undefined ? [] : await listLogStreams({ cloud, name });
      const nodes = machines
        .filter(({ nodeType }) => nodeType !== "HeadNode")
        .map(({ nodeName }) => nodeName);
      return { sources: LOG_SOURCES, nodes, kept };
    }),

    implement(clustersRoutes.readLog, async ({ params, query, principal, signal, reply }) => {
      const { cloud, name } = await seenCluster(parts, principal, params.cluster);
      const { lines } = query;
      const text = await clusterLogs({ cloud, name, which: params.source, lines, signal });
      void reply.type("text/plain; charset=utf-8");
      return text;
    }),

    implement(clustersRoutes.followLog, async ({ params, query, principal, signal }) => {
      const { cloud, name } = await seenCluster(parts, principal, params.cluster);
      const { lines } = query;
      const which = params.source;
      // What is wrong with the name of the log is an answer, not the end of a stream.
      await clusterLogs({ cloud, name, which, lines: 1, signal });
      return texts((write, ended) =>
        followClusterLogs({
          cloud: withoutTerminal(cloud),
          name,
          which,
          lines,
          clock,
          write,
          signal: AbortSignal.any([signal, ended]),
        }),
      );
    }),

    implement(clustersRoutes.readKeptLog, async ({ params, query, principal }) => {
      const { cloud, name } = await seenCluster(parts, principal, params.cluster);
      const { from, until, end, limit, cursor } = query;
      const { events, nextToken } = await logEvents({
        cloud,
        name,
        stream: params.stream,
        query: {
          end,
          limit,
          ...(from === undefined ? {} : { from: new Date(from) }),
          ...(until === undefined ? {} : { until: new Date(until) }),
          ...(cursor === undefined ? {} : { next: cursor }),
        },
      });
      return { items: events, ...(nextToken === undefined ? {} : { next: nextToken }) };
    }),
  ];
}

/** A server has no terminal to lend: it looks at journals again and again. */
function withoutTerminal(cloud: Cloud): Cloud {
  const { shell } = cloud;
  const oneShot: Cloud["shell"] = {
    exec: (cluster, request, options) => shell.exec(cluster, request, options),
    attach: (cluster, request) => shell.attach(cluster, request),
    isOneShot: true,
  };
  return {
    provider: cloud.provider,
    infrastructure: cloud.infrastructure,
    shell: oneShot,
    consoleOutput: (cluster, machine, lines) => cloud.consoleOutput(cluster, machine, lines),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** What something writes, as events, until it ends or its reader leaves. */
async function* texts(
  work: (write: (text: string) => void, ended: AbortSignal) => Promise<unknown>,
): AsyncGenerator<OutgoingEvent> {
  const left = new AbortController();
  let waiting = "";
  let missed = 0;
  let isOver = false;
  let wake = (): void => {};
  const write = (text: string): void => {
    if (waiting.length + text.length > MOST_WAITING) missed += text.length;
    else waiting += text;
    wake();
  };
  let problem: string | undefined;
  const working = work(write, left.signal)
    .catch((error: unknown) => {
      problem = messageOf(error);
    })
    .finally(() => {
      isOver = true;
      wake();
    });
  try {
    for (;;) {
      if (waiting !== "") {
        const text = waiting;
        waiting = "";
        yield { data: { text } };
      } else if (missed > 0) {
        const text = `… ${missed} characters are left out …\n`;
        missed = 0;
        yield { data: { text } };
      } else if (isOver) {
        if (problem !== undefined) yield { event: "error", data: { message: problem } };
        return;
      } else {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    }
  } finally {
    left.abort();
    await working;
  }
}
