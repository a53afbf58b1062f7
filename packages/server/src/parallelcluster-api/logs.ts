import { listLogStreams, logEvents } from "@sluice/lifecycle";
import { pageOf } from "./pages.ts";
import { type Answerer, clusterOf } from "./parts.ts";
import { badRequest } from "./refusal.ts";
import type { DocumentedRequest } from "./request.ts";

const FILTER = /^Name=(private-dns-name|node-type)$/;

export const logAnswerers = {
  ListClusterLogStreams: async (asked) => {
    const { request } = asked;
    const { cloud, name, record } = await clusterOf(asked);
    const all = await listLogStreams({ cloud, name });
    const wanted = filtersOf(request.list("filters"));
    const found = all.filter(({ logStreamName }) => wanted(logStreamName));
    const { items, next } = pageOf(found, request.text("nextToken"));
    const unknown = record.createdAt.toISOString();
    const logStreams = items.map((stream) => {
      const { logStreamName, firstEventTimestamp = unknown } = stream;
      const { lastEventTimestamp = firstEventTimestamp } = stream;
      return {
        logStreamName,
        creationTime: firstEventTimestamp,
        firstEventTimestamp,
        lastEventTimestamp,
        lastIngestionTime: lastEventTimestamp,
        uploadSequenceToken: "",
        logStreamArn: `sluice:cluster/${name}/${logStreamName}`,
      };
    });
    return { status: 200, body: { logStreams, ...next } };
  },

  GetClusterLogEvents: async (asked) => {
    const { request } = asked;
    const { cloud, name } = await clusterOf(asked);
    const { limit, from, until } = rangeOf(request);
    const next = request.text("nextToken");
    const { events, nextToken } = await logEvents({
      cloud,
      name,
      stream: request.text("logStreamName") ?? "",
      query: {
        end: request.flag("startFromHead") === true ? "oldest" : "newest",
        ...(limit === undefined ? {} : { limit }),
        ...(from === undefined ? {} : { from }),
        ...(until === undefined ? {} : { until }),
        ...(next === undefined ? {} : { next }),
      },
    });
    const more = nextToken === undefined ? {} : { nextToken };
    return { status: 200, body: { events, ...more } };
  },
} satisfies Record<string, Answerer>;

/** Times and the limit of a request for lines of a log. */
export function rangeOf(request: DocumentedRequest) {
  const from = timeOf(request.text("startTime"), "start_time");
  const until = timeOf(request.text("endTime"), "end_time");
  if (from !== undefined && until !== undefined && from >= until) {
    throw badRequest("start_time filter must be earlier than end_time filter.");
  }
  const limit = request.number("limit");
  if (limit !== undefined && limit <= 0) throw badRequest("'limit' must be a positive integer.");
  return { from, until, limit: limit === undefined ? undefined : Math.min(limit, 10_000) };
}

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

function timeOf(text: string | undefined, name: string): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (TIME.test(text) && !Number.isNaN(time.getTime())) return time;
  throw badRequest(
    `${name} filter must be in the ISO 8601 format: YYYY-MM-DDThh:mm:ssZ. (e.g. 1984-09-15T19:20:30Z or 1984-09-15).`,
  );
}

/** `Name=node-type,Values=HeadNode`, which lists of parameters cut at their commas. */
function filtersOf(words: readonly string[]): (stream: string) => boolean {
  const filters: { readonly name: string; readonly values: string[] }[] = [];
  for (const word of words.flatMap((one) => one.split(/\s+/))) {
    const [, name] = FILTER.exec(word) ?? [];
    const last = filters.at(-1);
    if (name !== undefined) filters.push({ name, values: [] });
    else if (last !== undefined) last.values.push(word.replace(/^Values=/, ""));
    else throw badFilter();
  }
  if (filters.some(({ values }) => values.length === 0)) throw badFilter();
  return (stream) => filters.every((filter) => fits(stream, filter));
}

/** Streams are named by their machine first: `head/slurmctld`. */
function fits(
  stream: string,
  { name, values }: { readonly name: string; readonly values: readonly string[] },
): boolean {
  const machine = stream.split("/")[0] ?? "";
  if (name === "private-dns-name") return values.includes(machine);
  return values.includes(machine === "head" ? "HeadNode" : "ComputeNode");
}

function badFilter() {
  return badRequest(
    "filters parameter must be in the form Name=private-dns-name|node-type,Values=VALUE[,VALUE…].",
  );
}
