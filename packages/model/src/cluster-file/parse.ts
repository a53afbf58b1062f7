import { checkFile } from "../checks/index.ts";
import { type ClusterConfig, withProviderDefaults } from "./config.ts";
import { draftOf } from "./draft.ts";
import { type Finding, showValue } from "./finding.ts";
import { acceptLenientValues } from "./lenient-values.ts";
import { type Problem, showPath } from "./problem.ts";
import { clusterSchema } from "./schema/cluster.ts";
import { schemaProblems, valueAt } from "./schema-problems.ts";
import type { Place } from "./yaml-reader.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

export type ParseResult =
  | { readonly ok: true; readonly config: ClusterConfig; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

export interface ParseOptions {
  /** As findings shall name the file. */
  readonly fileName: string;
}

/** More than this many findings help nobody; a generated file can have one for each line. */
const MAX_FINDINGS = 200;

/**
 * Reads a cluster file and checks all that can be known without asking a cloud. Every problem is
 * found at once and in the order of the file: those of the YAML, of the schema and between keys.
 * Never throws, whatever the text is.
 */
export function parseClusterFile(text: string, options: ParseOptions): ParseResult {
  const source = readYaml(text);
  const checked = source.value === undefined ? undefined : checkValue(source.value);
  const problems = [
    ...source.problems.map((problem) => ({ problem, offset: problem.offset })),
    ...soundProblems(source, checked?.problems ?? []),
  ];
  const findings = problems
    .sort((a, b) => a.offset - b.offset)
    .map(({ problem, offset }) => findingOf(problem, offset, source, options.fileName));
  const isWrong = findings.some((finding) => finding.level === "ERROR");
  return checked?.config === undefined || isWrong
    ? { ok: false, findings: shorten(findings) }
    : { ok: true, config: checked.config, warnings: shorten(findings) };
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

function checkValue(value: unknown): {
  readonly config?: ClusterConfig;
  readonly problems: Problem[];
} {
  let parsed = clusterSchema.safeParse(value);
  if (!parsed.success && acceptLenientValues(value, parsed.error.issues)) {
    parsed = clusterSchema.safeParse(value);
  }
  const problems = schemaProblems(clusterSchema, value, parsed.error?.issues ?? []);
  const isSection = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isSection)
    problems.push(
      ...checkFile(
        draftOf(
          value,
          problems.map((problem) => problem.path),
        ),
      ),
    );
  return {
    problems: withoutMisspelt(problems),
    ...(parsed.success ? { config: withProviderDefaults(parsed.data) } : {}),
  };
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
