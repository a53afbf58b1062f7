import type { CloudWatchLogsClient, InputLogEvent } from "@aws-sdk/client-cloudwatch-logs";
import type { LogLine, LogSink } from "@sluice/cloud";
import { cloudErrorOf, codeOf } from "../machines/errors.ts";

/** Limits of PutLogEvents, in the CloudWatch Logs API reference. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 1_048_576;
const BYTES_BESIDE = 26;
const LONGEST_MILLISECONDS = 24 * 3600_000;
const LONGEST_LINE = 256 * 1024 - BYTES_BESIDE;

/** Streams of the cluster's log group, made when they are first written to. */
export function awsLogs(client: () => Promise<CloudWatchLogsClient>, logGroup: string): LogSink {
  const made = new Set<string>();

  async function ensure(stream: string): Promise<void> {
    if (made.has(stream)) return;
    const { CreateLogStreamCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    const logs = await client();
    try {
      await logs.send(
        new CreateLogStreamCommand({ logGroupName: logGroup, logStreamName: stream }),
      );
    } catch (error) {
      if (codeOf(error) !== "ResourceAlreadyExistsException") throw error;
    }
    made.add(stream);
  }

  return {
    async append(stream, lines, { signal } = {}) {
      const name = stream.replaceAll(/[:*]/g, "_").slice(0, 512);
      const { PutLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
      try {
        const logs = await client();
        for (const logEvents of batchesOf(lines)) {
          await ensure(name);
          await logs.send(
            new PutLogEventsCommand({ logGroupName: logGroup, logStreamName: name, logEvents }),
            signal === undefined ? {} : { abortSignal: signal },
          );
        }
      } catch (error) {
        signal?.throwIfAborted();
        made.delete(name);
        throw cloudErrorOf(error, `log stream ${name}`);
      }
    },
  };
}

/** In the order of time, as it is required; empty lines are not taken. */
export function batchesOf(lines: readonly LogLine[]): InputLogEvent[][] {
  const events = lines
    .filter(({ text }) => text !== "")
    .map(({ time, text }) => ({ timestamp: time.getTime(), message: cut(text) }))
    .toSorted((a, b) => a.timestamp - b.timestamp);
  const batches: InputLogEvent[][] = [];
  let bytes = 0;
  let from = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.message) + BYTES_BESIDE;
    const last = batches.at(-1);
    const isFull =
      last === undefined ||
      last.length >= MOST_EVENTS ||
      bytes + size > MOST_BYTES ||
      event.timestamp - from >= LONGEST_MILLISECONDS;
    if (isFull) {
      batches.push([event]);
      bytes = size;
      from = event.timestamp;
    } else {
      last.push(event);
      bytes += size;
    }
  }
  return batches;
}

function cut(text: string): string {
  if (Buffer.byteLength(text) <= LONGEST_LINE) return text;
  return Buffer.from(text)
    .subarray(0, LONGEST_LINE)
    .toString("utf8")
    .replace(/\uFFFD$/, "");
}
