import type { SlurmReservation } from "../control.ts";
import { expandHostList } from "../host-list.ts";
import type { NodeFlag } from "./fake-node.ts";

interface Reserved {
  readonly reservation: SlurmReservation;
  readonly nodes: ReadonlySet<string>;
}

/** The reservations of a fake slurmctld. An active one has its nodes to itself. */
export class FakeReservations {
  #all: readonly Reserved[] = [];

  set(reservations: readonly SlurmReservation[]): void {
    this.#all = reservations.map((reservation) => ({
      reservation,
      nodes: new Set(expandHostList(reservation.nodes)),
    }));
  }

  /** Those that are not over. */
  list(now: number): SlurmReservation[] {
    return this.#all.map(({ reservation }) => reservation).filter(({ end }) => end.getTime() > now);
  }

  /** What the state of a node says of them. */
  flagsOf(node: string, now: number): NodeFlag[] {
    const active = this.#activeOn(node, now);
    if (active.length === 0) return [];
    const isMaintenance = active.some(({ flags }) => flags.has("MAINT"));
    return isMaintenance ? ["MAINTENANCE", "RESERVED"] : ["RESERVED"];
  }

  /** True when a job that asked for `reservation`, or for none, may have the node. */
  admits(node: string, reservation: string | undefined, now: number): boolean {
    const active = this.#activeOn(node, now);
    if (reservation === undefined) return active.length === 0;
    return active.some(({ name }) => name === reservation);
  }

  #activeOn(node: string, now: number): SlurmReservation[] {
    return this.#all
      .filter(({ nodes, reservation: { start, end } }) => {
        return nodes.has(node) && start.getTime() <= now && now < end.getTime();
      })
      .map(({ reservation }) => reservation);
  }
}
