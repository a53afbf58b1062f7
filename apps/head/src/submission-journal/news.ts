import type { FleetEvent } from "@sluice/model";
import type { KeptSubmission } from "./contract.ts";

/** Told to whoever asks for the cluster's events. */
export type Tell = (event: Pick<FleetEvent, "kind" | "job" | "message">) => void;

/** A job that is back, of two numbers under each of them. */
export function tellRestored(
  tell: Tell,
  { jobId }: KeptSubmission,
  as: { readonly number: number; readonly isHeld: boolean },
): void {
  const held = as.isHeld ? "; it is held, since nobody knows its script's arguments" : "";
  const say = (job: number, message: string): void =>
    tell({ kind: "job-restored", job: String(job), message: `${message}${held}` });
  if (as.number === jobId) {
    say(jobId, `slurmctld forgot job ${jobId}: handed in again`);
    return;
  }
  say(jobId, `slurmctld forgot job ${jobId}: handed in again as job ${as.number}`);
  say(as.number, `this was job ${jobId}, which slurmctld forgot, until it was handed in again`);
}

export function tellLost(tell: Tell, { jobId }: KeptSubmission, why: string): void {
  const message = `slurmctld forgot job ${jobId}, which is lost: ${why}`;
  tell({ kind: "job-lost", job: String(jobId), message });
}
