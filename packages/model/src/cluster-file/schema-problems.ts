import { safeParse, type z } from "zod";
import { showValue } from "./finding.ts";
import { nearest } from "./nearest.ts";
import { type Path, type Problem, problem, showPath } from "./problem.ts";
import type { KeyMeta } from "./schema/meta.ts";
import { childOf, keysBelow, metaOf, shapeOf, unwrap } from "./schema-tree.ts";

type Issue = z.core.$ZodIssue;

const ID = "ConfigSchemaValidator";

/** A file that is no cluster file at all can have one for each of its lines. */
const MAX_PROBLEMS = 500;

/** What zod found, in our words, with what the key itself says that it expects. */
export function schemaProblems(
  root: z.core.$ZodType,
  value: unknown,
  issues: readonly Issue[],
): Problem[] {
  return issues.slice(0, MAX_PROBLEMS).flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    const schema = schemaAt(root, path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.slice(0, MAX_PROBLEMS).map((key) => unknownKey(root, schema, path, key));
    }
    return [wrongValue(issue, path, valueAt(value, path), schema)];
  });
}

/** The value at a path, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((current, step) => {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) {
      return undefined;
    }
    return (current as Record<string | number, unknown>)[step];
  }, value);
}

function schemaAt(root: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  return path.reduce<z.core.$ZodType | undefined>(
    (schema, step) => schema && childOf(schema, step),
    root,
  );
}

function unknownKey(
  root: z.core.$ZodType,
  section: z.core.$ZodType | undefined,
  path: Path,
  key: string,
): Problem {
  const at = { at: "key" } as const;
  const full = [...path, key];
  const where = path.length === 0 ? "the file" : showPath(path).replace(/\[\d+\]/g, "[]");
  const refused = section && own(metaOf(section).refused, key);
  if (refused !== undefined) return problem(ID, full, refused.message, refused.suggestion, at);
  const message = `${showValue(key)} is not a key of ${where}`;
  const known = Object.keys((section && shapeOf(section)) ?? {});
  const meant = nearest(key, known);
  if (meant !== undefined) return problem(ID, full, message, `write ${meant}`, at);
  for (const { name, path: elsewhere } of keysBelow(root)) {
    if (name === key) return problem(ID, full, message, `move it to ${elsewhere}`, at);
  }
  const instead = known.length === 0 ? "" : ` or write one of ${known.join(", ")}`;
  return problem(ID, full, message, `remove it${instead}`, at);
}

function wrongValue(
  issue: Issue,
  path: Path,
  value: unknown,
  schema: z.core.$ZodType | undefined,
): Problem {
  const meta = schema === undefined ? {} : { ...metaOf(unwrap(schema)), ...metaOf(schema) };
  const name =
    typeof path.at(-1) === "number" ? "an entry of the list" : String(path.at(-1) ?? "the file");
  const expected = expectation(issue, meta);
  // What a schema checks by itself says what is wrong in its own words.
  const isTold = issue.code === "custom" && issue.message !== "Invalid input";
  const advice = isTold && meta.expects === undefined ? issue.message : `write ${expected}`;
  if (value === undefined) {
    return problem(ID, path, `${name} is missing`, advice, { at: "missing" });
  }
  const id = meta.check ?? ID;
  const refused = typeof value === "string" ? own(meta.refused, value) : undefined;
  if (refused !== undefined) return problem(id, path, refused.message, refused.suggestion);
  if (value === null) {
    const about = path.length === 0 ? "the file is empty" : `${name} has no value`;
    return problem(
      id,
      path,
      about,
      path.length === 0 ? `write ${expected}` : `remove the key or write ${expected}`,
    );
  }
  if (path.length === 0)
    return problem(id, path, `the file is ${showValue(value)}`, `write ${expected}`);
  const message = `${showValue(value)} is not a valid ${typeof path.at(-1) === "number" ? "entry" : name}`;
  const meant = typeof value === "string" && schema ? likely(issue, value, schema) : undefined;
  return problem(
    id,
    path,
    message,
    meant === undefined ? advice : `write ${meant}, that is ${expected}`,
  );
}

/** The value that was meant, if a slip of the pen or of the shift key explains what was written. */
function likely(issue: Issue, value: string, schema: z.core.$ZodType): string | undefined {
  if (issue.code === "invalid_value") return nearest(value, issue.values.map(String));
  const lower = value.toLowerCase();
  return lower !== value && safeParse(schema, lower).success ? lower : undefined;
}

function expectation(issue: Issue, meta: Partial<KeyMeta>): string {
  if (meta.expects !== undefined) return meta.expects;
  switch (issue.code) {
    case "invalid_type":
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.length === 1
        ? String(issue.values[0])
        : `one of ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return issue.origin === "string" || issue.origin === "array"
        ? `${issue.origin === "string" ? "a text" : "a list"} that is not empty`
        : `a number from ${issue.minimum}`;
    case "too_big":
      return issue.origin === "string"
        ? `a text of at most ${issue.maximum} characters`
        : `a number up to ${issue.maximum}`;
    case "invalid_union":
      return "options" in issue && Array.isArray(issue.options)
        ? `one of ${issue.options.map(String).join(", ")}`
        : "text, a number, true or false";
    default:
      return "a value of another form";
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a section of `Key: value` lines",
  record: "a section of `Key: value` lines",
  array: "a list of entries that start with `-`",
};

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
