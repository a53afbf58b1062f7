import { STATUS_CODES } from "node:http";
import type { Problem } from "@sluice/api";
import { isConflict, isDatabaseAway } from "@sluice/database";
import { isSluiceError, SluiceError } from "@sluice/model";
import { ZodError } from "zod";
import { httpStatusOf } from "./statuses.ts";

/** A request that is not what its route says; each part that is wrong is named. */
export class InvalidRequest extends SluiceError {
  readonly errors: NonNullable<Problem["errors"]>;

  constructor(part: "path" | "query" | "body" | "headers", error: ZodError) {
    super("REQUEST_INVALID", "user", `the ${part} of the request is not what this route takes`, {
      hint: "see the route in /api/docs",
    });
    this.errors = error.issues.slice(0, 50).map(({ path, message }) => ({
      path: [part, ...path.map(String)].join("."),
      message: message.slice(0, 500),
    }));
  }
}

/** Any error as its sender may see it: with a stack of its own, never with ours. */
export function problemOf(error: unknown, requestId: string): Problem {
  const shown = shownError(error);
  const status = httpStatusOf(shown);
  return {
    type: `urn:sluice:problem:${shown.code.toLowerCase().replaceAll("_", "-")}`,
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail: shown.message,
    instance: `urn:uuid:${requestId}`,
    code: shown.code,
    ...(shown.hint === undefined ? {} : { hint: shown.hint }),
    ...(shown instanceof InvalidRequest ? { errors: shown.errors } : {}),
    ...extrasOf(shown),
  };
}

/** Ours, or the one of ours that says as much as a stranger may know. */
export function shownError(error: unknown): SluiceError {
  if (isSluiceError(error)) return error;
  if (error instanceof ZodError) return new InvalidRequest("body", error);
  if (isDatabaseAway(error) || isConflict(error)) return databaseUnreachable(error);
  return fromFastify(error) ?? unexpected(error);
}

/** What an error class of ours has beside code, message and hint, as its JSON. */
function extrasOf(error: SluiceError): Record<string, unknown> {
  const {
    code: _c,
    source: _s,
    message: _m,
    hint: _h,
    ...extras
  } = error.toJSON() as Record<string, unknown>;
  return extras;
}

function unexpected(cause: unknown): SluiceError {
  return new SluiceError("UNEXPECTED", "system", "something went wrong that should not", {
    hint: "tell the server's administrator the `instance` of this answer: it is in the log",
    cause,
  });
}

export function databaseUnreachable(cause?: unknown): SluiceError {
  return new SluiceError("DATABASE_UNREACHABLE", "system", "the server's database is away", {
    hint: "ask again in a moment; the administrator sees why in the server's log",
    cause,
  });
}

/** Fastify's own, and body-parser's: all are about the request, or they are none of these. */
function fromFastify(error: unknown): SluiceError | undefined {
  if (!(error instanceof Error) || !("statusCode" in error)) return undefined;
  const { statusCode, message } = error as Error & { readonly statusCode: unknown };
  switch (statusCode) {
    case 400:
      return invalid(message);
    case 404:
      return routeNotFound();
    case 408:
      return new SluiceError("REQUEST_TIMEOUT", "user", "the request took too long to arrive", {
        hint: "send it again, faster",
      });
    case 413:
      return tooLarge();
    case 414:
    case 431:
      return invalid("the address or the headers are too long");
    case 415:
      return mediaTypeUnsupported("the body's Content-Type is none that this route takes");
    case 503:
      return stopping();
    default:
      return undefined;
  }
}

export function invalid(message: string): SluiceError {
  return new SluiceError("REQUEST_INVALID", "user", plain(message), {
    hint: "see the route in /api/docs",
  });
}

/** Messages of parsers may repeat what was sent. */
function plain(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point.
  const line = message.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ").slice(0, 200);
  return line.charAt(0).toLowerCase() + line.slice(1);
}

export function routeNotFound(): SluiceError {
  return new SluiceError("ROUTE_NOT_FOUND", "user", "there is nothing at this address", {
    hint: "see /api/docs for what there is",
  });
}

export class MethodNotAllowed extends SluiceError {
  /** For the header Allow. */
  readonly allowed: readonly string[];

  constructor(allowed: readonly string[]) {
    const message = `this address takes ${allowed.join(", ")} only`;
    super("METHOD_NOT_ALLOWED", "user", message, { hint: "see /api/docs for what there is" });
    this.allowed = allowed;
  }
}

export function tooLarge(): SluiceError {
  return new SluiceError("REQUEST_TOO_LARGE", "user", "the body is larger than this route takes", {
    hint: "send less at a time; large files go up in parts",
  });
}

export function mediaTypeUnsupported(message: string): SluiceError {
  return new SluiceError("MEDIA_TYPE_UNSUPPORTED", "user", message, {
    hint: "send JSON in UTF-8, as application/json and without Content-Encoding",
  });
}

export function stopping(): SluiceError {
  return new SluiceError("SERVER_STOPPING", "system", "the server is stopping", {
    hint: "ask again in a moment",
  });
}

export function tooManyRequests(seconds: number): SluiceError {
  return new SluiceError("TOO_MANY_REQUESTS", "user", "that is too many requests", {
    hint: `wait ${seconds} s; Limits in the server's file says how many there may be`,
  });
}
