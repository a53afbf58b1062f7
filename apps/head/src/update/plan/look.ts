import type { Machine } from "@sluice/cloud";
import type { ChangePlan, ComputeFleetStatus } from "@sluice/model";
import type { SlurmJob, SlurmNode, SlurmPartition } from "@sluice/slurm";
import type { UpdateRecord } from "../../cluster-state.ts";

/** What an update sees when it looks. */
export interface Look {
  /** What is left to be changed, as the fleet is now. */
  readonly plan: Pick<ChangePlan, "changes">;
  readonly record: UpdateRecord;
  readonly nodes: readonly SlurmNode[];
  readonly jobs: readonly SlurmJob[];
  readonly partitions: readonly SlurmPartition[];
  /** Compute machines that are not gone. */
  readonly machines: readonly Machine[];
  readonly fleet: ComputeFleetStatus;
}
