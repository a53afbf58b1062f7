/** A check, as the documents list it and as `--suppress-validators type:ID` names it. */
export interface CheckRow {
  /** ParallelCluster's class name where it has the same check. */
  readonly id: string;
  /** What it looks for; one line, lowercase, without a full stop. */
  readonly says: string;
  /**
   * - `schema`: while the file is read; it can't be suppressed.
   * - `offline`: from the file and the built-in machine types alone.
   * - `online`: with an account only. `both`: as far as it goes without, the rest with one.
   * - `refused`: what it is about does not exist in Sluice; `note` says why.
   */
  readonly how: "schema" | "offline" | "online" | "both" | "refused";
  /** Levels that its findings have. */
  readonly levels: readonly ("INFO" | "WARNING" | "ERROR")[];
  /** False for those that keep a file from meaning more than it says. */
  readonly suppressible?: false;
  /** True for checks that ParallelCluster does not have. */
  readonly ours?: true;
  readonly note?: string;
}
