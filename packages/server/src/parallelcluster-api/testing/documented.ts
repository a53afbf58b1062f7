import { Ajv } from "ajv";
import formats from "ajv-formats";
import type { LightMyRequestResponse } from "fastify";
import { expect } from "vitest";
import { OPENAPI, OPERATIONS, type Schema } from "../document.ts";

type Draft = { -readonly [K in keyof Schema]: Schema[K] } & { additionalProperties?: boolean };

/** Shapes with no more in them than the document has. */
function closed(): unknown {
  const copy = structuredClone(OPENAPI.components) as { schemas: Record<string, Draft> };
  for (const schema of Object.values(copy.schemas)) {
    if (schema.type === "object") schema.additionalProperties = false;
  }
  return { $id: "parallelcluster", components: copy };
}

// Ajv's types and its module are not of one mind about the default export.
const addFormats = formats as unknown as (ajv: Ajv) => void;
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(closed() as object);

/** Status, type and body of an answer are as the document says of that operation. */
export function expectDocumented(
  method: string,
  url: string,
  answer: LightMyRequestResponse,
): unknown {
  const path = url.split("?")[0] ?? "";
  const operation = OPERATIONS.find(
    (one) => one.method === method && patternOf(one.path).test(path),
  );
  expect(operation, `${method} ${path} is an operation`).toBeDefined();
  const status = answer.statusCode;
  // The gate before ParallelCluster's server says that, which the document is not about.
  if (status === 403) return answer.json();
  expect([...(operation?.statuses ?? [])], answer.body).toContain(status);
  const schema = schemaOf(operation?.id ?? "", status);
  if (schema === undefined) {
    expect(answer.body).toBe("");
    return undefined;
  }
  expect(answer.headers["content-type"]).toMatch(/^application\/json/);
  const body: unknown = answer.json();
  const check = ajv.compile({ $ref: schema.$ref?.replace("#", "parallelcluster#") });
  expect(check(body), `${ajv.errorsText(check.errors)} in ${answer.body}`).toBe(true);
  return body;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`);
}

interface Documented {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<
      string,
      { readonly content?: { readonly "application/json": { readonly schema: Schema } } }
    >
  >;
}

function schemaOf(id: string, status: number): Schema | undefined {
  const all = Object.values(OPENAPI.paths).flatMap(
    (methods) => Object.values(methods) as unknown as readonly Documented[],
  );
  const operation = all.find(({ operationId }) => operationId === id);
  return operation?.responses[`${status}`]?.content?.["application/json"].schema;
}
