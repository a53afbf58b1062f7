import type { QueueSummary } from "@sluice/api";
import { text } from "../../catalogue/index.ts";

/** How a queue stands, in a line: what is free in it, and what waits. */
export function queueState({ state, nodes, jobs }: QueueSummary): string {
  const said = text.submit.queue;
  if (state !== "UP") return said.closed(state);
  return [
    nodes.idle > 0 ? said.idle(nodes.idle) : undefined,
    nodes.off > 0 ? said.off(nodes.off) : undefined,
    nodes.idle + nodes.off === 0 ? said.busy(nodes.busy) : undefined,
    jobs.waiting > 0 ? said.waiting(jobs.waiting) : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
}
