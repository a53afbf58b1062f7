/** Which clusters have been without a head for too long, by what was seen of them one after the other. */
export class LossWatch {
  readonly #afterMs: number;
  /** Since when, in milliseconds since 1970. */
  readonly #since = new Map<string, number>();

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  /** A cluster that is not among those that were seen begins anew when it is again. */
  due(
    seen: readonly { readonly name: string; readonly isHeadless: boolean }[],
    at: Date,
  ): readonly string[] {
    const now = at.getTime();
    const headless = new Set(seen.flatMap(({ name, isHeadless }) => (isHeadless ? [name] : [])));
    for (const name of this.#since.keys()) if (!headless.has(name)) this.#since.delete(name);
    for (const name of headless) if (!this.#since.has(name)) this.#since.set(name, now);
    return [...headless].filter((name) => now - (this.#since.get(name) ?? now) >= this.#afterMs);
  }
}
