import type { NodeDoing, QueueSummary } from "@sluice/api";

/** What nodes do, in the order in which bars and legends have it. */
export const KINDS: readonly NodeDoing[] = [
  "busy",
  "idle",
  "starting",
  "stopping",
  "off",
  "drained",
  "down",
];

export type Counts = Readonly<Record<NodeDoing, number>>;

/** Of all queues together. */
export function countsOf(queues: readonly Pick<QueueSummary, "nodes">[]): Counts {
  const sum = (kind: NodeDoing): number => queues.reduce((all, { nodes }) => all + nodes[kind], 0);
  return Object.fromEntries(KINDS.map((kind) => [kind, sum(kind)])) as Record<NodeDoing, number>;
}
