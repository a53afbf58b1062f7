import { isOurReason, type SlurmNode } from "@sluice/slurm";

/**
 * Where a node is in Slurm's power-saving life.
 *
 * ```
 *        ResumeProgram called       slurmd registered
 *   off ─────────────────▶ starting ────────────────▶ up ◀──▶ silent (does not answer)
 *    ▲                        │                        │         │
 *    │ SuspendTimeout over    └───────────┐            ▼         │ SlurmdTimeout over
 *    └──────────────── stopping ◀─────────┴────────── down ◀─────┘
 * ```
 *
 * `off`, `starting` and `stopping` nodes may be DOWN at the same time: see `isDown`.
 */
export type NodePhase = "off" | "starting" | "up" | "silent" | "stopping" | "down";

const NOT_UP: ReadonlySet<string> = new Set(["DOWN", "UNKNOWN", "FUTURE", "ERROR"]);

export function phaseOf({ base, flags }: SlurmNode): NodePhase {
  if (flags.has("POWERING_DOWN")) return "stopping";
  if (flags.has("POWERED_DOWN")) return "off";
  // A DOWN node that is to be powered down has nothing to wait for: it goes within a second.
  if (base === "DOWN" && flags.has("POWER_DOWN")) return "stopping";
  if (flags.has("POWERING_UP")) return "starting";
  if (NOT_UP.has(base)) return "down";
  return flags.has("NOT_RESPONDING") ? "silent" : "up";
}

export function isDown(node: SlurmNode): boolean {
  return node.base === "DOWN";
}

/** Registered, answering and not about to be switched off: a job can start on it. */
export function isReady(node: SlurmNode): boolean {
  return phaseOf(node) === "up" && !node.flags.has("POWER_UP");
}

/** Jobs are on it, or are about to be. */
export function isBusy({ base, flags }: SlurmNode): boolean {
  return base === "ALLOCATED" || base === "MIXED" || flags.has("COMPLETING");
}

/** Slurm was told to switch it off and has not done so yet. */
export function isPowerDownAsked({ flags }: SlurmNode): boolean {
  return flags.has("POWER_DOWN") || flags.has("POWERING_DOWN");
}

const SLURMS_OWN = [/^not responding/i, /^resumetimeout reached/i, /^node unexpectedly rebooted/i];
/** What slurmd and slurmctld drain a node for: it can't be trusted with another job. */
const SLURMS_DRAINS = [
  /^duplicate jobid/i,
  /^kill task failed/i,
  /^prolog error/i,
  /^epilog error/i,
  /^prolog\/epilog failure/i,
  /^batch job complete failure/i,
  /^low (realmemory|cpus|socket|tmpdisk)/i,
  /^gres\/\S+ count/i,
];

/**
 * The reason was written by Sluice, or by slurmctld on its own account about a machine that failed.
 * Any other is a person's or another program's decision, which stands.
 */
export function isAutomaticReason(reason: string | undefined): boolean {
  const says = (own: RegExp): boolean => own.test(reason ?? "");
  return isOurReason(reason) || SLURMS_OWN.some(says) || SLURMS_DRAINS.some(says);
}

/** Slurm itself drained it, and its machine is the cause. */
export function isUnfit({ reason, flags }: SlurmNode): boolean {
  return flags.has("DRAIN") && SLURMS_DRAINS.some((own) => own.test(reason ?? ""));
}

/** It offers less than slurm.conf says of it, so that slurmctld does not take it. */
export function isMisfit({ flags }: SlurmNode): boolean {
  return flags.has("INVALID_REG");
}

export function hasForeignReason({ reason, flags }: SlurmNode): boolean {
  if (reason === undefined || reason === "") return flags.has("DRAIN");
  return !isAutomaticReason(reason);
}
