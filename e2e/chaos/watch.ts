import type { StoredEvent, View } from "./view.ts";

/**
 * Two machines of one node for so long are one too many. One is legitimate: the old one is on its
 * way out, or the cloud is stopped and cannot be told.
 */
const DOUBLE_SECONDS = 45;

/** Sees what is only to be seen while it happens. */
export class Watch {
  readonly events: StoredEvent[] = [];
  readonly problems: string[] = [];
  mostMachines = 0;
  readonly #view: View;
  readonly #doubleSince = new Map<string, number>();

  constructor(view: View) {
    this.#view = view;
  }

  look(): void {
    const now = Date.now();
    const machines = this.#view.compute();
    this.mostMachines = Math.max(this.mostMachines, machines.length);
    const live = machines.filter(({ state }) => state !== "stopping");
    const byNode = Map.groupBy(live, ({ node }) => node);
    for (const node of this.#doubleSince.keys()) {
      if ((byNode.get(node)?.length ?? 0) < 2) this.#doubleSince.delete(node);
    }
    for (const [node, those] of byNode) {
      if (those.length < 2) continue;
      const since = this.#doubleSince.get(node) ?? now;
      this.#doubleSince.set(node, since);
      if (now - since < DOUBLE_SECONDS * 1000) continue;
      this.#doubleSince.set(node, Number.POSITIVE_INFINITY);
      const ids = those.map(({ id }) => id).join(", ");
      this.problems.push(`${node} had two machines for ${DOUBLE_SECONDS} s: ${ids}`);
    }
    // The node manager keeps a limited number of them.
    this.events.push(...this.#view.events(this.events.at(-1)?.id ?? 0));
  }
}
