/** Policies of IAM as far as a cluster's roles and its administrator use them. */

type OneOrMore<T> = T | readonly T[];

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  /** Of policies on resources: whom it is about. */
  readonly Principal?: unknown;
  readonly Action?: OneOrMore<string>;
  readonly NotAction?: OneOrMore<string>;
  readonly Resource?: OneOrMore<string>;
  readonly NotResource?: OneOrMore<string>;
  /** By operator and key: the values, of which one has to fit. */
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, OneOrMore<string | boolean | number>>>>
  >;
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: OneOrMore<Statement>;
}

/** One question to a policy. */
export interface Access {
  readonly action: string;
  /** ARN; undefined: whatever the policy names. */
  readonly resource: string | undefined;
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
}

export type Decision = "allowed" | "explicitly denied" | "not allowed";

/** What the policies of one holder say together: one Deny outweighs any Allow. */
export function evaluate(policies: readonly PolicyDocument[], access: Access): Decision {
  const fitting = policies
    .flatMap(({ Statement }) => listOf(Statement))
    .filter((statement) => applies(statement, access));
  if (fitting.some(({ Effect }) => Effect === "Deny")) return "explicitly denied";
  return fitting.some(({ Effect }) => Effect === "Allow") ? "allowed" : "not allowed";
}

function applies(statement: Statement, access: Access): boolean {
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  const isAction = (pattern: string): boolean =>
    fits(pattern.toLowerCase(), access.action.toLowerCase());
  if (Action !== undefined && !listOf(Action).some(isAction)) return false;
  if (NotAction !== undefined && listOf(NotAction).some(isAction)) return false;
  const { resource } = access;
  if (resource === undefined) {
    // A denial of some resource is none of all of them.
    if (statement.Effect === "Deny" && !listOf(Resource ?? "*").includes("*")) return false;
  } else {
    const isResource = (pattern: string): boolean =>
      fits(withVariables(pattern, access.keys), resource);
    if (Resource !== undefined && !listOf(Resource).some(isResource)) return false;
    if (NotResource !== undefined && listOf(NotResource).some(isResource)) return false;
  }
  return Object.entries(Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) =>
      holds(operator, keyValues(access.keys, key), listOf(values).map(String), access.keys),
    ),
  );
}

/** Names of condition keys are the same in any case. */
function keyValues(keys: Access["keys"], wanted: string): readonly string[] | undefined {
  const found = Object.entries(keys).find(([key]) => key.toLowerCase() === wanted.toLowerCase());
  return found === undefined ? undefined : listOf(found[1]);
}

function holds(
  operator: string,
  given: readonly string[] | undefined,
  wanted: readonly string[],
  keys: Access["keys"],
): boolean {
  const [, set = "", name = "", ifExists = ""] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  if (name === "Null") return wanted.includes(String(given === undefined));
  if (given === undefined) return ifExists !== "" || set === "ForAllValues" || isNegative(name);
  const test = (value: string): boolean =>
    wanted.some((pattern) => matches(name, value, withVariables(pattern, keys)));
  const one = isNegative(name) ? (value: string) => !test(value) : test;
  // Without a word for sets, keys have one value.
  return set === "ForAllValues" || isNegative(name) ? given.every(one) : given.some(one);
}

function isNegative(operator: string): boolean {
  return operator.includes("Not");
}

function matches(operator: string, value: string, pattern: string): boolean {
  switch (operator.replace("Not", "")) {
    case "StringEquals":
      return value === pattern;
    case "StringEqualsIgnoreCase":
    case "Bool":
      return value.toLowerCase() === pattern.toLowerCase();
    case "StringLike":
    case "ArnLike":
    case "ArnEquals":
      return fits(pattern, value);
    case "NumericEquals":
      return Number(value) === Number(pattern);
    case "NumericLessThanEquals":
      return Number(value) <= Number(pattern);
    default:
      throw new Error(`the condition operator ${operator} is not known here`);
  }
}

/** `*` for any run of characters, `?` for one. */
function fits(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", "[\\s\\S]*")
    .replaceAll("?", "[\\s\\S]");
  return new RegExp(`^${expression}$`).test(text);
}

function withVariables(pattern: string, keys: Access["keys"]): string {
  return pattern.replace(/\$\{([^}]+)\}/g, (whole, name: string) => {
    if (name === "*" || name === "?" || name === "$") return name;
    return keyValues(keys, name)?.[0] ?? whole;
  });
}

function listOf<T>(value: OneOrMore<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
