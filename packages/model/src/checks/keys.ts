import { type Path, type Problem, problem } from "../cluster-file/problem.ts";

/** Of these keys of a section, those that say something; an empty list does not. */
export function given(section: object, keys: readonly string[]): readonly string[] {
  return keys.filter((key) => {
    const value = (section as Readonly<Record<string, unknown>>)[key];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
}

/** A problem between keys that ParallelCluster's schema refuses as well: it can't be suppressed. */
export function schemaProblem(
  path: Path,
  message: string,
  suggestion: string,
  at: Problem["at"] = "key",
): Problem {
  return problem("ConfigSchemaValidator", path, message, suggestion, { at });
}

/** Names for a message: the first few, and how many more. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
