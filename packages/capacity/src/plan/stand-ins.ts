import type { NodePlace } from "../pools.ts";
import type { Draft } from "./draft.ts";
import { isComing, isIdle, isSpare } from "./idle.ts";
import type { Threat } from "./notice.ts";

/**
 * Switches on a node for each that is about to be lost while its jobs still have time, so that
 * there is one when they are requeued: of the same compute resource, or else of the same queue.
 * Idle nodes that are there count.
 */
export function planStandIns(
  draft: Draft,
  threats: readonly Threat[],
  closed: ReadonlySet<string>,
): void {
  if (threats.length === 0) return;
  const lost = new Map<string, { place: NodePlace; count: number }>();
  for (const { place } of threats) {
    const there = lost.get(place.poolId);
    lost.set(place.poolId, { place, count: (there?.count ?? 0) + 1 });
  }
  const supply = new Supply(draft, closed);
  const short: { queue: string; count: number }[] = [];
  for (const [id, { place, count }] of [...lost].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const { queue } = place.spec.pool;
    const missing = supply.take(count, (one) => one.poolId === id);
    short.push({ queue, count: missing });
  }
  for (const { queue, count } of short) {
    supply.take(count, (one) => one.spec.pool.queue === queue);
  }
}

/** Nodes that are idle, on their way or may be switched on; each is given away once. */
class Supply {
  readonly #draft: Draft;
  readonly #ready: string[] = [];
  readonly #spare: string[] = [];

  constructor(draft: Draft, closed: ReadonlySet<string>) {
    this.#draft = draft;
    for (const name of draft.snapshot.pools.places.keys()) {
      const node = draft.nodes.get(name);
      if (node === undefined) continue;
      if (isIdle(draft, node) || isComing(draft, node)) this.#ready.push(name);
      else if (isSpare(draft, node, closed)) this.#spare.push(name);
    }
  }

  /** @returns how many there were too few. */
  take(count: number, fits: (place: NodePlace) => boolean): number {
    let missing = count;
    missing -= this.#give(this.#ready, missing, fits, () => {});
    missing -= this.#give(this.#spare, missing, fits, (name) => {
      const node = this.#draft.nodes.get(name);
      if (node === undefined) return;
      const reason = "a node of the same kind is about to be lost";
      this.#draft.updateNode(node, { state: "POWER_UP" }, reason);
    });
    return missing;
  }

  #give(
    from: string[],
    count: number,
    fits: (place: NodePlace) => boolean,
    give: (name: string) => void,
  ): number {
    const { places } = this.#draft.snapshot.pools;
    const isFit = (name: string) => {
      const place = places.get(name);
      return place !== undefined && fits(place);
    };
    const given = from.filter(isFit).slice(0, count);
    for (const name of given) {
      from.splice(from.indexOf(name), 1);
      give(name);
    }
    return given.length;
  }
}
