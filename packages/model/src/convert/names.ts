/** Names that are each used once, cut to a length. */
export class Names {
  readonly #maxLength: number;
  readonly #taken: Set<string>;
  readonly #counts = new Map<string, number>();

  /** @param reserved never given out. */
  constructor(maxLength: number, reserved: readonly string[] = []) {
    this.#maxLength = maxLength;
    this.#taken = new Set(reserved);
  }

  /** The name as it is, or the same with a number behind it. */
  take(wanted: string): string {
    const plain = wanted.slice(0, this.#maxLength);
    if (!this.#taken.has(plain)) {
      this.#taken.add(plain);
      return plain;
    }
    const stem = plain.slice(0, this.#maxLength - 7);
    let count = this.#counts.get(stem) ?? 2;
    while (this.#taken.has(`${stem}-${count}`)) count += 1;
    this.#counts.set(stem, count + 1);
    const name = `${stem}-${count}`;
    this.#taken.add(name);
    return name;
  }
}
