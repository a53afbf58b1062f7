import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { nodePrefix } from "../cluster-file/node-groups.ts";
import { type Problem, problem, showPath } from "../cluster-file/problem.ts";
import { type Named, repeated } from "./check.ts";
import { computeResourcesOf, queuesOf } from "./resources.ts";

/** Queues, login pools and, in each queue, compute resources have names of their own. */
export function* duplicateNames(file: DraftFile): Generator<Problem> {
  const queues = [...queuesOf(file)];
  yield* duplicates(
    queues.map(({ queue, path }) => ({ name: queue.Name, path: [...path, "Name"] })),
  );
  for (const { queue, path } of queues) {
    yield* duplicates(
      entriesOf(queue.ComputeResources).map(({ index, item }) => ({
        name: item.Name,
        path: [...path, "ComputeResources", index, "Name"],
      })),
    );
  }
  yield* duplicates(
    entriesOf(file.LoginNodes?.Pools).map(({ index, item }) => ({
      name: item.Name,
      path: ["LoginNodes", "Pools", index, "Name"],
    })),
  );
  yield* duplicates(
    entriesOf(file.Local?.MachineTypes).map(({ index, item }) => ({
      name: item.Name,
      path: ["Local", "MachineTypes", index, "Name"],
    })),
  );
}

function* duplicates(names: readonly Named[]): Generator<Problem> {
  for (const { again, first } of repeated(names)) {
    const message = `${showValue(again.name)} is already the name of ${showPath(first.path.slice(0, -1))}`;
    yield problem("DuplicateNameValidator", again.path, message, "write another name");
  }
}

/** Slurm reads a partition called DEFAULT as defaults for all partitions. */
export function* reservedNames(file: DraftFile): Generator<Problem> {
  for (const { queue, path } of queuesOf(file)) {
    if (queue.Name !== "default") continue;
    const message = '"default" has a meaning of its own in slurm.conf and names no queue';
    yield problem("NameValidator", [...path, "Name"], message, "write another name");
  }
}

/**
 * `a-dy` + `b` and `a` + `…` can come to the same node names, since hyphens are allowed in both
 * parts: queue `a-dy-b` with resource `c` and queue `a` with resource `b-dy-c`.
 */
export function* nodeNameCollisions(file: DraftFile): Generator<Problem> {
  const named = computeResourcesOf(file).flatMap(({ queue, resource, path }) => {
    const { Name: queueName } = queue;
    const { Name: resourceName } = resource;
    if (typeof queueName !== "string" || typeof resourceName !== "string") return [];
    return (["static", "dynamic"] as const).map((kind) => ({
      name: nodePrefix(queueName, kind, resourceName),
      queueName,
      path: [...path, "Name"],
    }));
  });
  const reported = new Set<string>();
  for (const { again, first } of repeated(named)) {
    // The same queue and resource twice is the other check's finding.
    if (again.queueName === first.queueName || reported.has(showPath(again.path))) continue;
    reported.add(showPath(again.path));
    const message = `its nodes would be named ${again.name}1 and so on, as those of ${showPath(first.path.slice(0, -1))}`;
    yield problem("NameValidator", again.path, message, "write another name");
  }
}
