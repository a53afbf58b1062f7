import { busyIn } from "../plan/warm.ts";
import type { CapacityStore, DemandPeak } from "../store/contract.ts";
import type { Snapshot } from "./snapshot.ts";

const MINUTE_MILLISECONDS = 60_000;

/** Keeps how many nodes of a queue were busy at most in each minute, for queues that need it. */
export class Peaks {
  readonly #store: CapacityStore;
  readonly #last = new Map<string, DemandPeak>();

  constructor(store: CapacityStore) {
    this.#store = store;
  }

  /** Writes once a minute for a queue that is in use, and when the minute's peak rises. */
  take(snapshot: Snapshot): void {
    const now = snapshot.now.getTime();
    const minute = new Date(now - (now % MINUTE_MILLISECONDS));
    const risen: DemandPeak[] = [];
    for (const [queue, { demandShare }] of snapshot.pools.warm) {
      if (demandShare <= 0) continue;
      const nodes = busyIn(snapshot, queue);
      const last = this.#last.get(queue);
      const before = last?.minute.getTime() === minute.getTime() ? last.nodes : 0;
      if (nodes > before) risen.push({ queue, minute, nodes });
    }
    this.#store.savePeaks(risen);
    for (const peak of risen) this.#last.set(peak.queue, peak);
  }
}
