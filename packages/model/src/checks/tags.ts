import { type Draft, type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import type { Tag } from "../cluster-file/schema/tags.ts";
import { repeated } from "./check.ts";
import { computeResourcesOf, queuesOf } from "./resources.ts";

/** `aws:` is Amazon's own; by the others machines are found again. */
const RESERVED = ["parallelcluster:", "sluice:", "aws:"] as const;

export function* tags(file: DraftFile): Generator<Problem> {
  yield* tagList(file.Tags, ["Tags"]);
  for (const { queue, path } of queuesOf(file)) yield* tagList(queue.Tags, [...path, "Tags"]);
  for (const { resource, path } of computeResourcesOf(file)) {
    yield* tagList(resource.Tags, [...path, "Tags"]);
  }
}

function* tagList(list: Draft<Tag[]> | undefined, path: Path): Generator<Problem> {
  const keys = entriesOf(list).map(({ index, item }) => ({
    name: item.Key,
    path: [...path, index, "Key"],
  }));
  for (const { name, path: place } of keys) {
    const prefix = RESERVED.find((reserved) => name?.toLowerCase().startsWith(reserved));
    if (prefix === undefined) continue;
    const message = `${showValue(name)} starts with ${prefix}, which is reserved`;
    yield problem("ConfigSchemaValidator", place, message, "write another key");
  }
  for (const { again } of repeated(keys)) {
    const message = `${showValue(again.name)} is in the list twice, and a tag has one value`;
    yield problem("ConfigSchemaValidator", again.path, message, "remove one of them");
  }
}
