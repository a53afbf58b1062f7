import type { AnswerOf, BodyOf, ParamsOf, QueryOf, Route } from "@sluice/api";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../identity/principal.ts";

/** A request whose sender may ask it and whose parts are what the route says. */
export interface Call<R> {
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  /** Of routes for `anyone`, undefined when nobody is signed in. */
  readonly principal: Principal;
  /** Fires when the client goes away. */
  readonly signal: AbortSignal;
  /** Of the audit entry that the frame writes for each change, done or not; what else to tell in it. */
  readonly audit: {
    target(target: string): void;
    actingAs(unixUser: string): void;
    detail(detail: Readonly<Record<string, unknown>>): void;
  };
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** What a handler of bytes, text or events gives is its stream, headers set on `reply`. */
export type Handler<R> = (call: Call<R>) => Promise<AnswerOf<R>>;

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
