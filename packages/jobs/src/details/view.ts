import type { CachedJob } from "../cache/contract.ts";
import { isFinishedState, UNKNOWN } from "../cache/records.ts";

/** A job as interfaces tell of it: what is not known is not there, times are ISO 8601. */
export interface ShownJob {
  readonly cluster: string;
  readonly id: number;
  readonly label: string;
  readonly arrayJobId?: number;
  readonly arrayTaskId?: string;
  readonly name: string;
  readonly user: string;
  readonly account: string;
  readonly partition: string;
  readonly qos: string;
  readonly state: string;
  readonly reason: string;
  readonly nodes: string;
  readonly nodeCount: number;
  readonly cpus: number;
  readonly memoryMib?: number;
  readonly tres: string;
  readonly timeLimitSeconds?: number;
  readonly priority?: number;
  readonly submitTime?: string;
  readonly eligibleTime?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly elapsedSeconds?: number;
  readonly workingDirectory: string;
  readonly exitCode: string;
  readonly restarts: number;
  readonly isLive: boolean;
  readonly isFinished: boolean;
}

export function shownJob(job: CachedJob, now: Date): ShownJob {
  return {
    cluster: job.cluster,
    id: job.id,
    label: job.label,
    ...present({ arrayJobId: job.arrayJobId, arrayTaskId: job.arrayTaskId }),
    name: job.name,
    user: job.user,
    account: job.account,
    partition: job.partition,
    qos: job.qos,
    state: job.state,
    reason: job.reason,
    nodes: job.nodes,
    nodeCount: job.nodeCount,
    cpus: job.cpus,
    ...present({ memoryMib: job.memoryMib }),
    tres: job.tres,
    ...present({
      timeLimitSeconds: job.timeLimitSeconds,
      priority: job.priority,
      submitTime: job.submitTime?.toISOString(),
      eligibleTime: job.eligibleTime?.toISOString(),
      startTime: job.startTime?.toISOString(),
      endTime: job.endTime?.toISOString(),
      elapsedSeconds: elapsedSeconds(job, now),
    }),
    workingDirectory: job.workingDirectory,
    exitCode: job.exitCode,
    restarts: job.restarts,
    isLive: job.isLive,
    isFinished: isFinishedState(job.state),
  };
}

/** Undefined for one that has not begun; of one that waits slurmctld may tell when it expects to. */
export function elapsedSeconds(
  job: Pick<CachedJob, "startTime" | "endTime" | "state">,
  now: Date,
): number | undefined {
  const { startTime, endTime, state } = job;
  if (startTime === undefined || state === "PENDING" || state === UNKNOWN) return undefined;
  const end = endTime ?? (isFinishedState(state) ? undefined : now);
  if (end === undefined) return undefined;
  return Math.max(0, Math.round((end.getTime() - startTime.getTime()) / 1000));
}

type Present<T> = { [key in keyof T]?: Exclude<T[key], undefined> };

/** Without what is undefined. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}
