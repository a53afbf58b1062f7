import { phaseOf } from "../observe/node-phase.ts";
import type { Draft } from "./draft.ts";

/**
 * The fleet as a whole.
 *
 * ```
 *   START_REQUESTED ─▶ STARTING ── partitions are UP ──▶ RUNNING
 *          ▲                                               │ requestStop
 *          │ requestStart                                  ▼
 *       STOPPED ◀── no machine, no node up ── STOPPING ◀─ STOP_REQUESTED
 * ```
 *
 * Either request is heard in every state.
 */
export function planFleet(draft: Draft): void {
  const { status } = draft.snapshot.fleet;
  switch (status) {
    case "START_REQUESTED":
      setPartitions(draft, "UP");
      setStatus(draft, "STARTING", "start was requested");
      return;
    case "STARTING":
      if (setPartitions(draft, "UP")) setStatus(draft, "RUNNING", "the partitions are up");
      return;
    case "STOP_REQUESTED":
      setPartitions(draft, "INACTIVE");
      setStatus(draft, "STOPPING", "stop was requested");
      return;
    case "STOPPING":
      if (setPartitions(draft, "INACTIVE") && isEmpty(draft)) {
        setStatus(draft, "STOPPED", "no machine is left");
      }
      return;
    case "RUNNING":
    case "PROTECTED":
    case "STOPPED":
    case "UNKNOWN":
      return;
    default:
      status satisfies never;
  }
}

export function isStopping({ snapshot }: Draft): boolean {
  const { status } = snapshot.fleet;
  return status === "STOP_REQUESTED" || status === "STOPPING" || status === "STOPPED";
}

function setStatus(
  draft: Draft,
  status: "STARTING" | "RUNNING" | "STOPPING" | "STOPPED",
  reason: string,
) {
  draft.actLast({ kind: "fleet-status", status, reason });
}

/** True when all of them are so already. */
function setPartitions(draft: Draft, state: "UP" | "INACTIVE"): boolean {
  const { partitions, pools } = draft.snapshot;
  if (partitions === undefined) return false;
  const others = partitions.filter(
    ({ name, state: now }) => pools.queues.includes(name) && now !== state,
  );
  for (const { name: partition } of others.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    draft.act({
      kind: "update-partition",
      partition,
      state,
      reason: `the fleet is to be ${state}`,
    });
  }
  return others.length === 0;
}

function isEmpty({ snapshot, nodes }: Draft): boolean {
  if (snapshot.machines.length + snapshot.intents.length > 0) return false;
  for (const name of snapshot.pools.places.keys()) {
    const node = nodes.get(name);
    const phase = node === undefined ? "off" : phaseOf(node);
    if (phase === "up" || phase === "starting" || phase === "silent") return false;
  }
  return true;
}
