import { isSluiceError } from "@sluice/model";
import type { ZodType, z } from "zod";
import { errorOf, notOurs, ProblemError, unreachable } from "./client-error.ts";
import { type EventMessage, readEvents } from "./event-stream.ts";
import type { Route } from "./route.ts";

export interface ClientOptions {
  /** `https://sluice.example:8480`, with or without a path. */
  readonly baseUrl: string;
  /** The platform's own when missing. */
  readonly fetch?: typeof fetch;
  /** Of every request: who asks. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
  /** Waits before a stream is opened again; only tests have another. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: routes of every shape
type AnyRoute = Route<any, any, any, any>;

type Part<Name extends string, Schema> = Schema extends ZodType
  ? Record<never, never> extends z.input<Schema>
    ? { readonly [key in Name]?: z.input<Schema> }
    : undefined extends z.input<Schema>
      ? { readonly [key in Name]?: z.input<Schema> }
      : { readonly [key in Name]: z.input<Schema> }
  : Record<never, never>;

/** What a request of route `R` is made of. */
export type RequestOf<R> =
  R extends Route<infer P, infer Q, infer B, ZodType>
    ? Part<"params", P> &
        Part<"query", Q> &
        Part<"body", B> & {
          /** For routes that take bytes or text. */
          readonly content?: NonNullable<RequestInit["body"]>;
          readonly headers?: Readonly<Record<string, string>>;
          readonly idempotencyKey?: string;
          readonly signal?: AbortSignal;
        }
    : never;

/** JSON as the server sent it. */
export type JsonOf<R> = R extends Route<ZodType, ZodType, ZodType, infer A> ? z.input<A> : never;

export interface ApiClient {
  /** Throws `ProblemError`, `SERVER_UNREACHABLE`, `SERVER_ANSWER_UNKNOWN`. */
  call<R extends AnyRoute>(route: R, request: RequestOf<R>): Promise<JsonOf<R>>;
  /** The answer as it comes, its status one of success. Throws as `call`. */
  stream<R extends AnyRoute>(route: R, request: RequestOf<R>): Promise<Response>;
  /**
   * Events until the signal fires or the caller leaves the loop. A stream that breaks off is opened
   * again from where it was; throws when the server refuses it.
   */
  events<R extends AnyRoute>(
    route: R,
    request: RequestOf<R>,
  ): AsyncIterable<EventMessage<JsonOf<R>>>;
  /** Where a request of this route goes. */
  url<R extends AnyRoute>(route: R, request: Pick<RequestOf<R>, never>): string;
}

interface LooseRequest {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly content?: NonNullable<RequestInit["body"]>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** Milliseconds before a stream is opened again: the first time, and at most. */
const RETRY_FIRST = 500;
const RETRY_MOST = 15_000;

/** A client of a server's interface, in a browser or in Node. It keeps no state. */
export function createClient(options: ClientOptions): ApiClient {
  const { baseUrl, headers = {}, sleep = wait } = options;
  const ask = options.fetch ?? globalThis.fetch.bind(globalThis);

  async function send(
    route: AnyRoute,
    request: LooseRequest,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const url = urlOf(baseUrl, route, request);
    const { signal } = request;
    const response = await ask(url, {
      method: route.method,
      headers: {
        accept: route.gives === "events" ? "text/event-stream" : "application/json, */*;q=0.5",
        ...contentType(route, request),
        ...(request.idempotencyKey === undefined
          ? {}
          : { "idempotency-key": request.idempotencyKey }),
        ...(typeof headers === "function" ? headers() : headers),
        ...request.headers,
        ...more,
      },
      ...bodyOf(request),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      if (signal?.aborted === true || isSluiceError(error)) throw error;
      throw unreachable(baseUrl, error);
    });
    if (!response.ok) throw await errorOf(response, baseUrl);
    return response;
  }

  async function* events(route: AnyRoute, request: LooseRequest) {
    const { signal } = request;
    let last: string | undefined;
    let pause = RETRY_FIRST;
    const isOver = () => signal?.aborted === true;
    while (!isOver()) {
      try {
        const more: Record<string, string> = last === undefined ? {} : { "last-event-id": last };
        const { body } = await send(route, request, more);
        if (body === null) throw notOurs(baseUrl, "no stream");
        for await (const event of readEvents(body)) {
          pause = RETRY_FIRST;
          last = event.id ?? last;
          yield event;
        }
      } catch (error) {
        if (isOver()) return;
        if (error instanceof ProblemError && !isPassing(error)) throw error;
        if (error instanceof ProblemError && error.retryAfter !== undefined) {
          pause = Math.max(pause, error.retryAfter * 1000);
        }
      }
      await sleep(pause, signal);
      pause = Math.min(pause * 2, RETRY_MOST);
    }
  }

  return {
    call: async (route, request) => {
      const response = await send(route, request as LooseRequest);
      if (route.answer === undefined) {
        await response.body?.cancel();
        return undefined as never;
      }
      return response.json().catch(() => {
        throw notOurs(baseUrl, "what is not JSON");
      }) as Promise<never>;
    },
    stream: (route, request) => send(route, request as LooseRequest),
    events: (route, request) => events(route, request as LooseRequest) as AsyncGenerator<never>,
    url: (route, request) => urlOf(baseUrl, route, request as LooseRequest),
  };
}

const isPassing = ({ problem }: ProblemError): boolean =>
  problem.status === 429 || problem.status >= 502;

function urlOf(
  baseUrl: string,
  route: AnyRoute,
  { params = {}, query = {} }: LooseRequest,
): string {
  const path = route.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const value = String(params[name] ?? "");
    // These would name another path, and an empty one another route.
    if (value === "" || value === "." || value === "..") {
      throw new TypeError(`${route.id}: "${value}" can not be ${name}`);
    }
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined)
        search.append(name, one instanceof Date ? one.toISOString() : `${one}`);
    }
  }
  const text = search.toString();
  return `${baseUrl.replace(/\/+$/, "")}${path}${text === "" ? "" : `?${text}`}`;
}

function contentType(route: AnyRoute, request: LooseRequest): Record<string, string> {
  if (request.content !== undefined) {
    return { "content-type": route.takes === "text" ? "text/plain" : "application/octet-stream" };
  }
  return request.body === undefined ? {} : { "content-type": "application/json" };
}

function bodyOf({ content, body }: LooseRequest): RequestInit {
  if (content !== undefined) return { body: content, duplex: "half" } as RequestInit;
  return body === undefined ? {} : { body: JSON.stringify(body) };
}

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
