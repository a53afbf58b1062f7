import { z } from "zod";
import type { KeyMeta } from "./schema/meta.ts";

/** What the cluster file's schema is made of, read back from zod for messages and documents. */

/** zod's instanceof looks through lists of traits; a large file asks thousands of times. */
const unwrapped = new WeakMap<z.core.$ZodType, z.core.$ZodType>();

/** Without optional, default, prefault and transform. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = unwrapped.get(schema);
  if (inner === undefined) {
    const next = wrappedBy(schema);
    inner = next === undefined ? schema : unwrap(next);
    unwrapped.set(schema, inner);
  }
  return inner;
}

function wrappedBy(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return schema.def.innerType;
  }
  return schema instanceof z.ZodPipe ? schema.def.in : undefined;
}

/** What the key says about itself; the empty object for schemas that are not keys. */
export function metaOf(schema: z.core.$ZodType): Partial<KeyMeta> {
  return (z.globalRegistry.get(schema) as Partial<KeyMeta> | undefined) ?? {};
}

/** The keys of a section, or undefined when it is not one. */
export function shapeOf(
  schema: z.core.$ZodType,
): Readonly<Record<string, z.core.$ZodType>> | undefined {
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}

/** The schema of a list's entries, or undefined when it is not a list. */
export function elementOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  const inner = unwrap(schema);
  return inner instanceof z.ZodArray ? inner.element : undefined;
}

/** The schema one step down, or undefined when there is none. */
export function childOf(schema: z.core.$ZodType, step: PropertyKey): z.core.$ZodType | undefined {
  if (typeof step === "number") return elementOf(schema);
  const shape = shapeOf(schema);
  if (shape !== undefined) return Object.hasOwn(shape, step) ? shape[String(step)] : undefined;
  const inner = unwrap(schema);
  return inner instanceof z.ZodRecord ? inner.valueType : undefined;
}

export interface SchemaKey {
  readonly name: string;
  /** Such as `Scheduling.SlurmQueues[].Name`. */
  readonly path: string;
  readonly schema: z.core.$ZodType;
}

/** Every key below a schema, in the order of the schema, a section before what it holds. */
export function* keysBelow(schema: z.core.$ZodType, prefix = ""): Generator<SchemaKey> {
  const element = elementOf(schema);
  if (element !== undefined) {
    yield* keysBelow(element, `${prefix}[]`);
    return;
  }
  for (const [name, child] of Object.entries(shapeOf(schema) ?? {})) {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    yield { name, path, schema: child };
    yield* keysBelow(child, path);
  }
}
