import { phaseOf } from "../observe/node-phase.ts";
import type { Snapshot } from "../observe/snapshot.ts";

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
  for (const item of snapshot.unavailable) consider(item.until.getTime());
  return next === undefined ? undefined : new Date(next);
}

/** True while there is something to watch closely. */
export function isLively(snapshot: Snapshot): boolean {
  return (
    snapshot.machines.length > 0 ||
    snapshot.intents.length > 0 ||
    snapshot.nodes.some((node) => phaseOf(node) === "starting")
  );
}
