import { type NodePhase, phaseOf } from "../observe/node-phase.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { noticeDeadlines } from "./notice.ts";
import { settledAt } from "./refusals.ts";
import { nextEdge } from "./warm-window.ts";

/** When a plan from the same observations would say something else; undefined: never. */
export function nextDeadline(snapshot: Snapshot): Date | undefined {
  const { now, pools } = snapshot;
  let next: number | undefined;
  const consider = (time: number) => {
    if (time > now.getTime() && (next === undefined || time < next)) next = time;
  };
  for (const intent of snapshot.intents) {
    const timeout = (pools.places.get(intent.node)?.spec.bootTimeoutSeconds ?? 0) * 1000;
    if (intent.state === "open") {
      consider(intent.createdAt.getTime() + timeout);
      if (intent.notBefore !== undefined) consider(intent.notBefore.getTime());
    } else if (intent.state === "accepted" && intent.acceptedAt !== undefined) {
      consider(intent.acceptedAt.getTime() + timeout);
    }
  }
  for (const item of snapshot.unavailable) {
    consider(item.until.getTime());
    if (item.size > 1) consider(settledAt(item, snapshot.policy).getTime());
  }
  for (const offerings of snapshot.menu.values()) {
    for (const { window } of offerings) {
      if (window === undefined) continue;
      consider(window.from.getTime());
      consider(window.until.getTime());
    }
  }
  for (const { probeAt } of snapshot.health) if (probeAt !== undefined) consider(probeAt.getTime());
  for (const date of noticeDeadlines(snapshot.notices)) consider(date.getTime());
  for (const { windows } of pools.warm.values()) {
    for (const window of windows) consider(nextEdge(window, now).getTime());
  }
  for (const { start, nodes } of snapshot.reservations) {
    if (nodes === "" || start <= now) continue;
    for (const { policy } of pools.specs.values()) {
      consider(start.getTime() - policy.reservationLeadSeconds * 1000);
    }
  }
  return next === undefined ? undefined : new Date(next);
}

const LIVELY: ReadonlySet<NodePhase> = new Set(["starting", "stopping"]);

/** True while there is something to watch closely. */
export function isLively(snapshot: Snapshot): boolean {
  return (
    snapshot.machines.some((machine) => machine.state !== "stopped") ||
    snapshot.intents.some((intent) => intent.state !== "parked") ||
    snapshot.nodes.some((node) => LIVELY.has(phaseOf(node)))
  );
}
