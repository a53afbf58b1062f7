import type { Interruption, Machine } from "@sluice/cloud";
import type { Clock } from "@sluice/model";
import type { Recorder } from "../act/recorder.ts";
import { cancelledFrom } from "../plan/notice.ts";
import type { CapacityStore, Notice } from "../store/contract.ts";

interface Deps {
  readonly clock: Clock;
  readonly store: CapacityStore;
  readonly recorder: Recorder;
  /** As last listed. */
  readonly machines: () => readonly Machine[];
  /** There is something new in the store. */
  readonly onNews: () => void;
}

/**
 * Writes notices down before anything follows from them: what is done is planned from the store.
 * Those that come in one burst, as when a zone is called back, are written together.
 */
export class NoticeTaker {
  readonly #deps: Deps;
  #burst: Interruption[] = [];

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  take(interruption: Interruption): void {
    this.#burst.push(interruption);
    if (this.#burst.length > 1) return;
    setImmediate(() => {
      try {
        this.flush();
      } catch {
        // The pass that begins now tries again, and says what is wrong.
        this.#deps.onNews();
      }
    });
  }

  /** Writes what has come so far; what can't be written is kept for the next time. */
  flush(): void {
    if (this.#burst.length === 0) return;
    const fresh = this.#read(this.#burst);
    if (fresh.length > 0) this.#deps.store.saveNotices(fresh);
    this.#burst = [];
    for (const { machineId, node, kind, deadline } of fresh) {
      const when = deadline === undefined ? "soon" : `at ${deadline.toISOString()}`;
      const about = { machineId, ...(node === "" ? {} : { node }) };
      this.#deps.recorder.add("interruption", `${kind}: machine goes ${when}`, about);
    }
    if (fresh.length > 0) this.#deps.onNews();
  }

  #read(burst: readonly Interruption[]): readonly Notice[] {
    const { clock, store, machines } = this.#deps;
    const now = clock.now();
    const known = new Map(store.notices().map((one) => [one.machineId, one]));
    const nodes = new Map(machines().map((one) => [one.id, one.node]));
    for (const { machineId, node } of store.intents()) {
      if (machineId !== undefined) nodes.set(machineId, node);
    }
    const fresh = new Map<string, Notice>();
    for (const { machineId, kind, deadline } of burst) {
      const before = fresh.get(machineId) ?? known.get(machineId);
      const notice: Notice = {
        machineId,
        node: nodes.get(machineId) ?? before?.node ?? "",
        kind,
        deadline: deadline ?? before?.deadline,
        noticedAt: before?.noticedAt ?? now,
        signalled: before?.signalled ?? [],
      };
      const isSame = before?.kind === kind && sameTime(before.deadline, notice.deadline);
      // A cloud may go on telling of what did not happen.
      if (isSame || cancelledFrom(notice) <= now) continue;
      fresh.set(machineId, notice);
    }
    return [...fresh.values()];
  }
}

function sameTime(one: Date | undefined, other: Date | undefined): boolean {
  return one?.getTime() === other?.getTime();
}
