import type { NormalizedSchema } from "@smithy/core/schema";
import { base64, readTime, timeFormat, writeTime } from "./codec-scalar.ts";

/** @param names `jsonName` counts in REST bodies only. */
export function readJson(schema: NormalizedSchema, value: unknown, names = false): unknown {
  if (value === null || value === undefined) return undefined;
  if (schema.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const key = names ? (member.getMergedTraits().jsonName ?? name) : name;
      const content = readJson(member, (value as Readonly<Record<string, unknown>>)[key], names);
      if (content !== undefined) result[name] = content;
    }
    return result;
  }
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    return (value as readonly unknown[]).map((one) => readJson(item, one, names));
  }
  if (schema.isMapSchema()) {
    const item = schema.getValueSchema();
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, readJson(item, one, names)]),
    );
  }
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(String(value), "base64"));
  if (schema.isTimestampSchema()) {
    return readTime(value as string | number, timeFormat(schema, "epoch"));
  }
  return value;
}

/** What JSON.stringify takes. */
export function writeJson(schema: NormalizedSchema, value: unknown, names = false): unknown {
  if (value === null || value === undefined) return undefined;
  if (schema.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const key = names ? (member.getMergedTraits().jsonName ?? name) : name;
      const content = writeJson(member, (value as Readonly<Record<string, unknown>>)[name], names);
      if (content !== undefined) result[key] = content;
    }
    return result;
  }
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    return (value as readonly unknown[]).map((one) => writeJson(item, one, names));
  }
  if (schema.isMapSchema()) {
    const item = schema.getValueSchema();
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, writeJson(item, one, names)]),
    );
  }
  if (schema.isBlobSchema()) return base64(value as Uint8Array | string);
  if (value instanceof Date) return writeTime(value, timeFormat(schema, "epoch"));
  return value;
}
