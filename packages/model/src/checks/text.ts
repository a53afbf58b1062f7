import type { DraftFile } from "../cluster-file/draft.ts";
import { CONTROL_CHARACTERS, showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";

/**
 * No value of the file may hold a line end or another control character: most of them end up in
 * line-based files of the machines, where what follows would be read as a line of its own.
 */
export function* controlCharacters(file: DraftFile): Generator<Problem> {
  yield* below(file, []);
}

function* below(value: unknown, path: Path): Generator<Problem> {
  if (typeof value === "string" && CONTROL_CHARACTERS.test(value)) {
    const message = `${showValue(value)} holds a line end or another control character`;
    yield problem("TextValidator", path, message, "write it on one line of printable characters");
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* below(item, [...path, index]);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, child] of Object.entries(value)) yield* below(child, [...path, key]);
  }
}
