/** Hands what is published to everyone who listens at that moment; the slow lose nothing. */
export class Broadcast<T> {
  readonly #listeners = new Set<(item: T) => void>();

  publish(item: T): void {
    for (const listener of this.#listeners) listener(item);
  }

  /** Listens from the call on, not from the first `next`; `first` comes before what is published.
   * Ends when `signal` fires. */
  listen(signal: AbortSignal, first: readonly T[] = []): AsyncIterable<T> {
    const waiting: T[] = [...first];
    let wake: (() => void) | undefined;
    const listener = (item: T): void => {
      waiting.push(item);
      wake?.();
    };
    const end = (): void => {
      this.#listeners.delete(listener);
      wake?.();
    };
    if (!signal.aborted) {
      this.#listeners.add(listener);
      signal.addEventListener("abort", end, { once: true });
    }
    return (async function* () {
      try {
        while (true) {
          while (waiting.length > 0 && !signal.aborted) yield waiting.shift() as T;
          if (signal.aborted) return;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        signal.removeEventListener("abort", end);
        end();
      }
    })();
  }
}
