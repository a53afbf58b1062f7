import { type Path, type Problem, problem, showPath } from "../problem.ts";
import type { Place } from "../yaml-reader.ts";
import { readYaml, type YamlSource } from "../yaml-source.ts";
import { Batches, Unsafe } from "./batches.ts";
import type { Edit } from "./edit.ts";
import { DoesNotFit } from "./operations.ts";

/** Why a text was left as it is. Line and column are from 1, in the text as it was given. */
export interface EditProblem extends Problem {
  readonly line: number;
  readonly column: number;
}

export type EditResult = { readonly text: string } | { readonly problems: readonly EditProblem[] };

/**
 * Edits the text of a cluster file, one edit after the other, and leaves all that they do not touch
 * as it is, byte for byte: comments, empty lines, indentation, quotes, order, line ends. What is new
 * is written as the rest of the file is.
 *
 * The result says exactly what the edits say: it is read again, and where that can't be had there
 * are problems and no text. An edit below an alias, or below what comes with `<<`, writes the value
 * out at that place, so that other users of the anchor keep theirs; one that would change other
 * users is a problem.
 */
export function editText(text: string, edits: readonly Edit[]): EditResult {
  const source = readYaml(text);
  if (source.problems.length > 0) {
    return {
      problems: source.problems.map(({ offset, ...found }) => ({
        ...found,
        ...source.position(offset),
      })),
    };
  }
  const result = edited(text, source, edits);
  if ("text" in result) return result;
  return { problems: [problemOf(result.edit, result.why, source)] };
}

type Edited = { readonly text: string } | { readonly edit: Edit; readonly why: string };

/** All at once; where that goes wrong in halves, down to the edit that it is about. */
function edited(text: string, source: YamlSource, edits: readonly Edit[]): Edited {
  const batches = new Batches(text, source.value ?? null);
  let current = edits[0];
  try {
    for (const edit of edits) {
      current = edit;
      batches.take(edit);
    }
    return { text: batches.finish() };
  } catch (error) {
    if (!(error instanceof DoesNotFit)) throw error;
    const isSure = !(error instanceof Unsafe) || edits.length === 1;
    if (isSure) return { edit: current as Edit, why: error.message };
  }
  const half = Math.ceil(edits.length / 2);
  const first = edited(text, source, edits.slice(0, half));
  if (!("text" in first)) return first;
  return edited(first.text, readYaml(first.text), edits.slice(half));
}

function problemOf(edit: Edit, why: string, source: YamlSource): EditProblem {
  const suggestion = `change ${showPath(edit.path) || "the file"} by hand`;
  const { offset } = placeOf(source.place, edit.path);
  return { ...problem("EditValidator", edit.path, why, suggestion), ...source.position(offset) };
}

/** The place at the path, or of the nearest thing above it. */
function placeOf(root: Place, path: Path): Place {
  let place = root;
  for (const step of path) {
    const next = typeof step === "number" ? place.items[step] : place.keys.get(step)?.place;
    if (next === undefined) break;
    place = next;
  }
  return place;
}
