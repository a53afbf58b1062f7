import type { NormalizedSchema } from "@smithy/core/schema";
import { base64, readTime, timeFormat, writeTime } from "./codec-scalar.ts";

type Leaf = (schema: NormalizedSchema, value: unknown) => unknown;

/** Which names a structure's members have in what is read and in what is made of it. */
interface Names {
  from(name: string, member: NormalizedSchema): string;
  to(name: string, member: NormalizedSchema): string;
}

const same = (name: string): string => name;
const ofWire = (name: string, member: NormalizedSchema): string =>
  member.getMergedTraits().jsonName ?? name;

/** @param isRest `jsonName` counts in bodies of the REST protocol only. */
export function readJson(schema: NormalizedSchema, value: unknown, isRest = false): unknown {
  return mapped(schema, value, readLeaf, { from: isRest ? ofWire : same, to: same });
}

/** What JSON.stringify takes. */
export function writeJson(schema: NormalizedSchema, value: unknown, isRest = false): unknown {
  return mapped(schema, value, writeLeaf, { from: same, to: isRest ? ofWire : same });
}

function mapped(schema: NormalizedSchema, value: unknown, leaf: Leaf, names: Names): unknown {
  if (value === null || value === undefined) return undefined;
  if (schema.isStructSchema()) {
    const given = value as Readonly<Record<string, unknown>>;
    const result: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const content = mapped(member, given[names.from(name, member)], leaf, names);
      if (content !== undefined) result[names.to(name, member)] = content;
    }
    return result;
  }
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    return (value as readonly unknown[]).map((one) => mapped(item, one, leaf, names));
  }
  if (schema.isMapSchema()) {
    const item = schema.getValueSchema();
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, one]) => [key, mapped(item, one, leaf, names)]));
  }
  return leaf(schema, value);
}

function readLeaf(schema: NormalizedSchema, value: unknown): unknown {
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(String(value), "base64"));
  if (schema.isTimestampSchema()) {
    return readTime(value as string | number, timeFormat(schema, "epoch"));
  }
  return value;
}

function writeLeaf(schema: NormalizedSchema, value: unknown): unknown {
  if (schema.isBlobSchema()) return base64(value as Uint8Array | string);
  if (value instanceof Date) return writeTime(value, timeFormat(schema, "epoch"));
  return value;
}
