import { eventsRoutes } from "@sluice/api";
import { SluiceError } from "@sluice/model";
import type { FastifyRequest } from "fastify";
import { Gauge } from "prom-client";
import type { ServerDeps } from "../deps.ts";
import type { PublishedEvent } from "../events/hub.ts";
import { isVisible } from "../events/visible.ts";
import { beginEvents, HEARTBEAT, renderEvent } from "../http/event-response.ts";
import { type Implementation, implement, SENT } from "../http/handler.ts";
import type { Principal } from "../identity/principal.ts";

export interface EventsParts
  extends Pick<ServerDeps, "events" | "config" | "clock" | "log" | "metrics"> {
  /** Asked again while a stream is open: whoever loses a role or a token loses the stream. */
  readonly authenticate: (request: FastifyRequest) => Promise<Principal | undefined>;
}

/** Bytes that may wait for a reader; one that is slower is let go, and comes back with its last id. */
const WAITING_AT_MOST = 512 * 1024;
/** Heartbeats between two looks at who is listening. */
const BEATS_A_LOOK = 4;

export function eventsImplementations(parts: EventsParts): readonly Implementation[] {
  const streams = new Streams(parts);
  return [
    implement(eventsRoutes.streamEvents, async ({ request, reply, principal, query, signal }) => {
      const header = request.headers["last-event-id"];
      const since = typeof header === "string" && header !== "" ? header : query.since;
      const { topics, clusters } = query;
      using _place = streams.enter(principal);
      const raw = beginEvents(reply);
      const over = new AbortController();
      const isOver = AbortSignal.any([signal, over.signal]);
      let who = principal;
      raw.write("retry: 1000\n\n");
      parts.events.subscribe({
        ...(since === undefined ? {} : { since: since.slice(0, 100) }),
        signal: isOver,
        onLost: () =>
          raw.write(renderEvent({ event: "lost", data: {}, id: parts.events.lastId() })),
        wants: (event) =>
          (topics === undefined || topics.includes(event.topic)) &&
          (clusters === undefined ||
            (event.cluster !== undefined && clusters.includes(event.cluster))) &&
          isVisible(who, event),
        listener: (event) => {
          if (raw.writableLength > WAITING_AT_MOST) {
            over.abort();
            raw.destroy();
            return;
          }
          raw.write(rendered(event));
        },
      });
      for (let beat = 1; !isOver.aborted; beat += 1) {
        await parts.clock.sleep(HEARTBEAT, isOver);
        if (isOver.aborted) break;
        if (raw.writableLength === 0) raw.write(": \n\n");
        if (beat % BEATS_A_LOOK !== 0) continue;
        // A database that is away for a moment ends no stream.
        const now = await parts.authenticate(request).catch(() => who);
        if (now === undefined) break;
        who = now;
      }
      over.abort();
      if (!raw.writableEnded && !raw.destroyed) raw.end(renderEvent({ event: "bye", data: {} }));
      return SENT;
    }),
  ];
}

/** Once for all streams that send it. */
const RENDERED = new WeakMap<PublishedEvent, string>();

function rendered(event: PublishedEvent): string {
  const known = RENDERED.get(event);
  if (known !== undefined) return known;
  const { id, topic, kind, cluster, time, data } = event;
  const view = { topic, kind, ...(cluster === undefined ? {} : { cluster }), time, data };
  const text = renderEvent({ id, event: topic, data: view });
  RENDERED.set(event, text);
  return text;
}

/** Counts open streams, in all and of each account. */
class Streams {
  readonly #limits: ServerDeps["config"]["Events"];
  readonly #of = new Map<string, number>();
  readonly #gauge: Gauge;
  #all = 0;

  constructor({ config, metrics }: EventsParts) {
    this.#limits = config.Events;
    this.#gauge = new Gauge({
      name: "sluice_event_streams_open",
      help: "streams of events that are open",
      registers: [metrics],
    });
  }

  /** Throws `TOO_MANY_STREAMS`. */
  enter({ id }: Principal): Disposable {
    const own = this.#of.get(id) ?? 0;
    if (this.#all >= this.#limits.MaxStreams || own >= this.#limits.MaxStreamsOfUser) {
      throw new SluiceError("TOO_MANY_STREAMS", "user", "too many streams of events are open", {
        hint: "close some; Events in the server's file says how many there may be",
      });
    }
    this.#all += 1;
    this.#of.set(id, own + 1);
    this.#gauge.set(this.#all);
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      this.#all -= 1;
      const left = (this.#of.get(id) ?? 1) - 1;
      if (left === 0) this.#of.delete(id);
      else this.#of.set(id, left);
      this.#gauge.set(this.#all);
    };
    return { [Symbol.dispose]: leave };
  }
}
