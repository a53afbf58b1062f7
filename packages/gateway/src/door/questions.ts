import type { HistoryRange } from "../contract.ts";

/** Takes lines of JSON, whole ones; resolves when there is room for more. */
export type Write = (text: string) => Promise<void>;

/** What the door asks on the head. Throws `SLURM_UNREACHABLE` and `SLURM_REFUSED`. */
export interface HeadQuestions {
  /** A `GatewayInfo` as JSON. */
  info(): Promise<object>;
  queue(write: Write, signal: AbortSignal): Promise<void>;
  history(range: HistoryRange, write: Write, signal: AbortSignal): Promise<void>;
  /** Those of the tags that slurmctld's saved state has. */
  saved(tags: readonly string[]): Promise<readonly string[]>;
  /** The numbers of the jobs that slurmctld has under these tags. */
  find(tags: readonly string[]): Promise<Readonly<Record<string, number>>>;
}
