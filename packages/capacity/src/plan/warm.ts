import type { SlurmNode } from "@sluice/slurm";
import { isBusy } from "../observe/node-phase.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import type { NodePlace } from "../pools.ts";
import type { Draft } from "./draft.ts";
import { isComing, isIdle, isSpare } from "./idle.ts";
import type { Reserved } from "./reservations.ts";
import { scheduledCount } from "./warm-window.ts";

/** How many idle nodes a queue is to have up now; 0 for one without a policy. */
export function warmTarget(snapshot: Snapshot, queue: string): number {
  const { pools, now, peaks } = snapshot;
  const policy = pools.warm.get(queue);
  if (policy === undefined) return 0;
  const scheduled = scheduledCount(policy, now);
  if (policy.demandShare <= 0) return scheduled;
  const from = now.getTime() - policy.demandMinutes * 60_000;
  const late = peaks.filter((peak) => peak.queue === queue && peak.minute.getTime() > from);
  const peak = Math.max(busyIn(snapshot, queue), ...late.map((one) => one.nodes));
  return Math.max(scheduled, Math.ceil(policy.demandShare * peak));
}

/** Nodes of a queue that jobs are on, or that were switched on for them. */
export function busyIn({ nodes, pools }: Pick<Snapshot, "nodes" | "pools">, queue: string): number {
  return nodes.filter(
    (node) => pools.places.get(node.name)?.spec.pool.queue === queue && isBusy(node),
  ).length;
}

/** A node of a queue, and what its machine costs at least. */
export interface QueueNode {
  readonly node: SlurmNode;
  readonly place: NodePlace;
  /** USD per hour by the menu; infinite when unknown. */
  readonly price: number;
}

export function nodesOfQueue(draft: Draft, queue: string): readonly QueueNode[] {
  const prices = new Map<string, number>();
  const { pools, menu } = draft.snapshot;
  const found: QueueNode[] = [];
  for (const [name, place] of pools.places) {
    const node = draft.nodes.get(name);
    if (place.spec.pool.queue !== queue || node === undefined) continue;
    const known = prices.get(place.poolId);
    const price =
      known ?? Math.min(...(menu.get(place.poolId) ?? []).map((one) => one.price ?? Infinity));
    prices.set(place.poolId, price);
    found.push({ node, place, price });
  }
  return found;
}

/**
 * Switches nodes on where fewer are idle than a queue is to have: those of its cheapest compute
 * resource first. What is on its way and has no job counts; what a reservation holds does not.
 */
export function planWarmNodes(draft: Draft, reserved: Reserved, closed: ReadonlySet<string>): void {
  for (const queue of [...draft.snapshot.pools.warm.keys()].toSorted()) {
    const target = warmTarget(draft.snapshot, queue);
    if (target === 0) continue;
    const nodes = nodesOfQueue(draft, queue);
    const isHeld = (name: string) => reserved.active.has(name) || reserved.soon.has(name);
    const there = nodes.filter(
      ({ node }) => !isHeld(node.name) && (isIdle(draft, node) || isComing(draft, node)),
    );
    const spare = nodes
      .filter(({ node }) => !isHeld(node.name) && isSpare(draft, node, closed))
      .toSorted((a, b) => byPrice(a, b) || a.place.order - b.place.order);
    for (const { node } of spare.slice(0, Math.max(0, target - there.length))) {
      draft.updateNode(
        node,
        { state: "POWER_UP" },
        `queue ${queue} keeps ${target} idle nodes warm`,
      );
    }
  }
}

/** Unknown prices last. */
export function byPrice(a: QueueNode, b: QueueNode): number {
  return a.price === b.price ? 0 : a.price - b.price;
}
