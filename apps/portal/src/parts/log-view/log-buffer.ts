import { type AnsiStyle, PLAIN, plainLine, styledLine } from "./ansi.ts";

/** Lines that are drawn together, and not again when nothing in them changed. */
export interface LogBlock {
  readonly id: number;
  readonly lines: readonly string[];
  /** How its first line begins to look. */
  readonly style: AnsiStyle;
}

const LINES_OF_BLOCK = 200;
/** Longer lines go on in the next. */
const LONGEST_LINE = 4_000;

/**
 * The lines of something that is being written. It keeps so many of the last, so that hours of output
 * take no more memory than minutes. A carriage return overwrites its line, as progress bars do.
 */
export class LogBuffer {
  readonly #most: number;
  #blocks: readonly LogBlock[] = [];
  #count = 0;
  /** The last line as it came, which may go on. */
  #open: string | undefined;
  #added = 0;
  #dropped = 0;

  constructor(mostLines = 50_000) {
    this.#most = mostLines;
  }

  /** Another array each time that something changed. */
  get blocks(): readonly LogBlock[] {
    return this.#blocks;
  }

  get lineCount(): number {
    return this.#count;
  }

  /** Lines that came since the beginning, those too that are not kept any more. */
  get added(): number {
    return this.#added;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Nothing more can be put before. */
  get isFull(): boolean {
    return this.#count >= this.#most;
  }

  append(text: string): void {
    if (text === "") return;
    const lines = linesOf((this.#open ?? "") + text);
    const last = lines.at(-1) ?? "";
    const before = this.#open === undefined ? this.#blocks : this.#withoutLast();
    this.#open = last;
    this.#push(before, last === "" ? lines.slice(0, -1) : lines);
    if (last === "") this.#open = undefined;
    this.#trim();
  }

  /** What stands before the first line that is here; ends with a line's end. */
  prepend(text: string): void {
    const lines = linesOf(text);
    if (lines.at(-1) === "") lines.pop();
    const first = this.#blocks[0]?.id ?? 0;
    const parts = Math.ceil(lines.length / LINES_OF_BLOCK);
    const blocks = blocksOf(lines, first - parts, PLAIN);
    this.#blocks = [...blocks, ...this.#blocks];
    this.#count += lines.length;
  }

  clear(): void {
    this.#blocks = [];
    this.#count = 0;
    this.#open = undefined;
    this.#dropped = 0;
  }

  #withoutLast(): readonly LogBlock[] {
    const last = this.#blocks.at(-1);
    if (last === undefined) return this.#blocks;
    this.#count -= 1;
    this.#added -= 1;
    const lines = last.lines.slice(0, -1);
    const rest = this.#blocks.slice(0, -1);
    return lines.length === 0 && rest.length > 0 ? rest : [...rest, { ...last, lines }];
  }

  #push(before: readonly LogBlock[], lines: readonly string[]): void {
    const last = before.at(-1);
    const isFull = last === undefined || last.lines.length >= LINES_OF_BLOCK;
    const kept = isFull ? before : before.slice(0, -1);
    const whole = isFull ? lines : [...last.lines, ...lines];
    const id = isFull ? (last?.id ?? -1) + 1 : last.id;
    const style = isFull ? (last === undefined ? PLAIN : styleAfter(last)) : last.style;
    this.#blocks = [...kept, ...blocksOf(whole, id, style)];
    this.#count += lines.length;
    this.#added += lines.length;
  }

  #trim(): void {
    let over = 0;
    let count = this.#count;
    while (count > this.#most && over < this.#blocks.length - 1) {
      count -= this.#blocks[over]?.lines.length ?? 0;
      over += 1;
    }
    if (over === 0) return;
    this.#dropped += this.#count - count;
    this.#count = count;
    this.#blocks = this.#blocks.slice(over);
  }
}

const texts = new WeakMap<LogBlock, string>();

/** A block as it is read, without what is only for terminals. */
export function textOfBlock(block: LogBlock): string {
  const text = texts.get(block) ?? block.lines.map(plainLine).join("\n");
  texts.set(block, text);
  return text;
}

function blocksOf(lines: readonly string[], firstId: number, begin: AnsiStyle): LogBlock[] {
  const blocks: LogBlock[] = [];
  for (let at = 0; at < lines.length; at += LINES_OF_BLOCK) {
    const last = blocks.at(-1);
    blocks.push({
      id: firstId + blocks.length,
      lines: lines.slice(at, at + LINES_OF_BLOCK),
      style: last === undefined ? begin : styleAfter(last),
    });
  }
  return blocks;
}

function styleAfter({ lines, style }: LogBlock): AnsiStyle {
  return lines.reduce(
    (before, line) => (line.includes("\x1b") ? styledLine(line, before).end : before),
    style,
  );
}

function linesOf(text: string): string[] {
  return text.split("\n").flatMap((line, index, all) => {
    const seen = overwritten(line, index === all.length - 1);
    if (seen.length <= LONGEST_LINE) return [seen];
    const pieces: string[] = [];
    for (let at = 0; at < seen.length; at += LONGEST_LINE) {
      pieces.push(seen.slice(at, at + LONGEST_LINE));
    }
    return pieces;
  });
}

/** What is left to see of a line. At its end, a return overwrites nothing yet. */
function overwritten(line: string, isOpen: boolean): string {
  const end = /\r+$/.exec(line)?.[0] ?? "";
  const body = line.slice(0, line.length - end.length);
  const seen = body.slice(body.lastIndexOf("\r") + 1);
  return isOpen && end !== "" ? `${seen}\r` : seen;
}
