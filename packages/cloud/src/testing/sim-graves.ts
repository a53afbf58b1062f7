import type { SimMachine } from "./sim-machine.ts";

export interface SimBill {
  readonly seconds: number;
  readonly usd: number;
  readonly usdPerHour: number;
}

const TOMBSTONE_MS = 10 * 60 * 1000;

/** Machines that are gone: for how long lists still show them, and what they cost. */
export class SimGraves {
  readonly #tombstoneMs: number | false;
  /** Oldest first. */
  #entries: SimMachine[] = [];
  /** What those cost that are forgotten. */
  readonly #settled = { seconds: 0, usd: 0 };

  /** @param tombstoneMs 10 minutes; false: nothing that is gone is shown as gone. */
  constructor(tombstoneMs: number | false = TOMBSTONE_MS) {
    this.#tombstoneMs = tombstoneMs;
  }

  bury(entry: SimMachine): void {
    this.#entries.push(entry);
  }

  /** Those that a list shows that is `staleMs` behind, as gone or as they were before. */
  shown(now: number, staleMs: number): readonly SimMachine[] {
    const kept = (this.#tombstoneMs || 0) + staleMs;
    const isOld = ({ goneAt = now }: SimMachine) => goneAt + kept < now;
    for (const entry of this.#entries.filter(isOld)) {
      this.#settled.seconds += entry.billedSeconds(now);
      this.#settled.usd += usdOf(entry, now);
    }
    this.#entries = this.#entries.filter((entry) => !isOld(entry));
    if (this.#tombstoneMs !== false) return this.#entries;
    return this.#entries.filter((entry) => entry.seenAt(now, staleMs)?.state !== "gone");
  }

  /** Of those that are gone and those that are there. */
  bill(there: readonly SimMachine[], now: number): SimBill {
    let { seconds, usd } = this.#settled;
    for (const entry of [...there, ...this.#entries]) {
      seconds += entry.billedSeconds(now);
      usd += usdOf(entry, now);
    }
    const billed = there.filter((entry) => entry.billed);
    return { seconds, usd, usdPerHour: billed.reduce((sum, { price = 0 }) => sum + price, 0) };
  }
}

function usdOf(entry: SimMachine, now: number): number {
  return (entry.billedSeconds(now) / 3600) * (entry.price ?? 0);
}
