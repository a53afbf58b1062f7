import type { Clock } from "@sluice/model";

export interface RecentOptions<T> {
  readonly clock: Clock;
  readonly look: (key: string) => Promise<T>;
  /** What is older is looked at again, while whoever asks gets the old one. */
  readonly freshMs: number;
  /** What is older than that is not shown any more. */
  readonly mostMs: number;
  /** How long whoever asks waits for what is not there. */
  readonly patienceMs: number;
}

/** `problem`: why there is nothing, or only this old value. */
export interface Seen<T> {
  readonly value: T | undefined;
  readonly problem: unknown;
}

interface Kept<T> {
  value: T | undefined;
  at: number;
  askedAt: number;
  problem: unknown;
  looking: Promise<void> | undefined;
}

/** Looks that may be slow, for an answer that may not: one at a time for each key, whoever asks. */
export class Recent<T> {
  readonly #options: RecentOptions<T>;
  readonly #kept = new Map<string, Kept<T>>();

  constructor(options: RecentOptions<T>) {
    this.#options = options;
  }

  async of(key: string): Promise<Seen<T>> {
    const { clock, freshMs, mostMs, patienceMs } = this.#options;
    const kept = this.#entry(key);
    const now = clock.now().getTime();
    if (now - kept.askedAt >= freshMs) this.#look(key, kept, now);
    const isOld = now - kept.at >= mostMs;
    if (isOld && kept.looking !== undefined) {
      const over = new AbortController();
      await Promise.race([kept.looking, clock.sleep(patienceMs, over.signal)]);
      over.abort();
    }
    const isShown = clock.now().getTime() - kept.at < mostMs;
    return { value: isShown ? kept.value : undefined, problem: kept.problem };
  }

  #entry(key: string): Kept<T> {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    this.#forget();
    const never = Number.NEGATIVE_INFINITY;
    const kept: Kept<T> = {
      ...{ value: undefined, at: never, askedAt: never },
      ...{ problem: undefined, looking: undefined },
    };
    this.#kept.set(key, kept);
    return kept;
  }

  #look(key: string, kept: Kept<T>, now: number): void {
    if (kept.looking !== undefined) return;
    const { clock, look } = this.#options;
    kept.askedAt = now;
    kept.looking = look(key)
      .then(
        (value) => {
          kept.value = value;
          kept.at = clock.now().getTime();
          kept.problem = undefined;
        },
        (problem: unknown) => {
          kept.problem = problem;
        },
      )
      .finally(() => {
        kept.looking = undefined;
      });
  }

  #forget(): void {
    const { clock, mostMs } = this.#options;
    const now = clock.now().getTime();
    for (const [key, { askedAt, looking }] of this.#kept) {
      if (looking === undefined && now - askedAt > 2 * mostMs) this.#kept.delete(key);
    }
  }
}
