import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { type Path, type Problem, problem } from "../cluster-file/problem.ts";
import { countsOf, queuesOf } from "./resources.ts";

const STATIC = 1;
/** The least that dynamic nodes get which have no priority of their own. */
const DYNAMIC = 1000;

interface Weight {
  readonly weight: number;
  readonly path: Path;
}

/** Machines that are up anyway are used before others are started. */
export function* nodePriorities(file: DraftFile): Generator<Problem> {
  for (const { queue, path: queuePath } of queuesOf(file)) {
    let highest: Weight | undefined;
    let lowest: Weight | undefined;
    for (const { index, item } of entriesOf(queue.ComputeResources)) {
      const counts = countsOf(item);
      if (counts === undefined) continue;
      const path = [...queuePath, "ComputeResources", index];
      const { StaticNodePriority: fixed = STATIC, DynamicNodePriority: dynamic = DYNAMIC } = item;
      if (counts.MinCount > 0 && fixed !== null && fixed > (highest?.weight ?? 0)) {
        highest = { weight: fixed, path: [...path, "StaticNodePriority"] };
      }
      const isLower = dynamic !== null && (lowest === undefined || dynamic < lowest.weight);
      if (counts.MaxCount > counts.MinCount && isLower) {
        lowest = { weight: dynamic, path: [...path, "DynamicNodePriority"] };
      }
    }
    if (highest === undefined || lowest === undefined || highest.weight < lowest.weight) continue;
    const isStatic = highest.weight !== STATIC;
    const message = `static nodes of the queue have priority ${highest.weight} and dynamic ones ${lowest.weight}, so machines are started while others idle`;
    const place = isStatic ? highest.path : lowest.path;
    const suggestion = isStatic
      ? `write less than ${lowest.weight}`
      : `write more than ${highest.weight}`;
    yield problem("SlurmNodePrioritiesWarningValidator", place, message, suggestion, {
      level: "WARNING",
    });
  }
}
