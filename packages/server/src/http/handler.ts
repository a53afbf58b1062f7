import type { Readable } from "node:stream";
import type { AnswerOf, BodyOf, ParamsOf, QueryOf, Route } from "@sluice/api";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../identity/principal.ts";
import type { OutgoingEvent } from "./event-response.ts";

/** A request whose sender may ask it and whose parts are what the route says. */
export interface Call<R> {
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  /** Of routes for `anyone`, undefined when nobody is signed in. */
  readonly principal: Principal;
  /** Fires when the client goes away, and when the server stops. */
  readonly signal: AbortSignal;
  /** `Idempotency-Key`, of routes that take it: 1 to 200 printable characters. */
  readonly idempotencyKey: string | undefined;
  /** Of the audit entry that the frame writes for each change, done or not; what else to tell in it. */
  readonly audit: {
    target(target: string): void;
    actingAs(unixUser: string): void;
    detail(detail: Readonly<Record<string, unknown>>): void;
    /** It is a part of something that is told once; what fails is told anyhow. */
    leaveOut(): void;
  };
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Of a handler that wrote its answer to `reply` itself. */
export const SENT = Symbol("sent");

type Streamed = Readable | AsyncIterable<OutgoingEvent> | typeof SENT;

/**
 * What a handler of bytes or text gives is its stream, headers set on `reply`; of events, the events
 * one by one, which are then sent as fast as they are read. A body of bytes or text is
 * `request.body`, a stream.
 */
export type Handler<R> = (call: Call<R>) => Promise<AnswerOf<R> | Streamed>;

export interface Implementation {
  // biome-ignore lint/suspicious/noExplicitAny: routes of every shape stand in one list
  readonly route: Route<any, any, any, any>;
  // biome-ignore lint/suspicious/noExplicitAny: the type is kept by `implement`
  readonly handler: Handler<any>;
}

/** Keeps the types of route and handler together. */
export function implement<R extends Implementation["route"]>(
  route: R,
  handler: Handler<R>,
): Implementation {
  return { route, handler };
}
