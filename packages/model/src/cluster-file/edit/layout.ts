import { isMap, isScalar, isSeq, type Node, Scalar, visit } from "yaml";
import type { BlockStyle } from "./block-text.ts";

/** A text as lines; offsets are in UTF-16 units. */
export class TextLines {
  readonly text: string;
  readonly lineEnd: "\r\n" | "\n";

  constructor(text: string) {
    this.text = text;
    const first = text.indexOf("\n");
    this.lineEnd = first > 0 && text[first - 1] === "\r" ? "\r\n" : "\n";
  }

  /** Where the line of this offset starts, behind a byte order mark. */
  startOf(offset: number): number {
    const start = this.text.lastIndexOf("\n", offset - 1) + 1;
    return start === 0 && this.text.startsWith("\ufeff") ? Math.min(1, offset) : start;
  }

  /** Where the line of this offset ends, before its line end. */
  endOf(offset: number): number {
    const found = this.text.indexOf("\n", offset);
    const end = found === -1 ? this.text.length : found;
    return end > offset && this.text[end - 1] === "\r" ? end - 1 : end;
  }

  /** Where the next line starts. */
  nextOf(offset: number): number {
    const found = this.text.indexOf("\n", offset);
    return found === -1 ? this.text.length : found + 1;
  }

  /** What is between the start of the line and this offset. */
  before(offset: number): string {
    return this.text.slice(this.startOf(offset), offset);
  }

  /** What is between this offset and the end of the line. */
  after(offset: number): string {
    return this.text.slice(offset, this.endOf(offset));
  }

  joined(lines: readonly string[], column: number): string {
    return lines.join(this.lineEnd + " ".repeat(column));
  }
}

/** How most of the file is written. */
export function styleOf(root: Node | null): BlockStyle {
  const steps = new Tally<number>();
  const dashes = new Tally<number>();
  const quotes = new Tally<"single" | "double">();
  visit(root, {
    Map: (_, map) => {
      if (map.srcToken?.type !== "block-map") return;
      const column = map.srcToken.indent;
      for (const { value } of map.items) {
        if (isMap(value) && value.srcToken?.type === "block-map") {
          steps.add(value.srcToken.indent - column);
        } else if (isSeq(value) && value.srcToken?.type === "block-seq") {
          dashes.add(value.srcToken.indent - column);
        }
      }
    },
    Scalar: (_, scalar) => {
      if (!isScalar(scalar)) return;
      if (scalar.type === Scalar.QUOTE_SINGLE) quotes.add("single");
      if (scalar.type === Scalar.QUOTE_DOUBLE) quotes.add("double");
    },
  });
  const step = steps.most() ?? (dashes.most() || 2);
  return { step, dash: dashes.most() ?? step, quote: quotes.most() ?? "double" };
}

class Tally<T> {
  readonly #counts = new Map<T, number>();

  add(value: T): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  /** The first of those that came most often. */
  most(): T | undefined {
    let best: readonly [T | undefined, number] = [undefined, 0];
    for (const entry of this.#counts) if (entry[1] > best[1]) best = entry;
    return best[0];
  }
}
