import type { FindingLevel } from "../../cluster-file/finding.ts";

/** A file in which a check finds something; each proves a row of the table. */
export interface CheckCase {
  readonly id: string;
  readonly level: FindingLevel;
  /** What the case is, for the test's name. */
  readonly name: string;
  /** A whole cluster file (or another kind of file, when `kind` says so). */
  readonly file: string;
  readonly kind?: "cluster" | "image" | "site";
  /** Where the finding is, such as `Scheduling.SlurmQueues[0].Name`. */
  readonly path: string;
  /** What its message says. */
  readonly says: RegExp;
}
