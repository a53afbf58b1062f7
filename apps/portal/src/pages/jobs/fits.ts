import type { Job } from "@sluice/api";

export const JOB_ACTIONS = ["cancel", "hold", "release", "requeue"] as const;
export type JobAction = (typeof JOB_ACTIONS)[number];

/** Whether Slurm might do it: it has the last word. */
export function fits(
  action: JobAction,
  { state, reason, isLive, isFinished }: Pick<Job, "state" | "reason" | "isLive" | "isFinished">,
): boolean {
  if (!isLive) return false;
  if (action === "cancel") return !isFinished;
  // Slurm forgets a job some minutes after its end; until then it can run again.
  if (action === "requeue") return state !== "PENDING";
  const isHeld = /held/i.test(reason);
  return state === "PENDING" && isHeld === (action === "release");
}
