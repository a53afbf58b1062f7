import type { NormalizedSchema } from "@smithy/core/schema";
import { readScalar } from "./codec-scalar.ts";

/** Keys of a form, cut at their dots: `Filter.1.Value.2=x`. */
interface Branch {
  value: string | undefined;
  readonly children: Map<string, Branch>;
}

/** The input of an operation out of the form fields of the query protocols. */
export function readForm(
  schema: NormalizedSchema,
  form: URLSearchParams,
  dialect: "ec2Query" | "query",
): object {
  const root: Branch = { value: undefined, children: new Map() };
  for (const [key, value] of form) {
    let branch = root;
    for (const part of key.split(".")) {
      let child = branch.children.get(part);
      if (child === undefined) {
        child = { value: undefined, children: new Map() };
        branch.children.set(part, child);
      }
      branch = child;
    }
    branch.value = value;
  }
  if (schema.isUnitSchema()) return {};
  return read(schema, root, dialect) as object;
}

function read(schema: NormalizedSchema, branch: Branch, dialect: "ec2Query" | "query"): unknown {
  const isFlat = dialect === "ec2Query" || Boolean(schema.getMergedTraits().xmlFlattened);
  if (schema.isStructSchema()) {
    const result: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const child = branch.children.get(fieldName(name, member, dialect));
      if (child !== undefined) result[name] = read(member, child, dialect);
    }
    return result;
  }
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    const list = isFlat ? branch : branch.children.get(nameOf(item, "member"));
    return numbered(list).map((child) => read(item, child, dialect));
  }
  if (schema.isMapSchema()) {
    const [key, value] = [schema.getKeySchema(), schema.getValueSchema()];
    const entries = numbered(isFlat ? branch : branch.children.get("entry")).map((entry) => {
      const content = entry.children.get(nameOf(value, "value"));
      return [
        entry.children.get(nameOf(key, "key"))?.value ?? "",
        content === undefined ? "" : read(value, content, dialect),
      ];
    });
    return Object.fromEntries(entries);
  }
  return readScalar(schema, branch.value ?? "", "date-time");
}

function numbered(list: Branch | undefined): readonly Branch[] {
  return [...(list?.children ?? [])]
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}

function nameOf(schema: NormalizedSchema, otherwise: string): string {
  return schema.getMergedTraits().xmlName ?? otherwise;
}

function fieldName(name: string, member: NormalizedSchema, dialect: "ec2Query" | "query"): string {
  const { ec2QueryName, xmlName } = member.getMergedTraits();
  if (dialect === "query") return xmlName ?? name;
  if (typeof ec2QueryName === "string") return ec2QueryName;
  const key = xmlName ?? name;
  return key.charAt(0).toUpperCase() + key.slice(1);
}
