/** Numbers of rows, eight bytes each; a row that has none holds NaN. */
export class NumberColumn {
  #values = new Float64Array(1024).fill(Number.NaN);

  get(row: number): number {
    return this.#values[row] ?? Number.NaN;
  }

  /** @returns whether that is another value than before. */
  set(row: number, value: number): boolean {
    if (row >= this.#values.length) this.#grow(row);
    if (Object.is(this.#values[row], value)) return false;
    this.#values[row] = value;
    return true;
  }

  #grow(row: number): void {
    const larger = new Float64Array(Math.max(row + 1, this.#values.length * 2)).fill(Number.NaN);
    larger.set(this.#values);
    this.#values = larger;
  }
}

/** Texts of rows, each different text kept once. */
export class TextColumn {
  readonly #numbers = new Map<string, number>([["", 0]]);
  readonly #texts: string[] = [""];
  #rows = new Uint32Array(1024);

  get(row: number): string {
    return this.#texts[this.numberOf(row)] ?? "";
  }

  /** @returns whether that is another text than before. */
  set(row: number, text: string): boolean {
    if (row >= this.#rows.length) this.#grow(row);
    const number = this.#number(text);
    if (this.#rows[row] === number) return false;
    this.#rows[row] = number;
    return true;
  }

  /** The same for rows of the same text. */
  numberOf(row: number): number {
    return this.#rows[row] ?? 0;
  }

  /** The test of a row by its text, asked once for each different text. */
  memo(isWanted: (text: string) => boolean): (row: number) => boolean {
    let known = new Uint8Array(this.#texts.length + 256);
    return (row) => {
      const number = this.numberOf(row);
      if (number >= known.length) {
        const larger = new Uint8Array(number * 2);
        larger.set(known);
        known = larger;
      }
      if (known[number] === 0) known[number] = isWanted(this.#texts[number] ?? "") ? 2 : 1;
      return known[number] === 2;
    };
  }

  #number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.push(text) - 1;
    this.#numbers.set(text, number);
    return number;
  }

  #grow(row: number): void {
    const larger = new Uint32Array(Math.max(row + 1, this.#rows.length * 2));
    larger.set(this.#rows);
    this.#rows = larger;
  }
}
