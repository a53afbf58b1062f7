import type { FastifyRequest } from "fastify";
import { type DocumentedOperation, type Parameter, resolved, type Schema } from "./document.ts";
import { badRequest } from "./refusal.ts";

/** A request whose parts are what the document says. */
export interface DocumentedRequest {
  text(name: string): string | undefined;
  flag(name: string): boolean | undefined;
  number(name: string): number | undefined;
  list(name: string): readonly string[];
  /** Of the body. */
  field(name: string): string;
}

const MOST_TEXT = 4000;
const MOST_LIST = 200;

/** Reads the parameters and the body by the operation's own schemas. Throws a 400. */
export function readRequest(
  operation: DocumentedOperation,
  request: FastifyRequest,
): DocumentedRequest {
  const query = request.query as Readonly<Record<string, string | readonly string[]>>;
  const path = request.params as Readonly<Record<string, string>>;
  const values = new Map<string, string | boolean | number | readonly string[]>();
  for (const parameter of operation.parameters) {
    const { name } = parameter;
    const given = parameter.in === "path" ? path[name] : query[name];
    if (given === undefined || given === "") {
      if (parameter.required === true) throw badRequest(`missing query parameter '${name}'`);
      continue;
    }
    values.set(name, valueGiven(parameter, given));
  }
  const fields = fieldsOf(operation.body, request.body);
  const of = (name: string) => values.get(name);
  return {
    text: (name) => of(name) as string | undefined,
    flag: (name) => of(name) as boolean | undefined,
    number: (name) => of(name) as number | undefined,
    list: (name) => (of(name) as readonly string[] | undefined) ?? [],
    field: (name) => fields[name] ?? "",
  };
}

function valueGiven({ name, schema }: Parameter, given: string | readonly string[]) {
  const { type, items } = resolved(schema);
  if (type === "array") {
    // Clients write lists in either way: a parameter for each, or one with commas.
    const values = [given].flat().flatMap((one) => (one as string).split(","));
    if (values.length > MOST_LIST) throw badRequest(`'${name}' has too many values`);
    return values.map((one) => checkedText(name, items ?? {}, one));
  }
  if (typeof given !== "string") throw badRequest(`'${name}' is given more than once`);
  if (type === "boolean") {
    const word = given.toLowerCase();
    if (word !== "true" && word !== "false") {
      throw badRequest(`wrong type, expected 'boolean' for query parameter '${name}'`);
    }
    return word === "true";
  }
  if (type === "integer") {
    if (!/^-?[0-9]{1,9}$/.test(given)) {
      throw badRequest(`wrong type, expected 'integer' for query parameter '${name}'`);
    }
    return Number(given);
  }
  return checkedText(name, schema, given);
}

function checkedText(name: string, schema: Schema, given: string): string {
  if (given.length > MOST_TEXT) throw badRequest(`'${name}' is too long`);
  const { enum: words } = resolved(schema);
  if (words !== undefined && !words.includes(given)) {
    throw badRequest(`'${name}' is none of ${words.join(", ")}`);
  }
  return given;
}

function fieldsOf(schema: Schema | undefined, body: unknown): Readonly<Record<string, string>> {
  if (schema === undefined) return {};
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest("request body is required");
  }
  const { properties = {}, required = [] } = resolved(schema);
  const given = body as Readonly<Record<string, unknown>>;
  const fields: Record<string, string> = {};
  for (const [name, property] of Object.entries(properties)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || value === null) {
      if (required.includes(name)) throw badRequest(`'${name}' is a required property`);
      continue;
    }
    if (typeof value !== "string") throw badRequest(`'${name}' is not of type 'string'`);
    const { enum: words } = resolved(property);
    if (words !== undefined && !words.includes(value)) {
      throw badRequest(`'${name}' is none of ${words.join(", ")}`);
    }
    fields[name] = value;
  }
  return fields;
}
