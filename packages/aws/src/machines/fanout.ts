/** Tells whoever listens; each hears what was told since he began, and nothing twice. */
export class Fanout<T> {
  readonly #listeners = new Set<(item: T) => void>();

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  tell(item: T): void {
    for (const listener of this.#listeners) listener(item);
  }

  /** Begins with `first`, read when the listener is there; ends when `signal` fires. */
  async *listen(signal: AbortSignal, first: () => readonly T[] = () => []): AsyncGenerator<T> {
    if (signal.aborted) return;
    const waiting: T[] = [];
    let wake = () => {};
    const listener = (item: T) => {
      waiting.push(item);
      wake();
    };
    const abort = () => wake();
    this.#listeners.add(listener);
    signal.addEventListener("abort", abort);
    try {
      waiting.push(...first());
      while (!signal.aborted) {
        if (waiting.length > 0) {
          yield waiting.shift() as T;
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (waiting.length > 0 || signal.aborted) resolve();
        });
      }
    } finally {
      signal.removeEventListener("abort", abort);
      this.#listeners.delete(listener);
    }
  }
}
