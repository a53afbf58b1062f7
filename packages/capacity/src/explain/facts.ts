import type { Explanation, FleetEvent, NextStep, OfferingView } from "@sluice/model";
import type { Snapshot } from "../observe/snapshot.ts";
import type { Action } from "../plan/action.ts";

/** What an explanation rests on. */
export interface Facts {
  /** With the queue. */
  readonly snapshot: Snapshot;
  /** What the planner makes of it. */
  readonly actions: readonly Action[];
  /** Oldest first; the more, the further back an explanation reaches. */
  readonly events: readonly FleetEvent[];
  /** What could not be read anew. */
  readonly stale: string | undefined;
}

/** The parts of an explanation, as its writers hand them on. */
export interface Findings {
  readonly why: readonly string[];
  readonly left: readonly OfferingView[];
  readonly next: readonly NextStep[];
}

export function explanationOf(
  facts: Facts,
  told: Pick<Explanation, "subject" | "state" | "why" | "tried" | "left" | "next">,
): Explanation {
  return {
    subject: told.subject,
    time: facts.snapshot.now.toISOString(),
    stale: facts.stale ?? null,
    state: told.state,
    why: [...new Set(told.why)],
    tried: told.tried,
    left: told.left,
    next: inTime(told.next),
  };
}

/** What has a time comes first, in its order; the rest stays as it is. */
function inTime(steps: readonly NextStep[]): readonly NextStep[] {
  const timed = steps.filter(({ time }) => time !== null);
  const seen = new Set<string>();
  return [
    ...timed.toSorted((a, b) => Date.parse(a.time ?? "") - Date.parse(b.time ?? "")),
    ...steps.filter(({ time }) => time === null),
  ].filter(({ time, what }) => !seen.has(`${time} ${what}`) && seen.add(`${time} ${what}`));
}
