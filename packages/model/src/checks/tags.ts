import { type Draft, type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem, showPath } from "../cluster-file/problem.ts";
import type { Tag } from "../cluster-file/schema/tags.ts";
import { repeated } from "./check.ts";
import { providerOf } from "./provider.ts";
import { computeResourcesOf, queuesOf } from "./resources.ts";

/** `aws:` is Amazon's own; by the others machines are found again. */
const RESERVED = ["parallelcluster:", "sluice:", "aws:"] as const;

/** A tag is unique in its list, and none is one of ours. */
export function* tags(file: DraftFile): Generator<Problem> {
  yield* tagList(file.Tags, ["Tags"]);
  for (const { queue, path } of queuesOf(file)) yield* tagList(queue.Tags, [...path, "Tags"]);
  for (const { resource, path } of computeResourcesOf(file)) {
    yield* tagList(resource.Tags, [...path, "Tags"]);
  }
}

/** Of one list; image builds have some too. */
export function* tagList(list: Draft<Tag[]> | undefined, path: Path): Generator<Problem> {
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

const ID = "ComputeResourceTagsValidator";

/** The clouds take 50 tags on a machine, and some are ours. */
const MAX_TAGS = 40;

/** Which of several tags with one key a machine gets, and how many there are. */
export function* machineTags(file: DraftFile): Generator<Problem> {
  if (providerOf(file) === "local") return;
  const cluster = keysOf(file.Tags);
  const full = new Set<string>();
  for (const { queue, path: queuePath } of queuesOf(file)) {
    const own = keysOf(queue.Tags);
    yield* overridden(own, [...queuePath, "Tags"], [["Tags", cluster]]);
    const resources = entriesOf(queue.ComputeResources);
    for (const { index, item } of resources) {
      const path = [...queuePath, "ComputeResources", index];
      const mine = keysOf(item.Tags);
      yield* overridden(
        mine,
        [...path, "Tags"],
        [
          ["the queue's Tags", own],
          ["Tags", cluster],
        ],
      );
      const count = numberOf(cluster, own, mine);
      if (count <= MAX_TAGS) continue;
      const place =
        mine.size > 0 ? [...path, "Tags"] : own.size > 0 ? [...queuePath, "Tags"] : ["Tags"];
      if (full.has(showPath(place))) continue;
      full.add(showPath(place));
      const message = `machines would have ${count} tags from here and above, and there is room for ${MAX_TAGS}`;
      yield problem(ID, place, message, "remove some", { at: "key" });
    }
  }
}

/** How many different ones there are; that there are few is seen at a glance. */
function numberOf(...lists: readonly Keys[]): number {
  const most = lists.reduce((sum, { size }) => sum + size, 0);
  return most <= MAX_TAGS ? most : new Set(lists.flatMap((keys) => [...keys.keys()])).size;
}

/** Keys with the index of their entry. */
type Keys = ReadonlyMap<string, number>;

const NONE: Keys = new Map();

function keysOf(list: Draft<Tag[]> | undefined): Keys {
  if (list === undefined || list === null || list.length === 0) return NONE;
  return new Map(
    entriesOf(list).flatMap(({ index, item }) =>
      typeof item.Key === "string" ? [[item.Key, index] as const] : [],
    ),
  );
}

function* overridden(
  keys: Keys,
  path: Path,
  above: readonly (readonly [where: string, keys: Keys])[],
): Generator<Problem> {
  for (const [key, index] of keys) {
    const other = above.find(([, known]) => known.has(key));
    if (other === undefined) continue;
    const message = `${showValue(key)} is in ${other[0]} as well, and machines get the value that stands here`;
    const place = [...path, index, "Key"];
    yield problem(ID, place, message, "remove one of the two", { level: "WARNING" });
  }
}
