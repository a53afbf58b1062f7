import { type Draft, entriesOf } from "../cluster-file/draft.ts";
import type { Problem } from "../cluster-file/problem.ts";
import type { JobApiFile } from "../cluster-file/schema/job-api.ts";
import { schemaProblem } from "./keys.ts";
import { controlCharacters } from "./text.ts";

type DraftJobApi = NonNullable<Draft<JobApiFile>>;

/** Everything that the checks between keys find in the file of a job API. */
export function checkJobApi(file: DraftJobApi): Problem[] {
  return [...overlappingPrefixes(file), ...controlCharacters(file)];
}

/** An object below two prefixes would be submitted as two users. */
function* overlappingPrefixes(file: DraftJobApi): Generator<Problem> {
  const prefixes = entriesOf(file.Uploads).flatMap(({ index, item }) =>
    typeof item.Prefix === "string" ? [{ index, prefix: item.Prefix }] : [],
  );
  for (const { index, prefix } of prefixes) {
    const outer = prefixes.find(
      (other) =>
        other.index !== index &&
        prefix.startsWith(other.prefix) &&
        (other.prefix !== prefix || other.index < index),
    );
    if (outer === undefined) continue;
    yield schemaProblem(
      ["Uploads", index, "Prefix"],
      `objects below "${prefix}" are below "${outer.prefix}" of another upload too`,
      "write prefixes of which none begins with another",
    );
  }
}
