import type { Effect } from "./contract.ts";
import type { Need } from "./need.ts";

interface Words {
  readonly reason: string;
  readonly suggestion?: string;
}

const REQUEUES = "every node is switched off, and running jobs are requeued";

/** What is said of a change: why it has its effect, what that means for jobs, what else to do. */
export function wordsOf(need: Need, effect: Effect, nodes: number): Words {
  const { why } = need;
  if (need.is === "never") return { reason: why, suggestion: need.suggestion };
  if (need.is === "nothing") return { reason: why };
  switch (effect) {
    case "drain": {
      const whose = nodes === 1 ? "its" : "their";
      return { reason: `${why}: ${counted(nodes)} taken out of service as ${whose} jobs end` };
    }
    case "terminate":
      return {
        reason: `${why}: ${counted(nodes)} switched off at once, and jobs there are requeued`,
        suggestion: "write QueueUpdateStrategy: DRAIN to let the jobs end first",
      };
    case "fleet-stop":
      if (need.is === "fleet-off") return { reason: `${why}: ${REQUEUES}` };
      return {
        reason: `${why}, and QueueUpdateStrategy is COMPUTE_FLEET_STOP: ${REQUEUES}`,
        suggestion:
          "write QueueUpdateStrategy: DRAIN to switch off only the nodes that it is about, as their jobs end",
      };
    case "live":
    case "refused":
      return { reason: `${why}; the compute fleet is stopped, so no job runs` };
    default:
      return effect satisfies never;
  }
}

function counted(nodes: number): string {
  return nodes === 1 ? "1 node is" : `${nodes} nodes are`;
}
