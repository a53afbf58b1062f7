import { text } from "../../catalogue/index.ts";
import { sentence } from "../../frame/format.ts";
import type { Problem } from "./facts.ts";

/** A problem in a few words, for a list. */
export function problemWords(problem: Problem): string {
  const said = text.clusters.problems;
  switch (problem.kind) {
    case "failure":
      return sentence(problem.reason);
    case "protected":
      return said.protected(problem.where);
    case "unavailable":
      return said.unavailable(problem.count);
    case "down":
      return said.down(problem.count);
    case "fleet-stopped":
      return said.fleetStopped;
    default: {
      const never: never = problem;
      return never;
    }
  }
}
