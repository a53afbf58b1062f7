import { REASON_PREFIX, type SlurmNode } from "@sluice/slurm";
import { hasForeignReason, isBusy, isDown, phaseOf } from "../observe/node-phase.ts";
import type { Draft } from "./draft.ts";
import { SHORTAGE } from "./offerings.ts";

const REFUSED = `${REASON_PREFIX}${SHORTAGE}`;

/**
 * Slurm may put a job on it without a machine: it is off, or will be within SuspendTimeout. Set DOWN
 * while it is switched off it stays DOWN, and so is never free for a moment that no plan sees.
 * Nobody's decision is on it.
 */
export function isOpenToJobs(node: SlurmNode): boolean {
  const isOff = phaseOf(node) === "off" || node.flags.has("POWERING_DOWN");
  const isFree = isOff && !isDown(node) && !isBusy(node) && !node.flags.has("POWER_UP");
  return isFree && !hasForeignReason(node);
}

/**
 * Nodes that a job was refused on are DOWN until they are off, also when their pool is open for
 * smaller jobs. That a node is off Slurm's schedulers do not notice for up to a minute; that it is
 * released they do.
 */
export function holdRefusedNodes(draft: Draft): void {
  for (const name of draft.snapshot.pools.places.keys()) {
    const node = draft.nodes.get(name);
    if (node === undefined || phaseOf(node) === "off" || !isOpenToJobs(node)) continue;
    const { reason } = node;
    if (draft.changeOf(name) !== undefined || !reason?.startsWith(REFUSED)) continue;
    draft.updateNode(node, { state: "DOWN", reason }, reason.slice(REASON_PREFIX.length));
  }
}
