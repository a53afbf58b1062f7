import type { ZodType, z } from "zod";
import type { Role, Scope } from "./access.ts";

/** What a caller has to be and to hold before a handler is asked. */
export interface Access {
  /** The least role; `anyone` needs no login at all. */
  readonly role: Role | "anyone";
  /**
   * Where the role has to be held: on the cluster that the path names, or on the whole site. Which
   * of a cluster's things a role shows (own jobs, an account's, all) is the handler's to keep.
   */
  readonly on: "site" | "cluster";
  /** What a token has to be made for; sessions of people have every scope. */
  readonly scope?: Scope;
}

/** What a body or an answer is besides one JSON document. */
export type Media = "json" | "bytes" | "events" | "text";

/**
 * One operation of the HTTP interface: what the server implements, the client calls and the OpenAPI
 * document tells. Path parameters are in braces, as in OpenAPI.
 */
export interface Route<
  Params extends ZodType = ZodType,
  Query extends ZodType = ZodType,
  Body extends ZodType = ZodType,
  Answer extends ZodType = ZodType,
> {
  /** operationId: `listJobs`. */
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  readonly path: `/${string}`;
  /** One line, imperative: `Cancel a job`. */
  readonly summary: string;
  readonly description?: string;
  /** Groups operations in the document: jobs, clusters, files, … */
  readonly tag: string;
  readonly access: Access;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Missing: 204 without a body. */
  readonly answer?: Answer;
  /** Of success; 200 with an answer and 204 without when missing. */
  readonly status?: number;
  readonly takes?: Media;
  readonly gives?: Media;
  /** Status codes of problems beyond 400, 401, 403, 404, 429 and 500, with what they mean here. */
  readonly problems?: Readonly<Record<number, string>>;
  /** It changes nothing, or tells what it did elsewhere: it leaves no entry in the audit log. */
  readonly keepsHistory?: true;
  /** The request may carry `Idempotency-Key`, and then has one effect however often it is sent. */
  readonly isIdempotentByKey?: boolean;
}

/** Only there so that types of schemas are kept. */
export function route<
  Params extends ZodType = z.ZodObject<Record<never, never>>,
  Query extends ZodType = z.ZodObject<Record<never, never>>,
  Body extends ZodType = z.ZodUndefined,
  Answer extends ZodType = z.ZodUndefined,
>(one: Route<Params, Query, Body, Answer>): Route<Params, Query, Body, Answer> {
  return one;
}

export type ParamsOf<R> = R extends Route<infer P, ZodType, ZodType, ZodType> ? z.output<P> : never;
export type QueryOf<R> = R extends Route<ZodType, infer Q, ZodType, ZodType> ? z.output<Q> : never;
export type BodyOf<R> = R extends Route<ZodType, ZodType, infer B, ZodType> ? z.output<B> : never;
export type AnswerOf<R> = R extends Route<ZodType, ZodType, ZodType, infer A> ? z.input<A> : never;
