import type { HistoryRange } from "../contract.ts";

/** Takes lines of JSON, whole ones; resolves when there is room for more. */
export type Write = (text: string) => Promise<void>;

/** What the door asks on the head. Throws `SLURM_UNREACHABLE` and `SLURM_REFUSED`. */
export interface HeadQuestions {
  /** A `GatewayInfo` as JSON. */
  info(): Promise<object>;
  /** @param maxAge milliseconds ago that the answer may have been asked for; 0: asked now. */
  queue(write: Write, signal: AbortSignal, maxAge?: number): Promise<void>;
  history(range: HistoryRange, write: Write, signal: AbortSignal): Promise<void>;
  /** Those of the tags that slurmctld's saved state has. */
  saved(tags: readonly string[]): Promise<readonly string[]>;
  /** The numbers of the jobs that slurmctld has under these tags. */
  find(tags: readonly string[]): Promise<Readonly<Record<string, number>>>;
}
