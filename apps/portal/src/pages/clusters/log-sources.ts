import { ROUTES, readEvents } from "@sluice/api";
import { dateTime } from "../../frame/format.ts";
import { isPassing } from "../../frame/queries.ts";
import { server } from "../../frame/server.ts";
import type { LogChunk, LogSource } from "../../parts/log-view/source.ts";

/** Lines that come first. */
const FIRST = 1_000;

/** Milliseconds before a stream that broke off is opened again. */
const PAUSE = 3_000;

/** A log of the head or the console of a node's machine, as it is written. */
export function liveLog(cluster: string, source: string): LogSource {
  return {
    async *follow(signal) {
      for (;;) {
        try {
          yield* onceThrough(cluster, source, signal);
        } catch (error) {
          // What is cut off in the middle is a TypeError of fetch.
          if (signal.aborted || !(isPassing(error) || error instanceof TypeError)) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        signal.throwIfAborted();
      }
    },
  };
}

/** A stream has no place to go on from: opened again it begins with the newest lines. */
async function* onceThrough(
  cluster: string,
  source: string,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const request = { params: { cluster, source }, query: { lines: FIRST }, signal };
  const { body } = await server.stream(ROUTES.followLog, request);
  if (body === null) return;
  let restart = true;
  for await (const { data } of readEvents(body)) {
    const { text, message = "" } = data as { readonly text?: string; readonly message?: string };
    yield text === undefined ? { text: `${message}\n` } : { text, restart };
    restart = false;
  }
}

/** A log that the cloud keeps: its newest part, and what was before it. */
export function keptLog(cluster: string, stream: string): LogSource {
  const params = { cluster, stream };
  let next: string | undefined;
  const page = async (signal: AbortSignal, cursor?: string): Promise<LogChunk> => {
    const query = { limit: FIRST, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await server.call(ROUTES.readKeptLog, { params, query, signal });
    next = answer.next;
    const lines = answer.items.map(
      ({ timestamp, message }) => `${dateTime(timestamp)}  ${message}`,
    );
    return { text: lines.map((line) => `${line}\n`).join(""), hasEarlier: next !== undefined };
  };
  return {
    async *follow(signal) {
      yield { ...(await page(signal)), restart: true };
    },
    earlier: (signal) => page(signal, next),
  };
}
