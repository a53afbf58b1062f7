/** As much of JSON Schema as that of cluster files has. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
}

/** A key, or any entry of a list. */
export type SchemaStep = string | typeof ENTRY;
export const ENTRY = Symbol("entry");

/** The schema at a path; undefined where there is none. */
export function schemaAt(schema: JsonSchema, path: readonly SchemaStep[]): JsonSchema | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  for (const one of alternatives(schema)) {
    const next = step === ENTRY ? one.items : keyOf(one, step);
    const found = next && schemaAt(next, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const others = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [schema, ...others.flatMap(alternatives)];
}

function keyOf({ properties = {} }: JsonSchema, key: string): JsonSchema | undefined {
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

export function keysOf(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  return alternatives(schema).flatMap(({ properties = {} }) => Object.entries(properties));
}

/** The values that a key may have, where these are few. */
export function valuesOf(schema: JsonSchema): readonly string[] {
  const values = alternatives(schema).flatMap((one) => [
    ...(one.enum ?? []),
    ...(typesOf(one).includes("boolean") ? [true, false] : []),
  ]);
  return [...new Set(values.map((value) => `${value}`))];
}

export type Shape = "section" | "list" | "value";

export function shapeOf(schema: JsonSchema): Shape {
  const all = alternatives(schema);
  if (all.some((one) => one.enum !== undefined || typesOf(one).some(isPlain))) return "value";
  if (all.some((one) => typesOf(one).includes("array"))) return "list";
  return "section";
}

function typesOf({ type = [] }: JsonSchema): readonly string[] {
  return typeof type === "string" ? [type] : type;
}

function isPlain(type: string): boolean {
  return ["string", "number", "integer", "boolean"].includes(type);
}
