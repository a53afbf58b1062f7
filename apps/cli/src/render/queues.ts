import type { QueueView } from "@sluice/model";
import type { Paint } from "./paint.ts";

export const QUEUE_HEADINGS = ["QUEUE", "STATE", "UP", "STARTING", "NODES"] as const;

export function queueRows(queues: readonly QueueView[], paint: Paint): string[][] {
  return queues.map(({ name, state, nodes }) => [
    name,
    paint.state(state),
    `${nodes.up}`,
    `${nodes.starting}`,
    `${nodes.total}`,
  ]);
}
