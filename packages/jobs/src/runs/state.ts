import type { CachedJob } from "../cache/index.ts";
import type { RunJob, RunState } from "./contract.ts";

/** Slurm's states that are an end, and what they are for a run. */
const ENDS: Readonly<Record<string, RunState>> = {
  COMPLETED: "done",
  CANCELLED: "cancelled",
  FAILED: "failed",
  TIMEOUT: "failed",
  NODE_FAIL: "failed",
  OUT_OF_MEMORY: "failed",
  BOOT_FAIL: "failed",
  DEADLINE: "failed",
  PREEMPTED: "failed",
  REVOKED: "failed",
};

const WAITING: ReadonlySet<string> = new Set([
  ...["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT"],
  ...["RESV_DEL_HOLD"],
]);

/** Undefined: the word says nothing. */
export function runStateOf(jobState: string): RunState | undefined {
  const word = jobState.split(/[\s+,]/, 1)[0] ?? "";
  if (word === "" || word === "UNKNOWN") return undefined;
  if (WAITING.has(word)) return "queued";
  return ENDS[word] ?? "running";
}

/** Of an array, its tasks together: it runs while one does, and failed when one did. */
export function jobOfTasks(tasks: readonly CachedJob[]): RunJob | undefined {
  const known = tasks.flatMap((task) => {
    const state = runStateOf(task.state);
    return state === undefined ? [] : [{ task, state }];
  });
  // While one task is not known, how all of them ended is not known.
  if (known.length === 0 || known.length < tasks.length) return undefined;
  const order: readonly RunState[] = ["running", "queued", "failed", "cancelled", "done"];
  const found = order.flatMap((state) => known.find((one) => one.state === state) ?? [])[0];
  if (found === undefined) return undefined;
  const hasBegun = known.some(({ state }) => state !== "queued");
  const state = found.state === "queued" && hasBegun ? "running" : found.state;
  const isLive = state === "queued" || state === "running";
  const starts = known.flatMap(({ task }) => task.startTime?.getTime() ?? []);
  const ends = known.flatMap(({ task }) => task.endTime?.getTime() ?? []);
  return {
    state,
    jobState: found.task.state,
    isLive,
    startedAt:
      state === "queued" || starts.length === 0 ? undefined : new Date(Math.min(...starts)),
    endedAt: isLive || ends.length === 0 ? undefined : new Date(Math.max(...ends)),
  };
}
