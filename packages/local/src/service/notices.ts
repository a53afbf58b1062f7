import { EventEmitter } from "node:events";
import type { Interruption } from "@sluice/cloud";
import type { LocalStore, MachineRow, NoticeRow } from "./store.ts";

export const KINDS = ["spot", "maintenance"] as const satisfies readonly Interruption["kind"][];

/**
 * Notices that machines will be taken away. They are in the store for as long as they are in force,
 * which is until the machine is gone, so that a service that died keeps its word.
 */
export class Notices {
  readonly #store: LocalStore;
  readonly #take: (machineId: string) => void;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** @param take called at the deadline of a machine. */
  constructor(store: LocalStore, take: (machineId: string) => void) {
    this.#store = store;
    this.#take = take;
  }

  /** Sets the timers of an earlier service again; what is overdue is taken at once. */
  recover(): void {
    for (const row of this.#store.notices()) this.#arm(row);
  }

  add(machine: MachineRow, kind: Interruption["kind"], deadline: Date | undefined): Interruption {
    const row: NoticeRow = {
      machineId: machine.id,
      cluster: machine.cluster,
      kind,
      deadline: deadline?.toISOString() ?? null,
    };
    this.#store.putNotice(row);
    this.#arm(row);
    const notice = toInterruption(row);
    // The stream of a cluster is about its compute machines.
    if (machine.role === "compute") this.#events.emit(machine.cluster, notice);
    return notice;
  }

  /** Begins with what is in force; ends with the function that it returns. */
  listen(cluster: string, listener: (notice: Interruption) => void): () => void {
    for (const row of this.#store.notices(cluster)) {
      if (this.#store.machine(row.machineId)?.role === "compute") listener(toInterruption(row));
    }
    this.#events.on(cluster, listener);
    return () => this.#events.off(cluster, listener);
  }

  /** The machine is gone, and its notices with it. */
  forget(machineId: string): void {
    for (const kind of KINDS) this.#disarm(`${machineId}/${kind}`);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #arm({ machineId, kind, deadline }: NoticeRow): void {
    const key = `${machineId}/${kind}`;
    this.#disarm(key);
    if (deadline === null) return;
    const left = new Date(deadline).getTime() - Date.now();
    const take = (): void => {
      this.#timers.delete(key);
      this.#take(machineId);
    };
    this.#timers.set(key, setTimeout(take, Math.max(0, left)));
  }

  #disarm(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }
}

function toInterruption({ machineId, kind, deadline }: NoticeRow): Interruption {
  return { machineId, kind, deadline: deadline === null ? undefined : new Date(deadline) };
}
