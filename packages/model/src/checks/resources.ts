import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import type { Path } from "../cluster-file/problem.ts";

/** The queues that could be read. */
export function* queuesOf(file: DraftFile) {
  for (const { index, item } of entriesOf(file.Scheduling?.SlurmQueues)) {
    yield { queue: item, path: ["Scheduling", "SlurmQueues", index] satisfies Path };
  }
}

type Queue =
  ReturnType<typeof queuesOf> extends Iterable<infer F extends { queue: object }>
    ? F["queue"]
    : never;

/** A compute resource with its queue. */
export interface FoundResource {
  readonly queue: Queue;
  readonly resource: NonNullable<NonNullable<Queue["ComputeResources"]>[number]>;
  readonly path: Path;
}

const found = new WeakMap<DraftFile, readonly FoundResource[]>();

/** The compute resources that could be read, each with its queue; looked for once in a file. */
export function computeResourcesOf(file: DraftFile): readonly FoundResource[] {
  let resources = found.get(file);
  if (resources === undefined) {
    resources = [...queuesOf(file)].flatMap(({ queue, path }) =>
      entriesOf(queue.ComputeResources).map(({ index, item }) => ({
        queue,
        resource: item,
        path: [...path, "ComputeResources", index],
      })),
    );
    found.set(file, resources);
  }
  return resources;
}

const DEFAULT_MAX_COUNT = 10;

/** How many nodes a compute resource has, defaults applied; undefined when that can't be read. */
export function countsOf(resource: {
  readonly MinCount?: number | null | undefined;
  readonly MaxCount?: number | null | undefined;
}): { readonly MinCount: number; readonly MaxCount: number } | undefined {
  const { MinCount = 0, MaxCount = DEFAULT_MAX_COUNT } = resource;
  return MinCount === null || MaxCount === null ? undefined : { MinCount, MaxCount };
}

/** Every place of the file that names a compute resource's machine type. */
export function* instanceTypesOf(file: DraftFile) {
  for (const { queue, resource, path } of computeResourcesOf(file)) {
    if (typeof resource.InstanceType === "string") {
      yield { name: resource.InstanceType, queue, resource, path: [...path, "InstanceType"] };
    }
    for (const { index, item } of entriesOf(resource.Instances)) {
      if (typeof item.InstanceType !== "string") continue;
      const place: Path = [...path, "Instances", index, "InstanceType"];
      yield { name: item.InstanceType, queue, resource, path: place };
    }
  }
}
