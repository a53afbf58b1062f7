import { expandHostList, type SlurmReservation } from "@sluice/slurm";
import type { Snapshot } from "../observe/snapshot.ts";
import type { Draft } from "./draft.ts";
import { isSpare } from "./idle.ts";

/** How a node stands to the reservations that name it. */
export interface Reserved {
  /** Nodes of reservations that hold now: not for everybody. */
  readonly active: ReadonlySet<string>;
  /** Nodes of reservations that begin within their pool's lead. */
  readonly soon: ReadonlyMap<string, SlurmReservation>;
  /** Nodes that somebody maintains now: whether they are up is for them to say. */
  readonly maintained: ReadonlySet<string>;
}

export function reservedNodes({ reservations, pools, now }: Snapshot): Reserved {
  const active = new Set<string>();
  const soon = new Map<string, SlurmReservation>();
  const maintained = new Set<string>();
  for (const reservation of reservations) {
    const { start, end, nodes, flags } = reservation;
    if (nodes === "" || end <= now) continue;
    for (const name of expandHostList(nodes)) {
      const lead = pools.places.get(name)?.spec.policy.reservationLeadSeconds ?? 0;
      if (start <= now) {
        active.add(name);
        if (flags.has("MAINT")) maintained.add(name);
        continue;
      }
      const isNear = start.getTime() - lead * 1000 <= now.getTime();
      if (!isNear || flags.has("MAINT")) continue;
      if (start < (soon.get(name)?.start ?? end)) soon.set(name, reservation);
    }
  }
  return { active, soon, maintained };
}

/**
 * Switches on the nodes of reservations that are about to begin. Whether they stay once it has
 * begun is for the rules about idle nodes.
 */
export function planReservations(
  draft: Draft,
  { soon }: Reserved,
  closed: ReadonlySet<string>,
): void {
  for (const name of draft.snapshot.pools.places.keys()) {
    const reservation = soon.get(name);
    const node = draft.nodes.get(name);
    if (reservation === undefined || node === undefined || !isSpare(draft, node, closed)) continue;
    const when = `${reservation.start.toISOString().slice(11, 19)} UTC`;
    const reason = `reservation ${reservation.name} begins at ${when}`;
    draft.updateNode(node, { state: "POWER_UP" }, reason);
  }
}
