import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { parseHours } from "../cluster-file/schema/warm-nodes.ts";
import { countsOf, queuesOf } from "./resources.ts";

const ID = "WarmNodesValidator";

/** Warm nodes are dynamic ones, so there can't be more of them; and hours that are no time at all. */
export function* warmNodes(file: DraftFile): Generator<Problem> {
  for (const { queue, path: queuePath } of queuesOf(file)) {
    const { WarmNodes: warm } = queue;
    if (warm === undefined || warm === null) continue;
    const path: Path = [...queuePath, "WarmNodes"];
    const windows = entriesOf(warm.Schedule);
    const nodes = dynamicNodes(queue);
    if (nodes !== undefined) {
      yield* tooMany(warm.Count, nodes, [...path, "Count"]);
      yield* tooMany(warm.Stopped, nodes, [...path, "Stopped"]);
      for (const { index, item } of windows) {
        yield* tooMany(item.Count, nodes, [...path, "Schedule", index, "Count"]);
      }
    }
    for (const { index, item } of windows) {
      if (typeof item.Hours !== "string") continue;
      const { fromMinute, untilMinute } = parseHours(item.Hours);
      if (fromMinute !== untilMinute) continue;
      const place = [...path, "Schedule", index, "Hours"];
      const message = `${showValue(item.Hours)} begins and ends at the same time`;
      yield problem(ID, place, message, "write a later end, or 00:00-24:00 for the whole day");
    }
  }
}

/** Undefined when a count of the queue can't be read. */
function dynamicNodes(queue: {
  readonly ComputeResources?: readonly (Parameters<typeof countsOf>[0] | null)[] | null | undefined;
}): number | undefined {
  let nodes = 0;
  for (const resource of queue.ComputeResources ?? []) {
    const counts = resource === null ? undefined : countsOf(resource);
    if (counts === undefined) return undefined;
    nodes += Math.max(0, counts.MaxCount - counts.MinCount);
  }
  return nodes;
}

function* tooMany(count: number | null | undefined, nodes: number, path: Path): Generator<Problem> {
  if (typeof count !== "number" || count <= nodes) return;
  const message = `${count} nodes can't be kept ready: the queue has ${nodes} dynamic ones, the sum of MaxCount less MinCount`;
  yield problem(ID, path, message, `write at most ${nodes}, or a larger MaxCount`);
}
