import { isJsonObject } from "@sluice/jobs";

type Json = Readonly<Record<string, unknown>>;

/** What slurmrestd's parser takes where its document says a number. */
const NUMBER = { type: ["number", "string", "boolean", "null", "object"] };
const WORD = { type: ["string", "number", "boolean", "null"] };

/**
 * A schema of slurmrestd's document as its parser keeps it: numbers may be words or
 * `{set, infinite, number}`, lists may be one word with commas or an object, every key may be left
 * out or be one that it does not know. What remains is the shape: where an object is, and where not.
 */
export function lenient(schema: unknown): unknown {
  if (!isJsonObject(schema)) return schema === undefined ? {} : schema;
  if (typeof schema.$ref === "string") return { $ref: schema.$ref };
  const { type, properties, items, additionalProperties } = schema;
  if (isJsonObject(properties)) return object(properties);
  if (type === "object") {
    return isJsonObject(additionalProperties)
      ? { type: OBJECT_TYPES, additionalProperties: lenient(additionalProperties) }
      : { type: OBJECT_TYPES };
  }
  if (type === "array" || items !== undefined) {
    return { type: ["array", "string", "object", "null"], items: lenient(items) };
  }
  for (const name of ["oneOf", "anyOf", "allOf"] as const) {
    const parts = schema[name];
    if (Array.isArray(parts)) return { [name === "allOf" ? name : "anyOf"]: parts.map(lenient) };
  }
  if (type === "integer" || type === "number") return NUMBER;
  if (type === "string" || type === "boolean") return WORD;
  // The list of schemas itself: names, each with its schema.
  return type === undefined ? each(schema) : {};
}

const OBJECT_TYPES = ["object", "null", "array"];

function object(properties: Json): Json {
  // A number with its flags may be written as the number alone.
  const isNumber = "number" in properties && "infinite" in properties;
  return {
    type: isNumber ? ["object", "number", "string", "null", "boolean"] : ["object", "null"],
    properties: each(properties),
  };
}

function each(schemas: Json): Json {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, lenient(schema)]),
  );
}
