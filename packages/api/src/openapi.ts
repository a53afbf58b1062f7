import { type ZodType, z } from "zod";
import { PROBLEM_MEDIA_TYPE, problemSchema } from "./problem.ts";
import type { Media, Route } from "./route.ts";

/** JSON, as deep as it goes. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** Where the paths begin; the document's own host when missing. */
  readonly serverUrl?: string;
}

const MEDIA_TYPES: Readonly<Record<Media, string>> = {
  json: "application/json",
  bytes: "application/octet-stream",
  events: "text/event-stream",
  text: "text/plain",
};

/** What any operation may answer, whatever it is about. */
const ALWAYS: Readonly<Record<number, string>> = {
  400: "The request is not what this document says",
  401: "Nobody is signed in, or no longer",
  403: "The role or the token does not suffice",
  404: "It is not there, or not for you to see",
  429: "Too many requests; `Retry-After` says when to ask again",
  500: "A fault of the server's",
};

/** The OpenAPI 3.1 document of these operations. Pure: the same routes give the same document. */
export function openApiDocument(routes: readonly Route[], options: OpenApiOptions): JsonObject {
  const schemas = new Schemas();
  const problem = schemas.of(problemSchema.meta({ id: "Problem" }), "problem");
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operation(route, schemas, problem),
    };
  }
  const tags = [...new Set(routes.map(({ tag }) => tag))].toSorted();
  return {
    openapi: "3.1.0",
    info: {
      title: options.title,
      version: options.version,
      ...(options.description === undefined ? {} : { description: options.description }),
    },
    servers: [{ url: options.serverUrl ?? "/" }],
    tags: tags.map((name) => ({ name })),
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An API token" },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "sluice-session",
          description: "`__Host-sluice-session` where there is TLS",
        },
      },
      schemas: schemas.all,
    },
  };
}

function operation(route: Route, schemas: Schemas, problem: Json): Json {
  const { access } = route;
  const needs =
    access.role === "anyone"
      ? "No login is needed."
      : `Role \`${access.role}\` on the ${access.on}${access.scope === undefined ? "" : `; tokens with scope \`${access.scope}\``}.`;
  return {
    operationId: route.id,
    summary: route.summary,
    description: [route.description, needs].filter(Boolean).join("\n\n"),
    tags: [route.tag],
    parameters: [
      ...parameters(route, route.params, "path", schemas),
      ...parameters(route, route.query, "query", schemas),
      ...(route.isIdempotentByKey === true ? [IDEMPOTENCY_PARAMETER] : []),
    ],
    ...requestBody(route, schemas),
    responses: { ...success(route, schemas), ...problems(route, problem) },
    ...(access.role === "anyone" ? { security: [] } : {}),
  };
}

const IDEMPOTENCY_PARAMETER: Json = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "However often the request is sent with it, it has one effect and one answer.",
  schema: { type: "string", minLength: 1, maxLength: 200 },
};

function parameters(
  route: Route,
  schema: ZodType | undefined,
  place: "path" | "query",
  schemas: Schemas,
): readonly Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.inline(schema, `${route.id}_${place}`) as {
    properties?: Record<string, JsonObject>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function requestBody(route: Route, schemas: Schemas): JsonObject {
  const takes = route.takes ?? "json";
  if (takes === "json" && route.body === undefined) return {};
  const schema = route.body === undefined ? {} : schemas.of(route.body, `${route.id}_body`);
  const isRequired = route.body === undefined || !route.body.safeParse(undefined).success;
  return { requestBody: { required: isRequired, content: { [MEDIA_TYPES[takes]]: { schema } } } };
}

function success(route: Route, schemas: Schemas): JsonObject {
  const gives = route.gives ?? "json";
  const hasBody = route.answer !== undefined || gives !== "json";
  const schema = route.answer === undefined ? {} : schemas.of(route.answer, `${route.id}_answer`);
  return {
    [statusOf(route)]: {
      description: "Done",
      ...(hasBody ? { content: { [MEDIA_TYPES[gives]]: { schema } } } : {}),
    },
  };
}

/** Of success. */
export function statusOf(route: Route): number {
  if (route.status !== undefined) return route.status;
  return route.answer === undefined && (route.gives ?? "json") === "json" ? 204 : 200;
}

function problems(route: Route, problem: Json): JsonObject {
  const mayBeUnknown = route.access.role === "anyone" ? ["401", "403"] : [];
  const entries = Object.entries({ ...ALWAYS, ...route.problems }).filter(
    ([status]) => !mayBeUnknown.includes(status) || route.problems?.[Number(status)] !== undefined,
  );
  return Object.fromEntries(
    entries.map(([status, description]) => [
      status,
      { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: problem } } },
    ]),
  );
}

/** Collects what schemas share, under `components`. */
class Schemas {
  readonly all: Record<string, Json> = {};

  /** The schema itself, or a reference to it when it has a name or holds itself. */
  of(schema: ZodType, place: string): Json {
    const name = z.globalRegistry.get(schema)?.id;
    const inlined = this.inline(schema, place);
    if (name === undefined) return inlined;
    // One that holds itself is among the definitions already.
    if (!Object.hasOwn(inlined, "$ref")) this.all[name] = inlined;
    return { $ref: `#/components/schemas/${name}` };
  }

  inline(schema: ZodType, place: string): JsonObject {
    const {
      $schema: _,
      $defs = {},
      ...rest
    } = z.toJSONSchema(schema, {
      // Documents are written from the sender's side, also those that the server sends.
      io: "input",
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema._zod.def.type !== "date") return;
        jsonSchema.type = "string";
        jsonSchema.format = "date-time";
      },
    }) as { $schema?: Json; $defs?: Record<string, Json> } & Record<string, Json>;
    const nameOf = (name: string) => (name.startsWith("__") ? `${place}${name}` : name);
    const moved = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(moved);
      if (value === null || typeof value !== "object") return value;
      return Object.fromEntries(
        Object.entries(value as JsonObject).map(([key, inner]) => {
          if (key !== "$ref" || typeof inner !== "string") return [key, moved(inner)];
          if (inner === "#") return [key, `#/components/schemas/${place}`];
          return [key, `#/components/schemas/${nameOf(inner.replace("#/$defs/", ""))}`];
        }),
      );
    };
    for (const [name, definition] of Object.entries($defs)) {
      const { id: _id, ...body } = definition as JsonObject;
      this.all[nameOf(name)] = moved(body);
    }
    const { id: _id, ...own } = rest;
    const body = moved(own) as JsonObject;
    if (JSON.stringify(own).includes('"$ref":"#"')) this.all[place] = body;
    return body;
  }
}
