import type { HistoryJob, QueueJob } from "@sluice/gateway";
import type { JobRecord } from "./job-table.ts";

/** slurmctld has forgotten it, accounting does not tell yet. */
export const UNKNOWN = "UNKNOWN";

const FINISHED: ReadonlySet<string> = new Set([
  ...["COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL"],
  ...["DEADLINE", "OUT_OF_MEMORY", "REVOKED", "LAUNCH_FAILED", "RECONFIG_FAIL"],
]);

export function isFinishedState(state: string): boolean {
  return FINISHED.has(state);
}

/** sacct says who cancelled: `CANCELLED by 1000`; long states are cut: `OUT_OF_ME+`. */
export function stateOf(text: string): string {
  const [word = ""] = text.trim().split(/[\s+]/);
  return word.startsWith("OUT_OF_ME") ? "OUT_OF_MEMORY" : word;
}

export function recordOfQueue(job: QueueJob): JobRecord {
  return {
    ...arrayOf(job),
    id: job.id,
    name: job.name,
    user: job.user,
    account: job.account,
    partition: job.partition,
    qos: job.qos,
    state: stateOf(job.state),
    reason: job.reason === "None" ? "" : job.reason,
    nodes: job.nodes,
    nodeCount: job.nodeCount,
    cpus: job.cpus,
    memoryMib: job.memoryMib,
    tres: job.tres,
    timeLimitSeconds: job.timeLimitSeconds,
    priority: job.priority,
    dependency: job.dependency,
    submitTime: job.submitTime,
    eligibleTime: job.eligibleTime,
    startTime: job.startTime,
    // What slurmctld tells of one that still runs is when its time limit will end it.
    endTime: isFinishedState(stateOf(job.state)) ? job.endTime : undefined,
    workingDirectory: job.workingDirectory,
    standardOutput: job.standardOutput,
    standardError: job.standardError,
    exitCode: job.exitCode,
    restarts: job.restarts,
    isBatch: job.isBatch,
    tag: undefined,
    cpuSecondsUsed: undefined,
    maxMemoryMib: undefined,
  };
}

/** @param before what the queue told of it, which accounting does not keep. */
export function recordOfHistory(job: HistoryJob, before: JobRecord | undefined): JobRecord {
  return {
    ...arrayOf(job),
    id: job.id,
    name: job.name,
    user: job.user,
    account: job.account,
    partition: job.partition,
    qos: job.qos,
    state: stateOf(job.state),
    reason: "",
    nodes: job.nodes,
    nodeCount: job.nodeCount,
    cpus: job.cpus,
    memoryMib: before?.memoryMib,
    tres: job.tres || (before?.tres ?? ""),
    timeLimitSeconds: job.timeLimitSeconds,
    priority: undefined,
    dependency: "",
    submitTime: job.submitTime,
    eligibleTime: before?.eligibleTime,
    startTime: job.startTime,
    endTime: job.endTime,
    workingDirectory: job.workingDirectory,
    standardOutput: before?.standardOutput ?? "",
    standardError: before?.standardError ?? "",
    exitCode: job.exitCode,
    restarts: before?.restarts ?? 0,
    isBatch: before?.isBatch ?? true,
    tag: job.tag,
    cpuSecondsUsed: job.cpuSecondsUsed,
    maxMemoryMib: job.maxMemoryMib,
  };
}

function arrayOf(
  job: Pick<QueueJob, "arrayJobId" | "arrayTaskId">,
): Pick<JobRecord, "arrayJobId" | "arrayTaskId"> {
  const { arrayJobId, arrayTaskId } = job;
  if (!arrayJobId || !arrayTaskId) return { arrayJobId: undefined, arrayTaskId: undefined };
  return { arrayJobId, arrayTaskId };
}
