import type { Draft } from "./draft.ts";
import { isIdle } from "./idle.ts";
import type { Reserved } from "./reservations.ts";
import { byPrice, nodesOfQueue, type QueueNode, warmTarget } from "./warm.ts";

/** Which nodes would be brought up again if these were gone. */
export type Question = (gone: ReadonlySet<string>) => ReadonlySet<string>;

/** After so many answers that are not nothing, nobody goes this time. */
const QUESTIONS = 3;

/**
 * Switches off nodes of queues with a policy of their own that have been idle for too long and are
 * more than the queue is to keep: the dearest first, of those the longest idle, of those the last
 * in the file, which is where Slurm puts jobs last.
 *
 * They are asked with POWER_DOWN, which lets a job that came in this moment end first.
 */
export function planScaleIn(draft: Draft, reserved: Reserved, whatIf: Question): void {
  for (const queue of [...draft.snapshot.pools.warm.keys()].toSorted()) {
    const going = keepWhatWouldReturn(candidates(draft, queue, reserved), whatIf);
    for (const { node, place } of going) {
      const reason = `idle for ${place.spec.policy.idleSeconds} s`;
      draft.updateNode(node, { state: "POWER_DOWN" }, reason);
    }
  }
}

function candidates(draft: Draft, queue: string, reserved: Reserved): readonly QueueNode[] {
  const { snapshot } = draft;
  const now = snapshot.now.getTime();
  const idle = nodesOfQueue(draft, queue).filter(({ node }) => isIdle(draft, node));
  const over = idle.filter(({ node, place }) => {
    const { idleSeconds } = place.spec.policy;
    const since = idleSince(node);
    if (place.isStatic || idleSeconds === "never" || since === undefined) return false;
    if (reserved.maintained.has(node.name)) return false;
    return !reserved.soon.has(node.name) && now - since >= idleSeconds * 1000;
  });
  // Nodes that a reservation holds keep nobody else waiting.
  const isHeld = ({ node }: QueueNode) =>
    reserved.active.has(node.name) || reserved.soon.has(node.name);
  const free = idle.filter((one) => !isHeld(one)).length;
  const excess = Math.max(0, free - warmTarget(snapshot, queue));
  const sorted = over.toSorted(
    (a, b) =>
      byPrice(b, a) ||
      (idleSince(a.node) ?? 0) - (idleSince(b.node) ?? 0) ||
      b.place.order - a.place.order,
  );
  return [...sorted.filter(isHeld), ...sorted.filter((one) => !isHeld(one)).slice(0, excess)];
}

/** Milliseconds since the epoch; undefined for a node that Slurm says nothing of. */
export function idleSince({
  lastBusyTime,
  slurmdStartTime,
  bootTime,
}: QueueNode["node"]): number | undefined {
  const times = [lastBusyTime, slurmdStartTime, bootTime].flatMap((time) => time?.getTime() ?? []);
  return times.length === 0 ? undefined : Math.max(...times);
}

function keepWhatWouldReturn(all: readonly QueueNode[], whatIf: Question): readonly QueueNode[] {
  let going = all;
  for (let asked = 0; asked < QUESTIONS && going.length > 0; asked++) {
    const back = whatIf(new Set(going.map(({ node }) => node.name))).size;
    if (back === 0) return going;
    going = going.slice(0, Math.max(0, going.length - back));
  }
  return [];
}
