import type { LogQuery, LogStream, LogStreams } from "@sluice/cloud";
import { SluiceError } from "@sluice/model";
import type { Clients } from "./clients.ts";
import { logs } from "./sdk.ts";

/** What CloudWatch keeps of clusters, that are there and that are gone. */
export function awsLogStreams(
  clients: Clients,
  /** The part that tells a cluster from its namesakes; undefined when there is none now. */
  uniqueOf: (cluster: string) => Promise<string | undefined>,
): LogStreams {
  return {
    async list(cluster) {
      const { sdk, client } = await logs(clients);
      const logGroupName = await groupOf(clients, cluster, uniqueOf);
      if (logGroupName === undefined) return [];
      const found: LogStream[] = [];
      for await (const { logStreams = [] } of sdk.paginateDescribeLogStreams(
        { client },
        { logGroupName },
      )) {
        for (const { logStreamName = "", firstEventTimestamp, lastEventTimestamp } of logStreams) {
          found.push({
            name: logStreamName,
            firstAt: dateOf(firstEventTimestamp),
            lastAt: dateOf(lastEventTimestamp),
          });
        }
      }
      return found;
    },
    async read(cluster, stream, query) {
      const { sdk, client } = await logs(clients);
      const logGroupName = await groupOf(clients, cluster, uniqueOf);
      if (logGroupName === undefined) throw noLog(cluster, stream);
      const isOldest = query.end === "oldest";
      const answer = await client
        .send(
          new sdk.GetLogEventsCommand({
            logGroupName,
            logStreamName: stream,
            startFromHead: isOldest,
            ...inputOf(query),
          }),
        )
        .catch((error: unknown) => {
          if (error instanceof Error && error.name === "ResourceNotFoundException") {
            throw noLog(cluster, stream);
          }
          throw error;
        });
      const { events = [], nextForwardToken, nextBackwardToken } = answer;
      const next = isOldest ? nextForwardToken : nextBackwardToken;
      return {
        events: events.map(({ timestamp = 0, message = "" }) => ({
          time: new Date(timestamp),
          text: message,
        })),
        // At the end the service gives back the token that it was given. Pages before it may be empty.
        next: next === query.next ? undefined : next,
      };
    },
  };
}

function inputOf({ from, until, limit, next }: LogQuery) {
  return {
    ...(from === undefined ? {} : { startTime: from.getTime() }),
    ...(until === undefined ? {} : { endTime: until.getTime() }),
    ...(limit === undefined ? {} : { limit }),
    ...(next === undefined ? {} : { nextToken: next }),
  };
}

/** The group of the cluster that is there, else of the last one of that name. */
async function groupOf(
  clients: Clients,
  cluster: string,
  uniqueOf: (cluster: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const { sdk, client } = await logs(clients);
  const unique = await uniqueOf(cluster);
  const begin = `/sluice/${cluster}-`;
  const groups: { readonly name: string; readonly at: number }[] = [];
  for await (const { logGroups = [] } of sdk.paginateDescribeLogGroups(
    { client },
    { logGroupNamePrefix: begin },
  )) {
    for (const { logGroupName: name = "", creationTime: at = 0 } of logGroups) {
      if (/^[0-9a-f]{8}$/.test(name.slice(begin.length))) groups.push({ name, at });
    }
  }
  const own = groups.find(({ name }) => name === `${begin}${unique}`);
  return own?.name ?? groups.toSorted((a, b) => b.at - a.at)[0]?.name;
}

function dateOf(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}

function noLog(cluster: string, stream: string): SluiceError {
  return new SluiceError("LOG_SOURCE_NOT_FOUND", "user", `${cluster} has no log ${stream}`, {
    hint: `see which there are with: sluice list-cluster-log-streams -n ${cluster}`,
  });
}
