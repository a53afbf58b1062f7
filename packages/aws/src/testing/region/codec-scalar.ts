import type { NormalizedSchema } from "@smithy/core/schema";

/** How a protocol writes times where the schema says nothing. */
export type TimeFormat = "date-time" | "http-date" | "epoch";

// The marks of timestamps in the SDK's schemas.
const TIME_FORMATS: Readonly<Record<number, TimeFormat>> = {
  5: "date-time",
  6: "http-date",
  7: "epoch",
};

export function timeFormat(schema: NormalizedSchema, otherwise: TimeFormat): TimeFormat {
  return TIME_FORMATS[Number(schema.getSchema())] ?? otherwise;
}

export function writeTime(time: Date, format: TimeFormat): string | number {
  switch (format) {
    case "date-time":
      return time.toISOString().replace(".000Z", "Z");
    case "http-date":
      return time.toUTCString();
    case "epoch":
      return time.getTime() / 1000;
    default:
      return format satisfies never;
  }
}

export function readTime(text: string | number, format: TimeFormat): Date {
  return new Date(format === "epoch" ? Number(text) * 1000 : text);
}

/** A value that is not a list, a map or a structure, out of text. */
export function readScalar(schema: NormalizedSchema, text: string, times: TimeFormat): unknown {
  if (schema.isBooleanSchema()) return text === "true";
  if (schema.isNumericSchema()) return Number(text);
  if (schema.isBigIntegerSchema()) return BigInt(text);
  if (schema.isTimestampSchema()) return readTime(text, timeFormat(schema, times));
  if (schema.isBlobSchema()) return new Uint8Array(Buffer.from(text, "base64"));
  return text;
}

export function writeScalar(schema: NormalizedSchema, value: unknown, times: TimeFormat): string {
  if (value instanceof Date) return String(writeTime(value, timeFormat(schema, times)));
  if (schema.isBlobSchema()) return base64(value as Uint8Array | string);
  return String(value);
}

/** Of bytes, or of text as the SDK takes it in place of bytes. */
export function base64(value: Uint8Array | string): string {
  return Buffer.from(value).toString("base64");
}
