import type { Answers, Question } from "../account/contract.ts";
import type { DraftFile } from "../cluster-file/draft.ts";
import type { Path, Problem } from "../cluster-file/problem.ts";

/** A rule between keys of a file, or about a value that the schema can't describe. */
export type Check = (file: DraftFile) => Iterable<Problem>;

export interface Named {
  readonly path: Path;
  readonly name: string | number | null | undefined;
}

/** Those whose name an earlier one has, with that one. */
export function* repeated<N extends Named>(
  entries: Iterable<N>,
): Generator<{ again: N; first: N }> {
  const seen = new Map<string | number, N>();
  for (const entry of entries) {
    if (entry.name === null || entry.name === undefined) continue;
    const first = seen.get(entry.name);
    if (first === undefined) seen.set(entry.name, entry);
    else yield { again: entry, first };
  }
}

/**
 * A rule that needs answers of an account. Pure: it asks by saying what it would like to know. Of
 * cluster files, unless it is said to be of another.
 */
export interface OnlineCheck<F = DraftFile> {
  /** The checks that it makes, as they stand in the table of checks. */
  readonly ids: readonly string[];
  /** What is still to be asked, `known` being what was answered until now; asked until it is empty. */
  questions(file: F, known: Answers): Iterable<Question>;
  /** What the answers tell; an answer that is missing or unknown tells nothing. */
  check(file: F, known: Answers): Iterable<Problem>;
}
