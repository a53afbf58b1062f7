import { readFileSync } from "node:fs";
import { install } from "../setup/files.ts";

export type LeadRole = "standing-by" | "taking-over" | "leading" | "stopping";

/** How this machine came to lead. Seconds from when it had the lease. */
export interface TakeOver {
  /** Machine that led before; null when there was none, or it gave up by itself. */
  readonly former: string | null;
  readonly because: string;
  /** How long each step took; some run side by side. */
  readonly steps: Readonly<Record<string, number>>;
  /** Until slurmctld answered. */
  readonly slurmctld: number | null;
  /** Until all was ready; null before. */
  readonly total: number | null;
}

/** What the leading process of a machine knows of itself and of the other one. */
export interface LeadState {
  readonly role: LeadRole;
  readonly machine: string;
  /** Counts up with each head that leads; null on a machine that never led. */
  readonly term: number | null;
  /** ISO 8601: since when it has this role. */
  readonly since: string;
  /** Machine that could take over at once; null when none was heard of lately. */
  readonly other: string | null;
  readonly tookOver: TakeOver | null;
}

/** For the node manager, which is another process. */
export function writeLeadState(path: string, state: LeadState): void {
  install({ path, mode: 0o644, content: `${JSON.stringify(state)}\n` });
}

/** Undefined on a machine that is its cluster's one head. */
export function readLeadState(path: string): LeadState | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LeadState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
