import { CONTROL_CHARACTERS, showValue } from "../cluster-file/finding.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";

/** Keys whose value is a document of its own, such as JSON, which may have lines. */
const DOCUMENTS: ReadonlySet<string> = new Set([
  "ExtraChefAttributes",
  "InstanceTypesData",
  "LaunchPermission",
]);
const LINES = /[\t\n\r]/g;

/**
 * No value of the file may hold a line end or another control character: most of them end up in
 * line-based files of the machines, where what follows would be read as a line of its own.
 */
export function controlCharacters(file: object): readonly Problem[] {
  const problems: Problem[] = [];
  below(file, [], problems);
  return problems;
}

/** @param path of the value; changed on the way, since few values have anything to say. */
function below(value: unknown, path: (string | number)[], problems: Problem[]): void {
  if (typeof value === "string") {
    if (!CONTROL_CHARACTERS.test(value)) return;
    const isDocument = DOCUMENTS.has(String(path.at(-1)));
    if (isDocument && !CONTROL_CHARACTERS.test(value.replace(LINES, ""))) return;
    const message = `${showValue(value)} holds a line end or another control character`;
    const suggestion = "write it on one line of printable characters";
    problems.push(problem("TextValidator", [...path], message, suggestion));
  } else if (typeof value === "object" && value !== null) {
    for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
      path.push(key);
      below((value as Readonly<Record<string | number, unknown>>)[key], path, problems);
      path.pop();
    }
  }
}
