import { catalogueKnows } from "../catalogue/machine-types.ts";
import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { repeated } from "./check.ts";
import { type ComputeGroup, computeGroupsOf } from "./compute-groups.ts";
import { providerOf } from "./provider.ts";
import { computeResourcesOf, countsOf } from "./resources.ts";

/** Slurm's own limit on nodes (MAX_SLURM_NODES). */
const MAX_NODES = 65_536;

export function* sizes(file: DraftFile): Generator<Problem> {
  let nodes = 0;
  for (const { resource, path } of computeResourcesOf(file)) {
    const counts = countsOf(resource);
    if (counts === undefined) continue;
    const { MinCount, MaxCount } = counts;
    if (MinCount > MaxCount) {
      const max = resource.MaxCount === undefined ? `${MaxCount}, the default` : MaxCount;
      const message = `${MinCount} is more than MaxCount, which is ${max}`;
      const suggestion = `write at most ${MaxCount}, or a MaxCount of at least ${MinCount}`;
      yield problem("ComputeResourceSizeValidator", [...path, "MinCount"], message, suggestion);
    }
    const before = nodes;
    nodes += Math.max(MinCount, MaxCount);
    if (before <= MAX_NODES && nodes > MAX_NODES) {
      const message = `with ${MaxCount} more the cluster has ${nodes} nodes, and Slurm takes ${MAX_NODES}`;
      yield problem(
        "MaxCountValidator",
        [...path, "MaxCount"],
        message,
        "write a smaller MaxCount",
      );
    }
  }
}

/**
 * Exactly one of InstanceType and Instances, and no machine type twice. A capacity reservation of
 * AWS has a machine type of its own, so with its id there may be neither.
 */
export function* machineTypeChoice(file: DraftFile): Generator<Problem> {
  for (const { resource, path } of computeResourcesOf(file)) {
    const { InstanceType, Instances } = resource;
    if (InstanceType !== undefined && Instances !== undefined) {
      const message =
        "InstanceType and Instances are both given, and each alone says what to launch";
      yield problem("ConfigSchemaValidator", [...path, "Instances"], message, "keep one of them", {
        at: "key",
      });
    }
    const isReserved =
      providerOf(file) === "aws" &&
      resource.CapacityReservationTarget?.CapacityReservationId !== undefined;
    if (InstanceType === undefined && Instances === undefined && !isReserved) {
      const message = "InstanceType is missing, so there is nothing to launch";
      const suggestion = "write InstanceType, or Instances for several machine types";
      yield problem("ConfigSchemaValidator", [...path, "InstanceType"], message, suggestion, {
        at: "missing",
      });
    }
    const instances = entriesOf(Instances).map(({ index, item }) => ({
      name: item.InstanceType,
      path: [...path, "Instances", index, "InstanceType"],
    }));
    for (const { again } of repeated(instances)) {
      const message = `${showValue(again.name)} is in the list twice`;
      yield problem("ConfigSchemaValidator", again.path, message, "remove one of them");
    }
  }
}

/** SchedulableMemory counts only while Slurm schedules by memory. */
export function* schedulableMemory(file: DraftFile): Generator<Problem> {
  const isUsed = file.Scheduling?.SlurmSettings?.EnableMemoryBasedScheduling;
  for (const group of computeGroupsOf(file)) {
    const wanted = group.resource.SchedulableMemory;
    if (typeof wanted !== "number") continue;
    if (!isUsed) {
      const message = "this has no effect, because Slurm does not schedule by memory here";
      const suggestion = "write EnableMemoryBasedScheduling: true under Scheduling.SlurmSettings";
      yield memoryProblem(group, message, suggestion, { at: "key", level: "WARNING" });
    }
    yield* comparedMemory(file, group, wanted, isUsed === true);
  }
}

/** Of what a machine has, the share that jobs get unless the file says otherwise. */
const SCHEDULABLE_SHARE = 0.95;

function* comparedMemory(
  file: DraftFile,
  group: ComputeGroup,
  wanted: number,
  isUsed: boolean,
): Generator<Problem> {
  const known = group.types.flatMap(({ name, facts }) => (facts ? [{ name, ...facts }] : []));
  const [smallest] = known.toSorted((a, b) => a.memoryMiB - b.memoryMiB);
  if (smallest !== undefined && wanted > smallest.memoryMiB) {
    const message = `${wanted} MiB is more than ${smallest.name} has, which is ${smallest.memoryMiB} MiB`;
    yield memoryProblem(group, message, `write at most ${smallest.memoryMiB}`);
  } else if (smallest !== undefined && isUsed) {
    const usual = Math.floor(SCHEDULABLE_SHARE * smallest.memoryMiB);
    if (wanted >= usual) return;
    const message = `${wanted} MiB is less than 95% of what ${smallest.name} has, so ${usual - wanted} MiB of every machine go to no job`;
    const suggestion = `write ${usual}, or nothing, which is the same`;
    yield memoryProblem(group, message, suggestion, { level: "INFO" });
  } else if (isUsed) {
    const provider = providerOf(file);
    const unsure = group.types.find(
      ({ name }) => provider !== undefined && catalogueKnows(provider, name) === "price",
    );
    if (unsure === undefined) return;
    const message = `the memory of ${unsure.name} is not known here, so ${wanted} MiB may be more than it has`;
    yield memoryProblem(group, message, "leave it if you know that it has as much", {
      level: "WARNING",
    });
  }
}

function memoryProblem(
  group: ComputeGroup,
  message: string,
  suggestion: string,
  where: Parameters<typeof problem>[4] = {},
): Problem {
  const place = [...group.path, "SchedulableMemory"];
  return problem("SchedulableMemoryValidator", place, message, suggestion, where);
}
