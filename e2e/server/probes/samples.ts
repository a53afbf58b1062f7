export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly format?: string;
}

/** Depth at which a schema that holds itself is left alone. */
const DEEPEST = 6;

/** Words for fields whose value nobody could guess; none of them names anything that there is. */
const WORDS: Readonly<Record<string, unknown>> = {
  script: "#!/bin/sh\ntrue\n",
  partition: "nowhere",
  options: ["--partition=nowhere"],
  path: "/home/ada/probe",
  from: "/home/ada/probe",
  to: "/home/ada/probe-2",
  cluster: "demo",
  account: "nowhere",
  signal: "USR1",
  state: "down",
};

const CANDIDATES = [
  "probe",
  "/home/ada/probe",
  "--partition=nowhere",
  "2099-01-01T00:00:00.000Z",
  "00000000-0000-4000-8000-000000000000",
  "0 0 1 1 *",
  "1h",
  "https://127.0.0.1:1/",
  "x".repeat(64),
];

/** A value as the schema wants it, every field of it there. */
export function sampleOf(given: Schema, document: object, depth = 0, name = ""): unknown {
  const schema = resolved(given, document);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const one = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (one !== undefined && schema.properties === undefined) {
    return sampleOf(one, document, depth, name);
  }
  const type = [schema.type].flat()[0] ?? (schema.properties === undefined ? "string" : "object");
  if (type === "object") {
    if (depth >= DEEPEST) return {};
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([field, part]) => [
        field,
        sampleOf(part, document, depth + 1, field),
      ]),
    );
  }
  if (Object.hasOwn(WORDS, name)) return WORDS[name];
  if (type === "array") {
    return depth >= DEEPEST ? [] : [sampleOf(schema.items ?? {}, document, depth + 1, name)];
  }
  if (type === "integer" || type === "number") return Math.max(schema.minimum ?? 1, 1);
  if (type === "boolean") return false;
  if (type === "null") return null;
  const patterns = [schema, ...(schema.allOf ?? [])].flatMap(({ pattern }) =>
    pattern === undefined ? [] : [new RegExp(pattern, "u")],
  );
  const fits = (text: string) =>
    text.length >= (schema.minLength ?? 0) && patterns.every((pattern) => pattern.test(text));
  return CANDIDATES.find(fits) ?? CANDIDATES[0];
}

function resolved(schema: Schema, document: object): Schema {
  let found: unknown = schema;
  for (let hops = 0; hops < 10; hops += 1) {
    const { $ref } = found as Schema;
    if ($ref === undefined) break;
    found = $ref
      .split("/")
      .slice(1)
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
  }
  return (found ?? {}) as Schema;
}

/** A place in a sample: the keys down to it. */
export type Place = readonly (string | number)[];

/** Every place in a value that holds something, itself too. */
export function placesIn(value: unknown, at: Place = []): readonly Place[] {
  if (typeof value !== "object" || value === null) return [at];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [at, ...entries.flatMap(([key, part]) => placesIn(part, [...at, key]))];
}

/** The value with another thing at this place. */
export function broken(value: unknown, [key, ...rest]: Place, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((part, i) => (i === key ? broken(part, rest, by) : part));
  }
  const fields = Object.entries(value as object).map(([name, part]) => [
    name,
    name === key ? broken(part, rest, by) : part,
  ]);
  return Object.fromEntries(fields);
}

/** JSON with numbers that no number of JavaScript's is: text of `number:1e999` stands for 1e999. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"number:([^"]+)"/g, "$1");
}
