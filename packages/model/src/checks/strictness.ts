import type { FindingLevel } from "../cluster-file/finding.ts";
import { nearest } from "../cluster-file/nearest.ts";
import { SluiceError } from "../error.ts";
import { CHECK_TABLE, isSuppressible } from "./table/index.ts";

/** How a file is judged. */
export interface Strictness {
  /** Ids of checks whose findings are left out; `ALL` for each that may be. */
  readonly suppressed?: ReadonlySet<string>;
  /** Findings from this level on refuse the file; ERROR when missing. */
  readonly failureLevel?: FindingLevel;
}

const LEVELS: readonly FindingLevel[] = ["INFO", "WARNING", "ERROR"];

export function isLeftOut(id: string, { suppressed }: Strictness): boolean {
  if (suppressed === undefined || !isSuppressible(id)) return false;
  return suppressed.has("ALL") || suppressed.has(id);
}

export function isFailure(level: FindingLevel, { failureLevel = "ERROR" }: Strictness): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(failureLevel);
}

/**
 * Checks to leave out as ParallelCluster writes them: `ALL`, or `type:NameOfTheCheck`.
 *
 * Errors: `USAGE` for one that is neither, is unknown or keeps a file from meaning more than it says.
 */
export function suppressedChecks(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.map(suppressedCheck));
}

function suppressedCheck(word: string): string {
  if (word === "ALL") return word;
  const id = word.startsWith("type:") ? word.slice("type:".length) : undefined;
  if (id === undefined) {
    throw usage(`${JSON.stringify(word)} names no check`, "write ALL or type:NameOfTheCheck");
  }
  const row = CHECK_TABLE.find((check) => check.id === id);
  if (row === undefined) {
    const meant = nearest(
      id,
      CHECK_TABLE.map((check) => check.id),
    );
    throw usage(
      `there is no check ${JSON.stringify(id)}`,
      meant === undefined ? "see docs/checks.md" : `write type:${meant}`,
    );
  }
  if (row.how === "schema" || row.suppressible === false) {
    throw usage(
      `${id} can't be suppressed: without it the file could not be relied on`,
      "leave it",
    );
  }
  return id;
}

function usage(message: string, hint: string): SluiceError {
  return new SluiceError("USAGE", "user", message, { hint });
}
