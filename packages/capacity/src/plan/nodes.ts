import type { PoolKey } from "@sluice/cloud";
import type { SlurmNode } from "@sluice/slurm";
import {
  hasForeignReason,
  isAutomaticReason,
  isBusy,
  isDown,
  isMisfit,
  isPowerDownAsked,
  isUnfit,
  phaseOf,
} from "../observe/node-phase.ts";
import type { NodePlace } from "../pools.ts";
import type { Intent } from "../store/contract.ts";
import type { Draft } from "./draft.ts";
import { park, settleParked, startAgain, unpark } from "./parking.ts";
import { bootFailed } from "./protection.ts";

/** A vanished machine this often in a row, before it registered, is the offering's fault. */
const VANISHED_TOO_OFTEN = 2;

/** What one node of a fleet that runs needs: a machine, another one, none, or to be let alone. */
export function settleNode(draft: Draft, name: string, place: NodePlace): void {
  const node = draft.nodes.get(name);
  if (node === undefined) {
    condemnAll(draft, name, "slurm has no such node");
    return;
  }
  const phase = phaseOf(node);
  for (const intent of draft.live.get(name) ?? []) {
    // A pass may have seen the node go before SuspendProgram told of it, and parked its machine.
    if (intent.state === "parked") continue;
    if (draft.snapshot.suspended.has(intent.token) && !(phase === "up" && isBusy(node))) {
      if (!park(draft, node, place, intent)) draft.condemn(intent, "slurm suspended its node");
    }
  }
  if (phase === "off" || phase === "stopping") {
    settleSwitchedOff(draft, node, place);
    return;
  }
  const kept = keepOne(draft, node);
  if (kept === undefined) settleWithout(draft, node, place);
  else settleWith(draft, node, place, kept);
}

function settleSwitchedOff(draft: Draft, node: SlurmNode, place: NodePlace): void {
  const { snapshot } = draft;
  const live = draft.live.get(node.name) ?? [];
  const off = phaseOf(node) === "off";
  if (snapshot.policy.launchAtAllocation && off && !isDown(node) && isAwaited(draft, node.name)) {
    const [first] = live;
    if (first?.state === "open") askAgain(draft, place, first);
    if (first === undefined) draft.wants.push({ name: node.name, place, attempts: 1 });
    return;
  }
  // slurmctld was killed before it wrote down that the node registered, and came back without.
  const isForgotten = off && isBusy(node);
  const lost = draft.lost.get(node.name);
  if (isForgotten && live.length === 0 && lost?.state === "registered") {
    draft.setDown(node, `machine ${lost.machineId ?? "of the node"} vanished`);
    return;
  }
  for (const intent of live) {
    if (intent.state === "parked") {
      settleParked(draft, node, place, intent);
      continue;
    }
    // Jobs run on it; it goes when they are over.
    if (isForgotten && intent.state === "registered") continue;
    const age = snapshot.now.getTime() - (intent.acceptedAt ?? snapshot.now).getTime();
    const young = age < snapshot.policy.youngMachineSeconds * 1000;
    if (young && snapshot.resumed.has(node.name)) continue;
    if (park(draft, node, place, intent)) continue;
    draft.condemn(intent, off ? "its node is powered down" : "its node is powering down");
  }
  if (!off || draft.snapshot.fleet.status !== "RUNNING") return;
  if (exhaustion(draft, place) !== undefined || isPowerDownAsked(node)) return;
  if (draft.protection.holds(place.poolId)) return;
  if (isDown(node)) {
    if (isAutomaticReason(node.reason)) {
      // RESUME makes it IDLE at once; POWER_DOWN would take it through SuspendTimeout first.
      draft.updateNode(node, { state: "RESUME" }, "released: there may be capacity again");
    }
  } else if (node.flags.has("DRAIN") && isAutomaticReason(node.reason)) {
    draft.updateNode(node, { state: "RESUME" }, "released: its next machine is another one");
  } else if (place.isStatic && !node.flags.has("POWER_UP") && !hasForeignReason(node)) {
    draft.updateNode(node, { state: "POWER_UP" }, "static nodes are always up");
  }
}

/** Of several machines for one node the one that registered stays, else the oldest. */
function keepOne(draft: Draft, node: SlurmNode): Intent | undefined {
  const live = draft.live.get(node.name) ?? [];
  if (live.length < 2) return live[0];
  const isItsAddress = (intent: Intent) =>
    draft.machines.get(intent.token)?.address === node.address;
  const rank = (intent: Intent): number => {
    if (phaseOf(node) === "up" && intent.state !== "open" && isItsAddress(intent)) return 0;
    return { registered: 1, accepted: 2, open: 3, parked: 4, condemned: 5 }[intent.state];
  };
  const [kept, ...others] = live.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.acceptedAt ?? a.createdAt).getTime() - (b.acceptedAt ?? b.createdAt).getTime() ||
      (a.token < b.token ? -1 : 1),
  );
  for (const other of others) draft.condemn(other, "its node has another machine");
  return kept;
}

function settleWithout(draft: Draft, node: SlurmNode, place: NodePlace): void {
  const { name } = node;
  const lost = draft.lost.get(name);
  const phase = phaseOf(node);
  if (!isDown(node) && phase === "starting") {
    const attempts = (lost?.attempts ?? 0) + 1;
    if (lost !== undefined && attempts > VANISHED_TOO_OFTEN) {
      draft.offeringFailed(lost, "boot", "machines vanish before they register");
    }
    draft.wants.push({ name, place, attempts });
  } else if (phase === "up" || phase === "silent") {
    draft.setDown(node, `machine ${lost?.machineId ?? "of the node"} vanished`);
  } else if (isDown(node) && isAutomaticReason(node.reason)) {
    if (place.isStatic) draft.wants.push({ name, place, attempts: (lost?.attempts ?? 0) + 1 });
    else if (!isPowerDownAsked(node)) {
      draft.updateNode(node, { state: "POWER_DOWN_FORCE" }, "back to the pool: it has no machine");
    }
  }
}

function settleWith(draft: Draft, node: SlurmNode, place: NodePlace, kept: Intent): void {
  const { now, inFlight, queued, resumed, startingSince } = draft.snapshot;
  const phase = phaseOf(node);
  const { bootTimeoutSeconds } = place.spec;
  const late = (since: Date | undefined) =>
    since !== undefined && now.getTime() >= since.getTime() + bootTimeoutSeconds * 1000;

  if (kept.state === "open") {
    if (inFlight.has(kept.token)) return;
    if (isDown(node) && !place.isStatic) draft.condemn(kept, "its node is down");
    // While it waits for its turn nothing was asked that could fail.
    else if (queued.has(kept.token)) return;
    else if (kept.asks > 0 && late(kept.createdAt)) {
      draft.offeringFailed(kept, "capacity", `no answer within ${bootTimeoutSeconds} s`);
      replace(draft, node, place, kept, "the cloud did not answer");
    } else askAgain(draft, place, kept);
    return;
  }

  if (kept.state === "parked" && phase === "starting") {
    if (!unpark(draft, node, kept)) replace(draft, node, place, kept, "it is not stopped yet");
    return;
  }

  if (isDown(node)) {
    settleDown(draft, node, place, kept, late(kept.acceptedAt));
  } else if (phase === "up") {
    settleUp(draft, node, place, kept);
  } else if (phase === "starting") {
    if (kept.state === "registered") {
      // Slurm switched the node off and on again while nobody looked; this machine knows nothing
      // of the second time. Without the hook's word it may also be slurmctld that came back with
      // an old state and will hear of the machine soon.
      if (resumed.has(node.name) || late(startingSince.get(node.name))) {
        replace(draft, node, place, kept, "it belongs to the node's life before");
      }
    } else if (late(kept.acceptedAt)) failedBoot(draft, node, place, kept);
    else startAgain(draft, kept);
  }
}

function settleUp(draft: Draft, node: SlurmNode, place: NodePlace, kept: Intent): void {
  if (isMisfit(node) && kept.state === "accepted") {
    const reason = `machine registered with less than slurm.conf says: ${node.reason ?? "unfit"}`;
    draft.offeringFailed(kept, "boot", reason);
    bootFailed(draft, kept, reason);
    draft.condemn(kept, reason, kept.pool);
    draft.setDown(node, reason);
    return;
  }
  if (kept.state !== "registered") {
    draft.protection.worked(place.poolId);
    draft.save({ ...kept, state: "registered" }, "registered");
  }
  // Through DOWN, from where its machine is replaced.
  if (isUnfit(node) && !isBusy(node)) draft.setDown(node, node.reason ?? "unfit");
}

function settleDown(
  draft: Draft,
  node: SlurmNode,
  place: NodePlace,
  kept: Intent,
  isLate: boolean,
): void {
  if (!isAutomaticReason(node.reason)) return;
  if (!place.isStatic) {
    const isSilent = isLate && kept.state === "accepted";
    if (isSilent) bootFailed(draft, kept, "its node is down, and it never registered");
    draft.condemn(kept, "its node is down", isSilent ? kept.pool : undefined);
    return;
  }
  const start = node.slurmdStartTime ?? node.bootTime;
  // Slurm's times are whole seconds.
  const registered = start !== undefined && start.getTime() >= kept.createdAt.getTime() - 1000;
  if (registered && kept.state === "accepted" && !node.flags.has("NOT_RESPONDING")) {
    draft.updateNode(node, { state: "RESUME" }, "its new machine registered");
  } else if (kept.state === "registered") {
    replace(draft, node, place, kept, "its node is down");
  } else if (isLate) failedBoot(draft, node, place, kept);
}

function failedBoot(draft: Draft, node: SlurmNode, place: NodePlace, kept: Intent): void {
  const reason = `machine did not register within ${place.spec.bootTimeoutSeconds} s`;
  draft.offeringFailed(kept, "boot", reason);
  bootFailed(draft, kept, reason);
  replace(draft, node, place, kept, reason, kept.pool);
}

function replace(
  draft: Draft,
  node: SlurmNode,
  place: NodePlace,
  kept: Intent,
  reason: string,
  consoleFor?: PoolKey,
) {
  draft.condemn(kept, reason, consoleFor);
  draft.wants.push({ name: node.name, place, attempts: kept.attempts + 1 });
}

function askAgain(draft: Draft, place: NodePlace, open: Intent): void {
  const { now, inFlight, queued } = draft.snapshot;
  if (inFlight.has(open.token) || queued.has(open.token)) return;
  if (open.notBefore !== undefined && open.notBefore > now) return;
  draft.wants.push({ name: open.node, place, attempts: open.attempts, again: open });
}

/** A node that the cluster file has no more: its machine stays only while Slurm has it up. */
export function settleUnplaced(draft: Draft, name: string): void {
  const node = draft.nodes.get(name);
  const phase = node === undefined ? "off" : phaseOf(node);
  if (phase === "off" || phase === "stopping") condemnAll(draft, name, "no node wants it");
}

function condemnAll(draft: Draft, name: string, reason: string): void {
  for (const intent of draft.live.get(name) ?? []) draft.condemn(intent, reason);
}

/** One node of a fleet that stops or is stopped: its jobs go back, then it goes, then its machine. */
export function settleStopped(draft: Draft, name: string): void {
  const node = draft.nodes.get(name);
  const phase = node === undefined ? "off" : phaseOf(node);
  if (node !== undefined && phase !== "off" && phase !== "stopping") {
    if (!isDown(node)) {
      draft.setDown(node, "the compute fleet is stopped");
      return;
    }
    if (isAutomaticReason(node.reason) && !isPowerDownAsked(node)) {
      draft.updateNode(node, { state: "POWER_DOWN_FORCE" }, "the compute fleet is stopped");
    }
  }
  condemnAll(draft, name, "the compute fleet is stopped");
}

function isAwaited(draft: Draft, name: string): boolean {
  return draft.snapshot.demands.some((one) => one.waiting && one.nodes.includes(name));
}

export function exhaustion(draft: Draft, place: NodePlace) {
  return draft.shelf.exhaustion(place.spec.pool);
}
