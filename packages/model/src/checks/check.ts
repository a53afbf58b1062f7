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
