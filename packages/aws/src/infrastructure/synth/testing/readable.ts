import { isRecord } from "./spec-walker.ts";

/** A value of a template with what CloudFormation finds out written as `<Vpc>` or `<Vpc.Arn>`. */
export function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (!isRecord(value)) return value;
  const [[key, given] = ["", undefined], ...others] = Object.entries(value);
  if (others.length === 0 && typeof key === "string") {
    if (key === "Ref") return `<${String(given)}>`;
    if (key === "Fn::GetAtt" && Array.isArray(given)) return `<${given.join(".")}>`;
    if (key === "Fn::Join" && Array.isArray(given)) {
      const [separator, parts] = given as unknown as readonly [string, unknown];
      const list = readable(parts);
      return Array.isArray(list) ? list.join(separator) : String(list);
    }
    if (key === "Fn::Select" && Array.isArray(given)) {
      return `<${JSON.stringify(readable(given[1]))}[${given[0]}]>`;
    }
    if (key.startsWith("Fn::")) return `<${key.slice(4)}>`;
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, readable(item)]));
}
