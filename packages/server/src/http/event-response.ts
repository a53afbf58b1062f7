import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { isSluiceError } from "@sluice/model";
import type { FastifyReply } from "fastify";

/** What a handler of events gives, one by one. */
export interface OutgoingEvent {
  readonly id?: string;
  /** `message` when missing. */
  readonly event?: string;
  readonly data: unknown;
}

/** Milliseconds between two signs of life: proxies close what says nothing for a minute. */
export const HEARTBEAT = 15_000;

/** Begins the stream on the reply: from then on the handler writes to `reply.raw`. */
export function beginEvents(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const headers = reply.getHeaders() as Record<string, string>;
  reply.raw.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // Proxies that gather what they pass on would hold events back.
    "x-accel-buffering": "no",
  });
  reply.raw.flushHeaders();
  return reply.raw;
}

export function renderEvent({ id, event, data }: OutgoingEvent): string {
  const head = `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}`;
  return `${head}data: ${JSON.stringify(data ?? null)}\n\n`;
}

/** Milliseconds in which events that cannot be read say so: the answer is a problem then. */
const SOON = 200;

/**
 * Sends events as fast as they are read; asks for the next when the last is on its way. When reading
 * fails after the answer began it is broken off: whoever comes again is told why.
 */
export async function pumpEvents(
  reply: FastifyReply,
  events: AsyncIterable<OutgoingEvent>,
  signal: AbortSignal,
): Promise<void> {
  const source = events[Symbol.asyncIterator]();
  let next = source.next();
  // Seen to by the loop, also when it comes later.
  next.catch(() => {});
  await Promise.race([next, delay(SOON, undefined, { ref: false })]);
  const raw = beginEvents(reply);
  const beat = setInterval(() => {
    if (raw.writableLength === 0) raw.write(": \n\n");
  }, HEARTBEAT);
  try {
    for (let one = await next; one.done !== true; one = await next) {
      if (signal.aborted) return;
      if (!raw.write(renderEvent(one.value))) await drained(raw, signal);
      next = source.next();
    }
  } catch (err) {
    const level = isSluiceError(err) ? "info" : "error";
    if (!signal.aborted) reply.log[level]({ err }, "a stream of events broke off");
  } finally {
    clearInterval(beat);
    raw.end();
    await source.return?.();
  }
}

async function drained(raw: ServerResponse, signal: AbortSignal): Promise<void> {
  // A stream goes on for hours: no wait may leave a listener behind.
  const over = new AbortController();
  const waiting = { signal: AbortSignal.any([signal, over.signal]) };
  await Promise.race([once(raw, "drain", waiting), once(raw, "close", waiting)]).catch(() => {});
  over.abort();
}
