import type { LoadVerdict } from "./contract.ts";
import type { Run } from "./ledger.ts";

/** What is known of one unit's submission. */
export interface Submission {
  readonly unit: string;
  readonly cluster: string;
  /** The number that was answered; undefined: no answer, and whether it was taken is open. */
  readonly id: number | undefined;
}

export interface AccountedJob {
  readonly cluster: string;
  readonly id: number;
  readonly unit: string;
  readonly state: string;
}

export interface Evidence {
  readonly submissions: readonly Submission[];
  readonly runs: readonly Run[];
  readonly accounting: readonly AccountedJob[];
}

/** Seconds that two runs may seem to overlap by: the last beat is written while the end comes. */
const SLACK = 0.2;

/**
 * What became of a load. A unit that was not acknowledged may have run or not, but not twice. A job
 * that was handed in again by the head may have another number, so units count by their names.
 */
export function verdictOf({ submissions, runs, accounting }: Evidence): LoadVerdict {
  const byUnit = Map.groupBy(runs, ({ unit }) => unit);
  const accounted = Map.groupBy(accounting, ({ unit }) => unit);
  const ended = (unit: string): number =>
    (byUnit.get(unit) ?? []).filter(({ isEnded }) => isEnded).length;
  /** Accounting may never have heard of what ran. */
  const isOver = (unit: string): boolean =>
    accounted.get(unit)?.some(({ state }) => state === "COMPLETED") ?? true;
  const units = submissions.map(({ unit }) => unit);
  const acknowledged = submissions.filter(({ id }) => id !== undefined).map(({ unit }) => unit);
  return {
    submitted: units.length,
    acknowledged: acknowledged.length,
    completed: units.filter((unit) => ended(unit) > 0).length,
    lost: acknowledged.filter((unit) => ended(unit) === 0 || !isOver(unit)),
    missing: acknowledged.filter((unit) => ended(unit) === 0 && !accounted.has(unit)),
    unaccounted: acknowledged.filter((unit) => ended(unit) > 0 && !accounted.has(unit)),
    doubled: units.filter((unit) => isDoubled(byUnit.get(unit) ?? [], accounted.get(unit) ?? [])),
    repeated: units.filter((unit) => ended(unit) > 1),
    requeued: units.filter((unit) => (byUnit.get(unit)?.length ?? 0) > 1).length,
  };
}

function isDoubled(runs: readonly Run[], accounted: readonly AccountedJob[]): boolean {
  const done = accounted.filter(({ state }) => state === "COMPLETED");
  if (new Set(done.map(({ cluster, id }) => `${cluster}:${id}`)).size > 1) return true;
  return runs.some((one, index) =>
    runs
      .slice(index + 1)
      .some((other) => one.start + SLACK < other.last && other.start + SLACK < one.last),
  );
}
