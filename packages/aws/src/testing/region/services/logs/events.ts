import { randomUUID } from "node:crypto";
import {
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { handle, type Service, ServiceError } from "../../contract.ts";
import { type LogEvent, type LogGroups, page } from "./state.ts";

const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
/** Counted for each event beside its text. */
const OVERHEAD = 26;
const DAY_MS = 86_400_000;

export function eventOperations(groups: LogGroups): Service["operations"] {
  return {
    PutLogEvents: handle(PutLogEventsCommand, ({ logGroupName, logStreamName, logEvents = [] }) => {
      const stream = groups.stream(logGroupName, logStreamName);
      const added = logEvents.map(({ timestamp = 0, message = "" }) => ({ timestamp, message }));
      checkBatch(added);
      const ingestionTime = groups.now();
      stream.events.push(
        ...added.map((event) => ({ ...event, ingestionTime, eventId: randomUUID() })),
      );
      stream.events.sort((a, b) => a.timestamp - b.timestamp);
      return { nextSequenceToken: String(stream.events.length) };
    }),
    GetLogEvents: handle(GetLogEventsCommand, (input) => {
      const stream = groups.stream(
        input.logGroupName ?? input.logGroupIdentifier,
        input.logStreamName,
      );
      const events = between(stream.events, input);
      const limit = Math.min(input.limit ?? MOST_EVENTS, MOST_EVENTS);
      const [from, to] = windowOf(input.nextToken, {
        count: events.length,
        limit,
        isFromHead: input.startFromHead === true,
      });
      // At an end the token is the one that was given: so callers know that they are there.
      return {
        events: events.slice(from, to).map(({ eventId: _, ...event }) => event),
        nextForwardToken: `f/${to}`,
        nextBackwardToken: `b/${from}`,
      };
    }),
    FilterLogEvents: handle(FilterLogEventsCommand, (input) => {
      const group = groups.group(input.logGroupName ?? input.logGroupIdentifier);
      const { logStreamNames, logStreamNamePrefix = "", filterPattern = "", nextToken } = input;
      const found = [...group.streams.values()]
        .filter(
          ({ name }) => logStreamNames?.includes(name) ?? name.startsWith(logStreamNamePrefix),
        )
        .flatMap(({ name, events }) =>
          between(events, input)
            .filter(({ message }) => hasTerms(message, filterPattern))
            .map((event) => ({ ...event, logStreamName: name })),
        )
        .toSorted((a, b) => a.timestamp - b.timestamp);
      const { rows, ...rest } = page(
        found,
        nextToken,
        Math.min(input.limit ?? MOST_EVENTS, MOST_EVENTS),
      );
      return { ...rest, events: rows };
    }),
  };
}

function checkBatch(events: readonly { timestamp: number; message: string }[]): void {
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + OVERHEAD, 0);
  const [first] = events;
  const last = events.at(-1);
  const problem =
    first === undefined || last === undefined || events.length > MOST_EVENTS
      ? `a batch has 1 to ${MOST_EVENTS} events`
      : bytes > MOST_BYTES
        ? `Upload too large: ${bytes} bytes exceeds limit of ${MOST_BYTES}`
        : last.timestamp - first.timestamp > DAY_MS
          ? "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
          : events.some(({ message }) => message === "")
            ? "an event has no message"
            : events.some(({ timestamp }, at) => timestamp < (events[at - 1]?.timestamp ?? 0))
              ? "Log events in a single PutLogEvents request must be in chronological order."
              : undefined;
  if (problem !== undefined) throw new ServiceError("InvalidParameterException", problem);
}

function between(
  events: readonly LogEvent[],
  {
    startTime = 0,
    endTime,
  }: { readonly startTime?: number | undefined; readonly endTime?: number | undefined },
): readonly LogEvent[] {
  // GetLogEvents leaves the end out.
  return events.filter(
    ({ timestamp }) => timestamp >= startTime && timestamp < (endTime ?? Number.POSITIVE_INFINITY),
  );
}

/** First event of the page and the one after its last. */
function windowOf(
  token: string | undefined,
  {
    count,
    limit,
    isFromHead,
  }: { readonly count: number; readonly limit: number; readonly isFromHead: boolean },
): readonly [number, number] {
  const [, direction, text = ""] = /^([fb])\/(\d+)$/.exec(token ?? "") ?? [];
  const at = Math.min(Number(text), count);
  if (direction === "f" || (direction === undefined && isFromHead)) {
    return [at, Math.min(count, at + limit)];
  }
  const end = direction === "b" ? at : count;
  return [Math.max(0, end - limit), end];
}

/** Words that must all be there; in quotation marks they may have spaces. */
function hasTerms(message: string, pattern: string): boolean {
  const terms = pattern.match(/"[^"]*"|\S+/g) ?? [];
  return terms.every((term) => message.includes(term.replace(/^"|"$/g, "")));
}
