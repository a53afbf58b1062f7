import type { SlurmNode } from "@sluice/slurm";
import { hasForeignReason, isDown, phaseOf } from "../observe/node-phase.ts";
import type { NodePlace } from "../pools.ts";
import type { Intent } from "../store/contract.ts";
import type { Draft } from "./draft.ts";
import { isProtected } from "./protection.ts";

/**
 * Machines of nodes that are switched off may stay, stopped, for the next time.
 *
 * ```
 *                node off, room left         node starts
 *   registered ────────────────────▶ parked ────────────▶ accepted ──▶ registered
 *                                      │ more than wanted, pool protected,  │ won't start
 *                                      ▼ interrupted, node not in the file  ▼
 *                                  condemned ◀──────────────────────────────┘
 * ```
 *
 * Nothing is launched only to be stopped: there are as many as were up and went.
 *
 * @returns false when the machine is to go as others do. Else it is remembered as parked, and is
 * asked to stop from the next plan on.
 */
export function park(draft: Draft, node: SlurmNode, place: NodePlace, intent: Intent): boolean {
  const phase = phaseOf(node);
  if (phase !== "off" && phase !== "stopping") return false;
  if (place.isStatic || isDown(node) || hasForeignReason(node)) return false;
  if (draft.snapshot.fleet.status !== "RUNNING") return false;
  // Only one that has worked. A spot machine can't be counted on to start again.
  if (intent.state !== "registered" || intent.offering.market === "spot") return false;
  const machine = draft.machines.get(intent.token);
  if (machine?.state !== "running" || isUnwanted(draft, place, machine.id)) return false;
  if (!makeRoom(draft, place)) return false;
  const parked: Intent = { ...intent, state: "parked" };
  draft.save(parked, "its node is switched off, and its machine is to stay");
  const others = (draft.live.get(node.name) ?? []).filter((one) => one.token !== intent.token);
  draft.live.set(node.name, [...others, parked]);
  const { queue } = place.spec.pool;
  draft.parked.set(queue, inOrder(draft, [...parkedIn(draft, queue), parked]));
  return true;
}

/** The machine of a node that is off: stopped, about to be, or wanted no more. */
export function settleParked(
  draft: Draft,
  node: SlurmNode,
  place: NodePlace,
  intent: Intent,
): void {
  const { queue } = place.spec.pool;
  const machine = draft.machines.get(intent.token);
  const rank = parkedIn(draft, queue).findIndex((one) => one.token === intent.token);
  const isTooMany = rank >= wantedIn(draft, queue);
  if (isTooMany || isUnwanted(draft, place, intent.machineId)) {
    leave(draft, intent);
    draft.condemn(intent, isTooMany ? "more are stopped than wanted" : "not to be used again");
    return;
  }
  if (machine?.state !== "running") return;
  const reason = "stopped for the next time that its node is wanted";
  draft.actLast({ kind: "park", machineId: machine.id, node: node.name, reason });
}

/** The node is wanted: its machine is switched on. @returns false when it can't be. */
export function unpark(draft: Draft, node: SlurmNode, intent: Intent): boolean {
  const machine = draft.machines.get(intent.token);
  if (machine?.state !== "stopped") return false;
  const accepted: Intent = { ...intent, state: "accepted", acceptedAt: draft.snapshot.now };
  draft.save(accepted, "its node is wanted again");
  leave(draft, intent);
  draft.live.set(node.name, [accepted]);
  startAgain(draft, accepted);
  return true;
}

/** Asks again until the machine is listed as no longer stopped; its boot timeout ends that. */
export function startAgain(draft: Draft, intent: Intent): void {
  const machine = draft.machines.get(intent.token);
  if (machine?.state !== "stopped" || intent.state !== "accepted") return;
  const { node, token } = intent;
  const reason = "its node is wanted again";
  draft.actLast({ kind: "unpark", machineId: machine.id, node, token, reason });
}

function isUnwanted(draft: Draft, place: NodePlace, machineId: string | undefined): boolean {
  const isInterrupted = draft.snapshot.notices.some((one) => one.machineId === machineId);
  return isInterrupted || isProtected(draft, place.poolId);
}

function wantedIn(draft: Draft, queue: string): number {
  return draft.snapshot.pools.warm.get(queue)?.stopped ?? 0;
}

/** True when one more may be stopped; for it one may go whose node Slurm would choose later. */
function makeRoom(draft: Draft, place: NodePlace): boolean {
  const { queue } = place.spec.pool;
  const there = parkedIn(draft, queue);
  const wanted = wantedIn(draft, queue);
  if (there.length < wanted) return true;
  const last = there.at(-1);
  if (wanted === 0 || last === undefined || orderOf(draft, last) <= place.order) return false;
  leave(draft, last);
  draft.condemn(last, "a machine whose node is chosen sooner is stopped instead");
  return true;
}

function leave(draft: Draft, intent: Intent): void {
  const { queue } = intent.pool;
  const rest = parkedIn(draft, queue).filter((one) => one.token !== intent.token);
  draft.parked.set(queue, rest);
}

/** Without those whose node is on again: they are not stopped for long. */
function parkedIn(draft: Draft, queue: string): readonly Intent[] {
  const known = draft.parked.get(queue);
  if (known !== undefined) return known;
  const all = [...draft.live.values()].flat();
  const found = inOrder(
    draft,
    all.filter((one) => one.state === "parked" && one.pool.queue === queue && isOff(draft, one)),
  );
  draft.parked.set(queue, found);
  return found;
}

function isOff(draft: Draft, { node: name }: Intent): boolean {
  const node = draft.nodes.get(name);
  const phase = node === undefined ? "off" : phaseOf(node);
  return phase === "off" || phase === "stopping";
}

function inOrder(draft: Draft, intents: readonly Intent[]): readonly Intent[] {
  return intents.toSorted((a, b) => orderOf(draft, a) - orderOf(draft, b));
}

function orderOf(draft: Draft, { node }: Intent): number {
  return draft.snapshot.pools.places.get(node)?.order ?? Number.MAX_SAFE_INTEGER;
}
