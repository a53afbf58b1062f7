import { isOurReason, REASON_PREFIX, type SlurmNode } from "@sluice/slurm";
import type { NodePlace } from "../pools.ts";
import type { Intent, Notice } from "../store/contract.ts";

/** When the cloud does not say when a machine goes: what a spot machine has at most. */
const ASSUMED_SECONDS = 120;
/** Before its machine goes by so long a job must be on its way back, whatever it asked for. */
const MARGIN_SECONDS = 10;
/** So long after its deadline a machine that is there still is one that stays. */
const CANCELLED_SECONDS = 300;
/** Maintenance may be announced weeks before. Until it is this near, jobs run on. */
const MAINTENANCE_LEAD_SECONDS = 900;

const WORDS = { spot: "spot interruption", maintenance: "maintenance" } as const;

/** A notice in force, about the machine that a node answers from. */
export interface Threat {
  readonly notice: Notice;
  readonly node: SlurmNode;
  readonly place: NodePlace;
  readonly intent: Intent;
}

/** When the machine goes, as far as anybody knows. */
export function goesAt({ deadline, noticedAt }: Notice): Date {
  return deadline ?? new Date(noticedAt.getTime() + ASSUMED_SECONDS * 1000);
}

/** From when on the jobs of the machine are to leave it. */
export function leaveFrom(notice: Notice): Date {
  if (notice.kind === "spot") return notice.noticedAt;
  return new Date(goesAt(notice).getTime() - MAINTENANCE_LEAD_SECONDS * 1000);
}

/** From when on the notice counts no more, if the machine is there still. */
export function cancelledFrom(notice: Notice): Date {
  return new Date(goesAt(notice).getTime() + CANCELLED_SECONDS * 1000);
}

/** When a job that has time must be requeued at the latest. */
export function latestLeave(notice: Notice): Date {
  return new Date(goesAt(notice).getTime() - MARGIN_SECONDS * 1000);
}

/** Moments at which notices mean something else. */
export function noticeDeadlines(notices: readonly Notice[]): readonly Date[] {
  return notices.flatMap((notice) => [
    leaveFrom(notice),
    cancelledFrom(notice),
    latestLeave(notice),
    ...notice.signalled.map((one) => one.until),
  ]);
}

/** What people read, without prefix. */
export function reasonOf(notice: Notice): string {
  const { deadline, kind } = notice;
  if (deadline === undefined) return `${WORDS[kind]}, machine goes soon`;
  const text = deadline.toISOString();
  const isNear = deadline.getTime() - notice.noticedAt.getTime() < 12 * 3600 * 1000;
  const when = isNear ? text.slice(11, 19) : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
  return `${WORDS[kind]}, machine goes at ${when} UTC`;
}

export function isInterruptionReason(reason: string | undefined): boolean {
  if (!isOurReason(reason)) return false;
  return Object.values(WORDS).some((word) => reason?.startsWith(`${REASON_PREFIX}${word}`));
}
