import { XmlShapeDeserializer } from "@aws-sdk/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { type TimeFormat, writeScalar } from "./codec-scalar.ts";

// The SDK's own reader: there is no XML parser in Node.
const reader = new XmlShapeDeserializer({
  xmlNamespace: "",
  serviceNamespace: "",
  timestampFormat: { useTrait: true, default: 5 },
  httpBindings: false,
});

/** @param schema of the document's root, whatever its name. */
export function readXml(schema: NormalizedSchema, body: Buffer): unknown {
  return body.length === 0 ? {} : reader.read(schema, body);
}

/** The members of a structure, one element after the other. */
export function writeXmlMembers(
  schema: NormalizedSchema,
  value: object,
  times: TimeFormat = "date-time",
): string {
  if (schema.isUnitSchema()) return "";
  let text = "";
  for (const [name, member] of schema.structIterator()) {
    const content = (value as Readonly<Record<string, unknown>>)[name];
    if (content === undefined || content === null) continue;
    text += element(member.getMemberTraits().xmlName ?? name, member, content, times);
  }
  return text;
}

function element(
  name: string,
  schema: NormalizedSchema,
  value: unknown,
  times: TimeFormat,
): string {
  const isFlat = Boolean(schema.getMergedTraits().xmlFlattened);
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    const itemName = isFlat ? name : (item.getMergedTraits().xmlName ?? "member");
    const items = (value as readonly unknown[])
      .map((one) => element(itemName, item, one, times))
      .join("");
    return isFlat ? items : tag(name, items);
  }
  if (schema.isMapSchema()) {
    const [keySchema, valueSchema] = [schema.getKeySchema(), schema.getValueSchema()];
    const keyName = keySchema.getMergedTraits().xmlName ?? "key";
    const valueName = valueSchema.getMergedTraits().xmlName ?? "value";
    const entries = Object.entries(value as object)
      .map(([key, content]) =>
        tag(
          isFlat ? name : "entry",
          element(keyName, keySchema, key, times) + element(valueName, valueSchema, content, times),
        ),
      )
      .join("");
    return isFlat ? entries : tag(name, entries);
  }
  if (schema.isStructSchema()) return tag(name, writeXmlMembers(schema, value as object, times));
  return tag(name, escapeXml(writeScalar(schema, value, times)));
}

function tag(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#xD;");
}
