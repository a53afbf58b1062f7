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
    ...commonOf(job),
    reason: job.reason === "None" ? "" : job.reason,
    memoryMib: job.memoryMib,
    tres: job.tres,
    priority: job.priority,
    dependency: job.dependency,
    eligibleTime: job.eligibleTime,
    // What slurmctld tells of one that still runs is when its time limit will end it.
    endTime: isFinishedState(stateOf(job.state)) ? job.endTime : undefined,
    standardOutput: job.standardOutput,
    standardError: job.standardError,
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
    ...commonOf(job),
    reason: "",
    memoryMib: before?.memoryMib,
    tres: job.tres || (before?.tres ?? ""),
    priority: undefined,
    dependency: "",
    eligibleTime: job.eligibleTime ?? before?.eligibleTime,
    endTime: job.endTime,
    standardOutput: before?.standardOutput ?? "",
    standardError: before?.standardError ?? "",
    restarts: before?.restarts ?? 0,
    isBatch: before?.isBatch ?? true,
    tag: job.tag,
    cpuSecondsUsed: job.cpuSecondsUsed,
    maxMemoryMib: job.maxMemoryMib,
  };
}

/** What slurmctld and accounting tell of a job alike. */
function commonOf(job: QueueJob | HistoryJob) {
  const { arrayJobId, arrayTaskId } = job;
  const isTask = Boolean(arrayJobId) && Boolean(arrayTaskId);
  return {
    arrayJobId: isTask ? arrayJobId : undefined,
    arrayTaskId: isTask ? arrayTaskId : undefined,
    id: job.id,
    name: job.name,
    user: job.user,
    account: job.account,
    partition: job.partition,
    qos: job.qos,
    state: stateOf(job.state),
    nodes: job.nodes,
    nodeCount: job.nodeCount,
    cpus: job.cpus,
    timeLimitSeconds: job.timeLimitSeconds,
    submitTime: job.submitTime,
    startTime: job.startTime,
    workingDirectory: job.workingDirectory,
    exitCode: job.exitCode,
  };
}
