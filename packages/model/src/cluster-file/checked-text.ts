import type { z } from "zod";
import { isFailure, type Strictness } from "../checks/strictness.ts";
import { type Finding, showValue } from "./finding.ts";
import { acceptLenientValues } from "./lenient-values.ts";
import { type Path, type Problem, showPath } from "./problem.ts";
import { schemaProblems, valueAt } from "./schema-problems.ts";
import type { Place } from "./yaml-reader.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

export interface ParseOptions extends Strictness {
  /** As findings shall name the file. */
  readonly fileName: string;
}

/** A text that was read against a schema. */
export interface CheckedText<T> {
  readonly source: YamlSource;
  /** Undefined when the schema refused it. */
  readonly output: T | undefined;
  /** Plain data; undefined when the text is not a section. */
  readonly value: object | undefined;
  /** What the schema refused. */
  readonly problems: readonly Problem[];
}

/** More than this many findings help nobody; a generated file can have one for each line. */
const MAX_FINDINGS = 200;

/** Reads YAML text against a schema. Never throws, whatever the text is. */
export function checkText<S extends z.ZodType>(text: string, schema: S): CheckedText<z.output<S>> {
  return checkSource(readYaml(text), schema);
}

/** The same of what was read already, or read and added to: then places are those of the text. */
export function checkSource<S extends z.ZodType>(
  source: YamlSource,
  schema: S,
): CheckedText<z.output<S>> {
  const { value } = source;
  if (value === undefined) {
    return { source, output: undefined, value: undefined, problems: [] };
  }
  let parsed = schema.safeParse(value);
  if (!parsed.success && acceptLenientValues(value, parsed.error.issues)) {
    parsed = schema.safeParse(value);
  }
  const problems = schemaProblems(schema, value, parsed.error?.issues ?? []);
  const isSection = typeof value === "object" && value !== null && !Array.isArray(value);
  return { source, output: parsed.data, value: isSection ? value : undefined, problems };
}

/** Paths of values that the schema refused. */
export function refusedPaths({ problems }: CheckedText<unknown>): readonly Path[] {
  return problems.map(({ path }) => path);
}

/** Problems at their places, in the order of the file, as strictly as is asked. */
export function judge(
  source: YamlSource,
  problems: readonly Problem[],
  options: ParseOptions,
): { readonly findings: readonly Finding[]; readonly isRefused: boolean } {
  const findings = [
    ...source.problems.map((problem) => ({ problem, offset: problem.offset })),
    ...soundProblems(source, withoutMisspelt(problems)),
  ]
    .sort((a, b) => a.offset - b.offset)
    .map(({ problem, offset }) => findingOf(problem, offset, source, options.fileName));
  const isRefused = findings.some(({ level }) => isFailure(level, options));
  return { findings: shorten(findings), isRefused };
}

/** Those that are not merely what a problem of the text brought about. */
function soundProblems(source: YamlSource, problems: readonly Problem[]) {
  const isBroken = source.soundUntil !== Number.POSITIVE_INFINITY;
  const reported = new Set(source.problems.map(({ path }) => showPath(path)).filter(Boolean));
  return problems.flatMap((problem) => {
    const { place, key } = find(source.place, problem);
    const offset = problem.at === "value" ? place.offset : (key ?? place.offset);
    if (reported.has(showPath(problem.path))) return [];
    // A key that is missing, or has no value, may stand behind the syntax error.
    const isAbsence = problem.at === "missing" || valueAt(source.value, problem.path) === null;
    const end = problem.at === "key" ? offset : place.end;
    return isBroken && (isAbsence || end >= source.soundUntil) ? [] : [{ problem, offset }];
  });
}

/** A key that is missing because it is misspelt is one mistake, told where it stands. */
function withoutMisspelt(problems: readonly Problem[]): Problem[] {
  const meant = new Set(
    problems
      .filter(({ at }) => at === "key")
      .map(({ path, suggestion }) =>
        showPath([...path.slice(0, -1), suggestion.replace(/^write /, "")]),
      ),
  );
  return problems.filter(({ at, path }) => at !== "missing" || !meant.has(showPath(path)));
}

/** The place that a problem is about, or of the nearest section above it. */
function find(
  root: Place,
  { path, at }: Problem,
): { readonly place: Place; readonly key?: number } {
  let found: { place: Place; key?: number } = { place: root };
  for (const step of at === "missing" ? path.slice(0, -1) : path) {
    if (typeof step === "number") {
      const place = found.place.items[step];
      if (place === undefined) return found;
      found = { place };
    } else {
      const entry = found.place.keys.get(step);
      if (entry === undefined) return found;
      found = { place: entry.place, key: entry.offset };
    }
  }
  return found;
}

function findingOf(problem: Problem, offset: number, source: YamlSource, file: string): Finding {
  return {
    id: problem.id,
    level: problem.level,
    file,
    ...source.position(offset),
    path: showPath(problem.path),
    value: problem.path.length === 0 ? "" : showValue(valueAt(source.value, problem.path)),
    message: problem.message,
    suggestion: problem.suggestion,
  };
}

function shorten(findings: readonly Finding[]): readonly Finding[] {
  const last = findings[MAX_FINDINGS];
  if (last === undefined) return findings;
  const more: Finding = {
    ...last,
    id: "ConfigSchemaValidator",
    path: "",
    value: "",
    message: "there are more findings from here on",
    suggestion: "correct those above first",
  };
  return [...findings.slice(0, MAX_FINDINGS), more];
}
