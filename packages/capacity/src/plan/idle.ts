import type { SlurmNode } from "@sluice/slurm";
import { hasForeignReason, isBusy, isDown, isReady, phaseOf } from "../observe/node-phase.ts";
import type { Draft } from "./draft.ts";
import { exhaustion } from "./nodes.ts";
import { isProtected } from "./protection.ts";

/** Up, without a job, and free to take one. */
export function isIdle(draft: Draft, node: SlurmNode): boolean {
  return isReady(node) && isFree(node) && draft.changeOf(node.name) === undefined;
}

/** On its way up, and no job waits for it. */
export function isComing(draft: Draft, node: SlurmNode): boolean {
  if (isDown(node) || !isFree(node)) return false;
  const change = draft.changeOf(node.name);
  if (change !== undefined) return change === "POWER_UP";
  const phase = phaseOf(node);
  return phase === "starting" || node.flags.has("POWER_UP");
}

/** Off, and would come up if it were asked to: nobody has a word against it, its pool is open. */
export function isSpare(draft: Draft, node: SlurmNode, closed: ReadonlySet<string>): boolean {
  const place = draft.snapshot.pools.places.get(node.name);
  return (
    place !== undefined &&
    !place.isStatic &&
    !closed.has(place.poolId) &&
    phaseOf(node) === "off" &&
    !isDown(node) &&
    isFree(node) &&
    !node.flags.has("POWER_UP") &&
    draft.changeOf(node.name) === undefined
  );
}

function isFree(node: SlurmNode): boolean {
  const { flags } = node;
  const isLeaving = flags.has("DRAIN") || flags.has("POWER_DOWN");
  return !isBusy(node) && !isLeaving && !hasForeignReason(node);
}

/** Ids of the pools whose nodes would get no machine now. */
export function closedPools(draft: Draft): ReadonlySet<string> {
  const closed = new Set<string>();
  const seen = new Set<string>();
  for (const place of draft.snapshot.pools.places.values()) {
    if (seen.has(place.poolId)) continue;
    seen.add(place.poolId);
    if (exhaustion(draft, place) !== undefined || isProtected(draft, place.poolId)) {
      closed.add(place.poolId);
    }
  }
  return closed;
}
