import type { Machine } from "@sluice/cloud";
import { phaseOf } from "../observe/node-phase.ts";
import { offeringKey, poolId } from "../pools.ts";
import type { Intent } from "../store/contract.ts";
import type { Draft } from "./draft.ts";

/** Holds what was asked for against what the cloud lists, in both directions. */
export function reconcile(draft: Draft): void {
  const { intents, machines } = draft.snapshot;
  const known = new Set(intents.map((intent) => intent.token));
  for (const intent of intents) reconcileIntent(draft, intent, draft.machines.get(intent.token));
  for (const machine of machines) {
    if (!known.has(machine.token) && machine.state !== "stopping")
      reconcileStranger(draft, machine);
  }
}

function reconcileIntent(draft: Draft, intent: Intent, machine: Machine | undefined): void {
  const { now, policy } = draft.snapshot;
  const { state } = intent;
  switch (state) {
    case "open":
      if (draft.snapshot.gone.has(intent.token)) lose(draft, intent, "came and went");
      else if (machine === undefined) addLive(draft, intent);
      else if (machine.state === "stopping") draft.drop(intent.token, "its machine is going away");
      else if (draft.snapshot.inFlight.has(intent.token)) addLive(draft, intent);
      else addLive(draft, accepted(draft, intent, machine, "found in the cloud's list"));
      return;
    case "accepted":
    case "registered":
    case "parked":
      if (draft.snapshot.gone.has(intent.token)) lose(draft, intent, "is gone");
      else if (machine === undefined) {
        if (isGivenUp(draft, intent)) giveUp(draft, intent);
        else addLive(draft, intent);
      } else if (machine.state === "stopping") lose(draft, intent, "is going away");
      else if (isStoppedByOthers(draft, intent, machine)) {
        draft.condemn(intent, "somebody stopped its machine");
        draft.lost.set(intent.node, intent);
      } else if (intent.listed && intent.machineId === machine.id) addLive(draft, intent);
      else addLive(draft, accepted(draft, intent, machine, "listed by the cloud"));
      return;
    case "condemned": {
      const { gone, absentSince } = draft.snapshot;
      const absent = absentSince.get(intent.token) ?? now;
      const isForgotten = now.getTime() - absent.getTime() >= policy.listGraceSeconds * 1000;
      if (gone.has(intent.token) || (machine === undefined && isForgotten))
        draft.drop(intent.token, "its machine is gone");
      else {
        if (machine !== undefined && !intent.listed) {
          draft.save({ ...intent, listed: true, machineId: machine.id }, "listed by the cloud");
        }
        draft.terminate(machine, intent, "was to go before");
      }
      return;
    }
    default:
      state satisfies never;
  }
}

/**
 * A machine that the cloud does not list, without saying that it is gone. While its node answers
 * slurmctld the machine is there, whatever the list says; while the node starts, the machine has
 * until its boot timeout to register, as any other. In all other cases it is given up after
 * `listGraceSeconds`: a cloud's lists lag behind what it did.
 */
function isGivenUp(draft: Draft, intent: Intent): boolean {
  const { now, policy, absentSince } = draft.snapshot;
  const node = draft.nodes.get(intent.node);
  const phase = node === undefined ? "off" : phaseOf(node);
  if (phase === "up" || phase === "starting") return false;
  const since = absentSince.get(intent.token) ?? now;
  return now.getTime() - since.getTime() >= policy.listGraceSeconds * 1000;
}

/**
 * A machine that we did not stop, and that won't answer again by itself. One that was switched on
 * a moment ago may still be listed as it was before.
 */
function isStoppedByOthers(draft: Draft, intent: Intent, machine: Machine): boolean {
  const { now, policy } = draft.snapshot;
  if (machine.state !== "stopped" || intent.state !== "registered") return false;
  const age = now.getTime() - (intent.acceptedAt ?? intent.createdAt).getTime();
  return age >= policy.listGraceSeconds * 1000;
}

/** A machine that no intent names: the store was lost, or an answer came after it was given up. */
function reconcileStranger(draft: Draft, machine: Machine): void {
  const place = draft.snapshot.pools.places.get(machine.node);
  if (place === undefined || machine.pool === undefined) {
    const node = draft.nodes.get(machine.node);
    const phase = node === undefined ? undefined : phaseOf(node);
    if (phase === undefined || phase === "off" || phase === "stopping") {
      draft.terminate(machine, undefined, "no node wants it");
    }
    return;
  }
  const intent: Intent = {
    token: machine.token,
    node: machine.node,
    pool: { queue: machine.pool.queue, computeResource: machine.pool.computeResource },
    offering: offeringKey(machine.offering),
    state: machine.state === "stopped" ? "parked" : "accepted",
    jobId: undefined,
    attempts: 1,
    asks: 0,
    createdAt: machine.launchedAt,
    acceptedAt: machine.launchedAt,
    machineId: machine.id,
    listed: true,
    notBefore: undefined,
  };
  draft.save(intent, `adopted: ${poolId(intent.pool)} had a machine that was not written down`);
  addLive(draft, intent);
}

function accepted(draft: Draft, intent: Intent, machine: Machine, reason: string): Intent {
  const after: Intent = {
    ...intent,
    // The cloud may have chosen another one that would do.
    offering: offeringKey(machine.offering),
    state: intent.state === "open" ? "accepted" : intent.state,
    acceptedAt: intent.acceptedAt ?? draft.snapshot.now,
    machineId: machine.id,
    listed: true,
    notBefore: undefined,
  };
  draft.save(after, reason);
  return after;
}

/** It may be there all the same, so it is told to go. */
function giveUp(draft: Draft, intent: Intent): void {
  draft.condemn(intent, "is not listed any more");
  draft.lost.set(intent.node, intent);
}

function lose(draft: Draft, intent: Intent, how: string): void {
  draft.drop(intent.token, `machine ${intent.machineId ?? "of it"} ${how}`);
  draft.lost.set(intent.node, intent);
}

function addLive(draft: Draft, intent: Intent): void {
  const there = draft.live.get(intent.node);
  if (there === undefined) draft.live.set(intent.node, [intent]);
  else there.push(intent);
}
