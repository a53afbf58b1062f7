import type { NormalizedSchema } from "@smithy/core/schema";
import { readJson, writeJson } from "./codec-json.ts";
import { readScalar, writeScalar } from "./codec-scalar.ts";
import { readXml, writeXmlMembers } from "./codec-xml.ts";
import type { Operation } from "./operation.ts";
import { queryParameters, type WireReply, type WireRequest } from "./wire.ts";

type Protocol = "restXml" | "restJson";

/** The input of an operation of a REST protocol. @param labels of the path, decoded. */
export function readHttp(
  operation: Operation,
  request: WireRequest,
  labels: Readonly<Record<string, string>>,
  protocol: Protocol,
): object {
  if (operation.input.isUnitSchema()) return {};
  const query = queryParameters(request.query);
  const result: Record<string, unknown> = {};
  const inBody: string[] = [];
  for (const [name, member] of operation.input.structIterator()) {
    const traits = member.getMergedTraits();
    let value: unknown;
    if (traits.httpLabel) {
      const label = labels[name];
      value = label === undefined ? undefined : readScalar(member, label, "date-time");
    } else if (traits.httpQuery !== undefined) {
      const values = query.filter(([key]) => key === traits.httpQuery).map(([, one]) => one);
      value = readValues(member, values);
    } else if (traits.httpQueryParams) {
      value = Object.fromEntries(query);
    } else if (traits.httpHeader !== undefined) {
      value = readHeader(member, request.headers[traits.httpHeader.toLowerCase()]);
    } else if (traits.httpPrefixHeaders !== undefined) {
      value = prefixed(request.headers, traits.httpPrefixHeaders);
    } else if (traits.httpPayload) {
      value = readPayload(member, request.body, protocol);
    } else {
      inBody.push(name);
    }
    if (value !== undefined) result[name] = value;
  }
  if (inBody.length === 0 || request.body.length === 0) return result;
  const body = readBody(operation.input, request.body, protocol) as Record<string, unknown>;
  for (const name of inBody) {
    if (body[name] !== undefined) result[name] = body[name];
  }
  return result;
}

function readValues(schema: NormalizedSchema, values: readonly string[]): unknown {
  const [first] = values;
  if (first === undefined) return undefined;
  if (!schema.isListSchema()) return readScalar(schema, first, "date-time");
  return values.map((value) => readScalar(schema.getValueSchema(), value, "date-time"));
}

function readHeader(schema: NormalizedSchema, value: string | undefined): unknown {
  if (value === undefined) return undefined;
  if (!schema.isListSchema()) return readScalar(schema, value, "http-date");
  const item = schema.getValueSchema();
  return value.split(",").map((one) => readScalar(item, one.trim(), "http-date"));
}

function prefixed(headers: WireRequest["headers"], prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix.toLowerCase()))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

function readPayload(schema: NormalizedSchema, body: Buffer, protocol: Protocol): unknown {
  if (schema.isStructSchema()) {
    return body.length === 0 ? undefined : readBody(schema, body, protocol);
  }
  return schema.isStringSchema() ? body.toString() : new Uint8Array(body);
}

function readBody(schema: NormalizedSchema, body: Buffer, protocol: Protocol): unknown {
  return protocol === "restXml"
    ? readXml(schema, body)
    : readJson(schema, JSON.parse(body.toString()), true);
}

/** @param root name of the element around members that are in the body. */
export async function writeHttp(
  operation: Operation,
  output: object,
  protocol: Protocol,
): Promise<WireReply> {
  const headers: Record<string, string> = {};
  let status = operation.http?.status ?? 200;
  let payload: string | Uint8Array | undefined;
  const rest: Record<string, unknown> = {};
  const values = output as Readonly<Record<string, unknown>>;
  const members = operation.output.isUnitSchema() ? [] : operation.output.structIterator();
  for (const [name, member] of members) {
    const value = values[name];
    if (value === undefined || value === null) continue;
    const traits = member.getMergedTraits();
    if (traits.httpHeader !== undefined) {
      headers[traits.httpHeader.toLowerCase()] = writeHeader(member, value);
    } else if (traits.httpPrefixHeaders !== undefined) {
      for (const [key, one] of Object.entries(value)) {
        headers[traits.httpPrefixHeaders + key] = String(one);
      }
    } else if (traits.httpResponseCode) {
      status = Number(value);
    } else if (traits.httpPayload) {
      payload = await writePayload(member, value, protocol);
    } else {
      rest[name] = value;
    }
  }
  // S3's parts of objects.
  if (headers["content-range"] !== undefined) status = 206;
  const body = payload ?? writeRest(operation, rest, protocol);
  const type = protocol === "restXml" ? "application/xml" : "application/json";
  return { status, headers: { "content-type": type, ...headers }, body };
}

function writeHeader(schema: NormalizedSchema, value: unknown): string {
  if (!schema.isListSchema()) return writeScalar(schema, value, "http-date");
  const item = schema.getValueSchema();
  return (value as readonly unknown[]).map((one) => writeScalar(item, one, "http-date")).join(", ");
}

async function writePayload(
  schema: NormalizedSchema,
  value: unknown,
  protocol: Protocol,
): Promise<string | Uint8Array> {
  if (schema.isStructSchema()) {
    const name = schema.getMergedTraits().xmlName ?? schema.getName() ?? "Result";
    return protocol === "restXml"
      ? xmlDocument(name, writeXmlMembers(schema, value as object))
      : JSON.stringify(writeJson(schema, value, true));
  }
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  const chunks: Buffer[] = [];
  for await (const chunk of value as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function writeRest(operation: Operation, rest: object, protocol: Protocol): string {
  const schema = operation.output;
  if (protocol === "restJson") {
    return schema.isUnitSchema() ? "" : JSON.stringify(writeJson(schema, rest, true));
  }
  const members = schema.isUnitSchema() ? "" : writeXmlMembers(schema, rest);
  if (members === "") return "";
  const name = schema.getMergedTraits().xmlName ?? `${operation.name}Response`;
  return xmlDocument(name, members);
}

function xmlDocument(root: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`;
}
