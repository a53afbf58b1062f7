import type { Json, JsonObject, Template } from "./template.ts";
import { validationError } from "./template.ts";

/** What a template's expressions are evaluated with. */
export interface Scope {
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
  /** `AWS::Region` and the like. */
  readonly pseudo: Readonly<Record<string, string | readonly string[]>>;
  readonly zones: readonly string[];
  /** What `Ref` gives of a resource, and its attributes. */
  resource(logicalId: string): {
    readonly ref: string;
    readonly attributes: Readonly<Record<string, Json>>;
  };
}

/** `AWS::NoValue`: the property or member is left out. */
const NO_VALUE = Symbol("AWS::NoValue");
type Value = Json | typeof NO_VALUE;

/** The value with every intrinsic function replaced by what it gives. */
export function resolve(value: Json, scope: Scope): Json {
  const resolved = evaluate(value, scope);
  return resolved === NO_VALUE ? "" : resolved;
}

export function holds(condition: string, scope: Scope): boolean {
  const expression = scope.template.Conditions?.[condition];
  if (expression === undefined) {
    throw validationError(`Template format error: Unresolved condition dependency ${condition}`);
  }
  return resolve(expression, scope) === true;
}

function evaluate(value: Json, scope: Scope): Value {
  if (Array.isArray(value)) {
    return value.map((item: Json) => evaluate(item, scope)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as JsonObject);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) {
    const [name, argument] = only;
    const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (known !== undefined) return known(argument, scope);
    if (name.startsWith("Fn::")) {
      throw validationError(`Template error: ${name} is not served here`);
    }
  }
  const result: Record<string, Json> = {};
  for (const [key, inner] of entries) {
    const resolved = evaluate(inner, scope);
    if (resolved !== NO_VALUE) result[key] = resolved;
  }
  return result;
}

type Fn = (argument: Json, scope: Scope) => Value;

const FUNCTIONS: Readonly<Record<string, Fn>> = {
  Ref: (argument, scope) => reference(String(argument), scope),
  Condition: (argument, scope) => holds(String(argument), scope),
  "Fn::GetAtt": (argument, scope) => {
    const [id = "", ...path] = Array.isArray(argument)
      ? argument.map((part: Json) => String(resolve(part, scope)))
      : String(argument).split(".");
    return attribute(id, path.join("."), scope);
  },
  "Fn::Sub": (argument, scope) => substitute(argument, scope),
  "Fn::Join": (argument, scope) => {
    const [separator, list] = pair(argument, "Fn::Join");
    return strings(resolve(list, scope)).join(String(resolve(separator, scope)));
  },
  "Fn::Split": (argument, scope) => {
    const [separator, text] = pair(argument, "Fn::Split");
    return String(resolve(text, scope)).split(String(resolve(separator, scope)));
  },
  "Fn::Select": (argument, scope) => {
    const [index, list] = pair(argument, "Fn::Select");
    const items = resolve(list, scope);
    const item = Array.isArray(items) ? items[Number(resolve(index, scope))] : undefined;
    if (item === undefined) {
      throw validationError(
        `Template error: Fn::Select cannot select nonexistent value at index ${String(index)}`,
      );
    }
    return item as Json;
  },
  "Fn::If": (argument, scope) => {
    const [condition, then, otherwise] = argument as readonly [string, Json, Json];
    return evaluate(holds(condition, scope) ? then : otherwise, scope);
  },
  "Fn::Equals": (argument, scope) => {
    const [a, b] = pair(argument, "Fn::Equals");
    return String(resolve(a, scope)) === String(resolve(b, scope));
  },
  "Fn::Not": (argument, scope) => !(argument as readonly Json[]).some((one) => isTrue(one, scope)),
  "Fn::And": (argument, scope) => (argument as readonly Json[]).every((one) => isTrue(one, scope)),
  "Fn::Or": (argument, scope) => (argument as readonly Json[]).some((one) => isTrue(one, scope)),
  "Fn::GetAZs": (_, scope) => scope.zones,
  "Fn::Base64": (argument, scope) =>
    Buffer.from(String(resolve(argument, scope))).toString("base64"),
  "Fn::FindInMap": (argument, scope) => {
    const [map, first, second] = (argument as readonly Json[]).map((part) =>
      String(resolve(part, scope)),
    );
    const row = (scope.template.Mappings?.[map ?? ""] as JsonObject | undefined)?.[first ?? ""];
    const found = (row as JsonObject | undefined)?.[second ?? ""];
    if (found === undefined) {
      throw validationError(
        `Template error: Unable to get mapping for ${map}::${first}::${second}`,
      );
    }
    return found;
  },
  "Fn::Cidr": (argument, scope) => {
    const [block, count, bits] = (argument as readonly Json[]).map((part) => resolve(part, scope));
    return subnetsOf(String(block), Number(count), Number(bits));
  },
  "Fn::Length": (argument, scope) => (resolve(argument, scope) as readonly Json[]).length,
  "Fn::ToJsonString": (argument, scope) => JSON.stringify(resolve(argument, scope)),
};

function isTrue(condition: Json, scope: Scope): boolean {
  return resolve(condition, scope) === true;
}

function reference(name: string, scope: Scope): Value {
  if (name === "AWS::NoValue") return NO_VALUE;
  const value = scope.pseudo[name] ?? scope.parameters[name];
  if (value !== undefined) return value;
  return scope.resource(name).ref;
}

function attribute(id: string, name: string, scope: Scope): Json {
  const { attributes } = scope.resource(id);
  const value = attributes[name];
  if (value === undefined) {
    throw validationError(
      `Template error: resource ${id} does not support attribute type ${name} in Fn::GetAtt`,
    );
  }
  return value;
}

function substitute(argument: Json, scope: Scope): string {
  const [text, variables = {}] = (Array.isArray(argument) ? argument : [argument]) as [
    string,
    JsonObject?,
  ];
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal === "!") return `\${${name}}`;
    const own = variables[name];
    if (own !== undefined) return String(resolve(own, scope));
    const [id = "", ...path] = name.split(".");
    if (path.length === 0) return String(reference(name, scope));
    return String(attribute(id, path.join("."), scope));
  });
}

function pair(argument: Json, name: string): readonly [Json, Json] {
  if (!Array.isArray(argument) || argument.length !== 2) {
    throw validationError(`Template error: every ${name} object requires two parameters`);
  }
  return argument as unknown as readonly [Json, Json];
}

function strings(value: Json): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

/** @param bits of each subnet's own addresses: 8 makes them /24. */
function subnetsOf(block: string, count: number, bits: number): readonly string[] {
  const [address = "", prefix = "0"] = block.split("/");
  const base = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** bits;
  if (count * size > 2 ** (32 - Number(prefix))) {
    throw validationError(`Template error: Fn::Cidr has no ${count} blocks in ${block}`);
  }
  return Array.from({ length: count }, (_, at) => {
    const first = base + at * size;
    const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
    return `${octets.join(".")}/${32 - bits}`;
  });
}
