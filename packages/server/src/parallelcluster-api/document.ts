import document from "./openapi.json" with { type: "json" };

/** ParallelCluster's interface as its own document tells it; the file beside this is data. */
export const OPENAPI = document;

/** The release whose interface this is. */
export const PARALLELCLUSTER_VERSION = document.info.version;

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

/** One of its operations. */
export interface DocumentedOperation {
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As Fastify writes paths. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  /** Status codes that it may answer with. */
  readonly statuses: ReadonlySet<number>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content: { readonly "application/json": { readonly schema: Schema } };
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

export const OPERATIONS: readonly DocumentedOperation[] = Object.entries(OPENAPI.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods as Readonly<Record<string, Operation>>).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase() as DocumentedOperation["method"],
      path: path.replaceAll(/\{(\w+)\}/g, ":$1"),
      parameters: operation.parameters ?? [],
      body: operation.requestBody?.content["application/json"].schema,
      statuses: new Set(Object.keys(operation.responses).map(Number)),
    })),
);

export function resolved(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.split("/").at(-1) ?? "";
  const schemas: Readonly<Record<string, Schema>> = OPENAPI.components.schemas;
  return schemas[name] ?? {};
}
