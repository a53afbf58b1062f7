import fc from "fast-check";

/**
 * Texts in the styles that people and tools write, with comments (`# c1`, `# c2` …) at every place
 * that can have one. A text is made from a tape of numbers, so that it shrinks with the tape.
 */
export function yamlTexts(options: Partial<Features> = {}): fc.Arbitrary<string> {
  return tapes.map((tape) => new Writer(tape, { ...ALL, ...options }).text());
}

export const tapes = fc.noBias(fc.array(fc.nat({ max: 999 }), { maxLength: 200, size: "max" }));

export interface Features {
  readonly anchors: boolean;
  /** Text and brackets that go over several lines. */
  readonly multiline: boolean;
  /** Byte order mark, `---`, `...`, CRLF, tabs. */
  readonly frames: boolean;
}

const ALL: Features = { anchors: true, multiline: true, frames: true };

/** Gives one number after the other, and 0 when it is at its end. */
export class Tape {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** Less than `limit`. */
  next(limit: number): number {
    const number = this.#numbers[this.#at] ?? 0;
    this.#at += 1;
    return number % limit;
  }

  oneIn(chances: number): boolean {
    return this.next(chances) === chances - 1;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.next(choices.length)] as T;
  }
}

const KEYS =
  "Name Scheduling SlurmQueues ComputeResources MinCount Tags Image Os a-b x.y yes 007 true".split(
    " ",
  );
const PLAIN =
  "12 ondemand c5.large -3.5 007 0x1F 1e3 .5 +1 yes ~ null True 1:30 7-00:00:00 a:b -x http://x/y #x0 ä 2024-01-01 1_000 .inf a#b <x ="
    .split(" ")
    .filter((word) => !word.startsWith("#"));
const QUOTED = ["'it''s'", '"10"', "'a # b'", '"tab\\tquote\\" \\u00e4"', "''", '"- x: y"', "'ü'"];
const FOLDED = ['"two\n@lines"', "'two\n\n@lines'", "two\n@plain lines", "two\n\n@parts"];

class Writer extends Tape {
  readonly #features: Features;
  readonly #step: number;
  readonly #dash: number;
  readonly #anchors: { readonly name: string; readonly isSection: boolean }[] = [];
  #comments = 0;
  #lines: string[] = [];

  constructor(tape: readonly number[], features: Features) {
    super(tape);
    this.#features = features;
    this.#step = this.of([2, 4, 1, 3]);
    this.#dash = this.oneIn(3) ? 0 : this.#step;
  }

  text(): string {
    const { frames } = this.#features;
    const isMarked = frames && this.oneIn(6);
    if (isMarked) {
      this.#commentLines(0);
      this.#lines.push(`---${this.#tail()}`);
    }
    this.#section(0, 3);
    this.#commentLines(0);
    if (frames && this.oneIn(10)) this.#lines.push("...");
    const text = this.#lines.join("\n") + (this.oneIn(5) ? "" : "\n");
    const isWindows = frames && this.oneIn(6);
    const mark = frames && !isMarked && this.oneIn(10) ? "\ufeff" : "";
    return mark + (isWindows ? text.replaceAll("\n", "\r\n") : text);
  }

  /** @param first what stands before the first key on its line, instead of spaces. */
  #section(column: number, depth: number, first?: string): void {
    const keys = new Set(Array.from({ length: 1 + this.next(4) }, () => this.of(KEYS)));
    let before = first;
    for (const key of keys) {
      if (before === undefined) this.#commentLines(column);
      const name = this.oneIn(12) ? `"${key}"` : key;
      this.#value(`${before ?? " ".repeat(column)}${name}:`, column, depth, false);
      before = undefined;
    }
    const bases = this.#anchors.filter(({ isSection }) => isSection);
    if (bases.length > 0 && this.oneIn(4)) {
      this.#lines.push(`${" ".repeat(column)}<<: *${this.of(bases).name}${this.#tail()}`);
    }
  }

  #list(column: number, depth: number, first?: string): void {
    const length = 1 + this.next(3);
    for (let index = 0; index < length; index += 1) {
      const isFirst = index === 0 && first !== undefined;
      if (!isFirst) this.#commentLines(column);
      this.#value(`${isFirst ? first : " ".repeat(column)}-`, column, depth, true);
    }
  }

  /** @param start of the line: a key and its colon, or a dash. */
  #value(start: string, column: number, depth: number, isEntry: boolean): void {
    const kind = depth === 0 ? this.next(6) : this.next(12);
    const gap = isEntry && this.oneIn(8) ? "   " : " ";
    const put = (text: string) => this.#lines.push(`${start}${gap}${text}${this.#tail()}`);
    if (kind <= 2) put(this.#anchored() + this.of(PLAIN));
    else if (kind === 3) put(this.#anchored() + this.of(QUOTED));
    else if (kind === 4) this.#lines.push(start + this.#tail());
    else if (kind === 5) put(this.#flow(2, column));
    else if (kind <= 7) this.#below(start, gap, column, depth, isEntry, "section");
    else if (kind <= 9) this.#below(start, gap, column, depth, isEntry, "list");
    else if (kind === 10) this.#severalLines(start, column);
    else put(this.#alias() ?? "3");
  }

  #below(
    start: string,
    gap: string,
    column: number,
    depth: number,
    isEntry: boolean,
    kind: "section" | "list",
  ): void {
    const isCompact = isEntry && this.next(4) > 0;
    if (isCompact) {
      const inner = column + 1 + gap.length;
      if (kind === "section") this.#section(inner, depth - 1, start + gap);
      else this.#list(inner, depth - 1, start + gap);
      return;
    }
    const anchor = this.#anchored(kind === "section").trimEnd();
    this.#lines.push(start + (anchor === "" ? "" : ` ${anchor}`) + this.#tail());
    if (kind === "section") this.#section(column + this.#step, depth - 1);
    else this.#list(column + (isEntry ? this.#step : this.#dash), depth - 1);
  }

  #severalLines(start: string, column: number): void {
    const indent = " ".repeat(column + this.#step);
    if (!this.#features.multiline) this.#lines.push(`${start} 4`);
    else if (this.oneIn(2)) {
      const header = this.of(["|", ">", "|-", ">-", "|+"]);
      this.#lines.push(`${start} ${header}${this.#tail()}`);
      this.#lines.push(`${indent}text # no comment`);
      if (this.oneIn(2)) this.#lines.push("", `${indent}  more`);
      if (this.oneIn(3)) this.#lines.push("");
    } else {
      const text = this.of(FOLDED).replaceAll("@", indent);
      this.#lines.push(...`${start} ${text}${this.#tail()}`.split("\n"));
    }
  }

  #flow(depth: number, column: number): string {
    const isList = this.oneIn(2);
    const length = this.next(4);
    const isLong = this.#features.multiline && length > 0 && this.oneIn(3);
    const indent = " ".repeat(column + this.#step + 2);
    const keys = KEYS.slice(0, length);
    const entries = keys.map((key) => {
      const value = depth > 0 && this.oneIn(4) ? this.#flow(depth - 1, column) : this.#flowScalar();
      return isList ? value : `${key}: ${value}`;
    });
    const [open, close] = isList ? ["[", "]"] : ["{", "}"];
    const last = length > 0 && this.oneIn(6) ? "," : "";
    if (!isLong) {
      const space = this.oneIn(2) ? " " : "";
      return `${open}${space}${entries.join(this.oneIn(5) ? "," + " " : ", ")}${last}${space}${close}`;
    }
    const lines = entries.map((entry, index) => {
      const comma = index === length - 1 ? last : ",";
      return `${indent}${entry}${comma}${this.#tail()}\n`;
    });
    return `${open}${this.#tail()}\n${lines.join("")}${indent}${close}`;
  }

  #flowScalar(): string {
    return this.oneIn(3) ? this.of(QUOTED) : this.of(["x", "12", "c5.large", "true", "yes", "007"]);
  }

  #anchored(isSection = false): string {
    if (!this.#features.anchors || !this.oneIn(8)) return "";
    const name = `a${this.#anchors.length}`;
    this.#anchors.push({ name, isSection });
    return `&${name} `;
  }

  #alias(): string | undefined {
    // The last ones may be those of sections that are still open.
    const closed = this.#anchors.filter(({ isSection }) => !isSection);
    return closed.length === 0 ? undefined : `*${this.of(closed).name}`;
  }

  #commentLines(column: number): void {
    if (this.oneIn(6)) this.#lines.push("");
    if (this.oneIn(4))
      this.#lines.push(`${" ".repeat(this.of([column, column, 0, column + 2]))}${this.#comment()}`);
    if (this.#features.frames && this.oneIn(12)) this.#lines.push(`# tab\there ${this.#comment()}`);
  }

  #tail(): string {
    return this.oneIn(4) ? ` ${this.#comment()}` : "";
  }

  #comment(): string {
    this.#comments += 1;
    return `# c${this.#comments}`;
  }
}
