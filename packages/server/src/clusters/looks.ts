import type { Clock } from "@sluice/model";
import type { ServedCluster } from "./directory.ts";

/** What was seen is shown so long to whoever asks next. */
const FRESH_SECONDS = 2;

interface Taken<T> {
  /** Of the cluster as the directory has it: once that is another, so is what is seen. */
  readonly key: string;
  readonly at: number;
  readonly seen: Promise<T>;
}

/**
 * One kind of look at clusters, asked of each cluster once for all who look at the same time, so
 * that many viewers weigh on a head or an account like one.
 */
export class Looks<T> {
  readonly #clock: Clock;
  readonly #look: (cluster: ServedCluster) => Promise<T>;
  readonly #taken = new Map<string, Taken<T>>();

  constructor(clock: Clock, look: (cluster: ServedCluster) => Promise<T>) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Throws what the look throws; that is not kept. */
  of(cluster: ServedCluster): Promise<T> {
    const { name } = cluster;
    const now = this.#clock.now().getTime();
    const key = keyOf(cluster);
    const last = this.#taken.get(name);
    if (last?.key === key && now - last.at < FRESH_SECONDS * 1000) return last.seen;
    const taken = { key, at: now, seen: this.#look(cluster) };
    this.#taken.set(name, taken);
    taken.seen.catch(() => this.#forget(name, taken));
    return taken.seen;
  }

  /** Something was done to it: the next look is a new one. */
  drop(name: string): void {
    this.#taken.delete(name);
  }

  #forget(name: string, taken: Taken<T>): void {
    if (this.#taken.get(name) === taken) this.#taken.delete(name);
  }
}

function keyOf({ record: { id, status, updatedAt } }: ServedCluster): string {
  return `${id} ${status} ${updatedAt.getTime()}`;
}
