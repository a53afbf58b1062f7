import { type DraftFile, entriesOf } from "../cluster-file/draft.ts";
import { showValue } from "../cluster-file/finding.ts";
import { type Problem, problem } from "../cluster-file/problem.ts";
import { repeated } from "./check.ts";
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
  if (file.Scheduling?.SlurmSettings?.EnableMemoryBasedScheduling) return;
  for (const { resource, path } of computeResourcesOf(file)) {
    if (typeof resource.SchedulableMemory !== "number") continue;
    const message = "this has no effect, because Slurm does not schedule by memory here";
    const suggestion = "write EnableMemoryBasedScheduling: true under Scheduling.SlurmSettings";
    const place = [...path, "SchedulableMemory"];
    yield problem("SchedulableMemoryValidator", place, message, suggestion, {
      at: "key",
      level: "WARNING",
    });
  }
}
