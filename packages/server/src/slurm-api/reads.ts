import type { Clock } from "@sluice/model";
import type { SlurmAnswer } from "./upstream.ts";

/** How old an answer may be, in milliseconds. */
const FRESH_MS = 1000;
const MAX_BYTES = 128 << 20;

interface Kept {
  readonly answer: Promise<SlurmAnswer>;
  /** How often the cluster had been changed when it was asked for. */
  readonly change: number;
  /** Undefined while it is asked for. */
  until?: number;
  /** Of those that came after a change while it was asked for. */
  next?: Promise<SlurmAnswer>;
  bytes: number;
}

/**
 * Equal questions of a user, asked once: those that come while the first is under way share its
 * answer, and so do those within a second of it. What Slurm shows depends on who asks, so nobody
 * shares another's. A change through this server makes all of its cluster be asked anew, though
 * never twice at a time: what comes after many changes waits for one question for all of it.
 */
export class SlurmReads {
  readonly #kept = new Map<string, Kept>();
  readonly #changes = new Map<string, number>();
  readonly #clock: Clock;
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(
    about: { readonly cluster: string; readonly user: string; readonly path: string },
    ask: () => Promise<SlurmAnswer>,
  ): Promise<SlurmAnswer> {
    const { cluster, user, path } = about;
    const change = this.#changes.get(cluster) ?? 0;
    const key = JSON.stringify([cluster, user, path]);
    const known = this.#kept.get(key);
    if (known === undefined) return this.#ask(key, change, ask);
    if (known.until === undefined) {
      if (known.change === change) return known.answer;
      const again = () => this.read(about, ask);
      known.next ??= known.answer.then(again, again);
      return known.next;
    }
    if (known.change === change && known.until > this.#clock.now().getTime()) return known.answer;
    this.#drop(key);
    return this.#ask(key, change, ask);
  }

  #ask(key: string, change: number, ask: () => Promise<SlurmAnswer>): Promise<SlurmAnswer> {
    const kept: Kept = { answer: ask(), change, bytes: 0 };
    this.#kept.set(key, kept);
    kept.answer.then(
      ({ status, body }) => {
        if (status >= 300) return this.#drop(key);
        kept.until = this.#clock.now().getTime() + FRESH_MS;
        kept.bytes = body.length;
        this.#bytes += body.length;
        this.#tidy();
      },
      () => this.#drop(key),
    );
    return kept.answer;
  }

  /** Something changed: no answer of before is given any more. */
  changed(cluster: string): void {
    this.#changes.set(cluster, (this.#changes.get(cluster) ?? 0) + 1);
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }

  /** Oldest first; what is not fresh any more goes whatever room there is. */
  #tidy(): void {
    const now = this.#clock.now().getTime();
    for (const [key, { until }] of this.#kept) {
      if (until === undefined) continue;
      if (until > now && this.#bytes <= MAX_BYTES) break;
      this.#drop(key);
    }
  }
}
