import type { FastifyRequest } from "fastify";
import { ZodArray, ZodDefault, ZodError, ZodObject, ZodOptional, type ZodType } from "zod";
import { InvalidRequest, invalid } from "./problems.ts";

export interface RawParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

interface Schemas {
  readonly params?: ZodType;
  readonly query?: ZodType;
  readonly body?: ZodType;
}

/** Longest that a value in a path or a query may be. */
const MAX_WORD = 8000;

/** The parts as their schemas have them. Throws `REQUEST_INVALID`. */
export function parseParts(schemas: Schemas, raw: RawParts): RawParts {
  return {
    params: parsed("path", schemas.params, words("path", raw.params)),
    query: parsed("query", schemas.query, listed(schemas.query, words("query", raw.query))),
    body: parsed("body", schemas.body, raw.body),
  };
}

/** 1 to 200 printable characters, or none. Throws `REQUEST_INVALID`. */
export function idempotencyKeyOf({ headers }: Pick<FastifyRequest, "headers">): string | undefined {
  const key = headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key === "string" && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw invalid("Idempotency-Key has to be 1 to 200 printable characters without spaces");
}

function parsed(
  part: "path" | "query" | "body",
  schema: ZodType | undefined,
  value: unknown,
): unknown {
  if (schema === undefined) return undefined;
  try {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    throw new InvalidRequest(part, result.error);
  } catch (error) {
    // A body may be nested deeper than a schema that holds itself can follow.
    if (error instanceof RangeError) throw invalid(`the ${part} is nested too deep`);
    if (error instanceof ZodError) throw new InvalidRequest(part, error);
    throw error;
  }
}

function words(part: string, value: unknown): Readonly<Record<string, unknown>> {
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  for (const [name, word] of entries) {
    for (const one of Array.isArray(word) ? word : [word]) {
      if (typeof one !== "string") continue;
      if (one.includes("\0")) throw invalid(`${part}.${name} has a zero byte`);
      if (one.length > MAX_WORD) throw invalid(`${part}.${name} is too long`);
    }
  }
  // The parser's own has no prototype, which zod takes for a class of somebody's.
  return Object.fromEntries(entries);
}

/** What may be there several times is a list also when it is there once. */
function listed(
  schema: ZodType | undefined,
  query: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!(schema instanceof ZodObject)) return query;
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => {
      const field = (schema.shape as Record<string, ZodType>)[name];
      return [name, isList(field) && typeof value === "string" ? [value] : value];
    }),
  );
}

function isList(field: unknown): boolean {
  if (field instanceof ZodArray) return true;
  return (field instanceof ZodOptional || field instanceof ZodDefault) && isList(field.unwrap());
}
