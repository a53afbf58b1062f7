import type { Clock } from "@sluice/model";

/** What could not be asked is asked again so soon. */
const FAILED_MILLISECONDS = 60_000;

export interface ByTypeOptions<V> {
  readonly clock: Clock;
  readonly keptMilliseconds: number;
  /** One call asks for so many types at most. */
  readonly typesAtOnce: number;
  /** A type that EC2 says nothing of has no entry. */
  readonly ask: (types: readonly string[]) => Promise<ReadonlyMap<string, V>>;
}

/** Facts of machine types, of which one call tells many; each is kept for a while. */
export class ByType<V> {
  readonly #options: ByTypeOptions<V>;
  readonly #kept = new Map<
    string,
    { readonly until: number; readonly value: Promise<V | undefined> }
  >();

  constructor(options: ByTypeOptions<V>) {
    this.#options = options;
  }

  /**
   * By type; those that nothing is known of, or that can't be asked for, are left out. Never rejects.
   *
   * @param others that will be asked for soon, so that few calls tell of all.
   */
  async of(
    types: readonly string[],
    others: readonly string[] = [],
  ): Promise<ReadonlyMap<string, V>> {
    const { clock, keptMilliseconds, typesAtOnce, ask } = this.#options;
    const now = clock.now().getTime();
    const isMissing = (type: string) => (this.#kept.get(type)?.until ?? 0) <= now;
    const missing = types.some(isMissing)
      ? [...new Set([...types, ...others])].filter(isMissing)
      : [];
    for (let from = 0; from < missing.length; from += typesAtOnce) {
      const part = missing.slice(from, from + typesAtOnce);
      const asked = ask(part).catch(() => undefined);
      for (const type of part) {
        const value = asked.then((found) => {
          if (found === undefined) {
            this.#kept.set(type, { until: now + FAILED_MILLISECONDS, value });
          }
          return found?.get(type);
        });
        this.#kept.set(type, { until: now + keptMilliseconds, value });
      }
    }
    const known = await Promise.all(
      types.map(async (type) => [type, await this.#kept.get(type)?.value] as const),
    );
    return new Map(known.flatMap(([type, value]) => (value === undefined ? [] : [[type, value]])));
  }
}
