import { MAX_DEPTH, MAX_VALUES, type Place } from "./yaml-reader.ts";

/** What is read, and where it stands. */
export interface PlainYaml {
  readonly value: unknown;
  readonly place: Place;
}

/**
 * Reads the plain part of YAML, which is nearly all of nearly every cluster file: sections, lists,
 * scalars of one line, flow collections of one line, comments. A fifth of the time that the library
 * takes. Undefined for anything else, right or wrong: then the library is asked. Too large is more
 * than `MAX_VALUES`.
 */
export function readPlainYaml(text: string): PlainYaml | "too large" | undefined {
  return UNUSUAL.test(text) ? undefined : new PlainReader(text).read();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const UNUSUAL = /\r(?!\n)|[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufeff]/;

/** Those with a meaning of their own start with another character, or are refused below. */
const KEY = /([A-Za-z_][\w./-]{0,99}):(?=[ \r\n]|$)/y;
const START_MARK = /---\r?\n/y;
const NO_KEYS_OF_OURS = /^(?:null|true|false|__proto__)$/i;
const SPACES = / */y;
const REST_OF_LINE = /(?: +#.*| *)$/my;
const PLAIN_START = /[A-Za-z0-9_./~+$(^<=;\\\u00a0-\ufffd]|-[^ \r\n]/y;
const QUOTED = /"([^"\\\n]*)"|'([^'\n]*)'/y;
/** Inside brackets; what looks otherwise is rare enough. */
const FLOW_PLAIN = /[A-Za-z0-9_./][\w./+@=-]*/y;

const NO_KEYS: Place["keys"] = new Map();
const NO_ITEMS: Place["items"] = [];

/** It is not plain. */
class NotPlain extends Error {}
const NOT_PLAIN = new NotPlain();
class TooLarge extends Error {}
const TOO_LARGE = new TooLarge();

class PlainReader {
  readonly #text: string;
  /** The next text that is neither blank nor comment; at the end of the file its column is -1. */
  #at = 0;
  #column = -1;
  #values = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): PlainYaml | "too large" | undefined {
    try {
      this.#toLine(0);
      if (this.#column === 0 && this.#match(START_MARK, this.#at)) this.#toLine(this.#at + 3);
      if (this.#column === -1) return undefined;
      const read = this.#block();
      return this.#column === -1 ? read : undefined;
    } catch (error) {
      if (error instanceof NotPlain) return undefined;
      if (error instanceof TooLarge) return "too large";
      throw error;
    }
  }

  /** @param start of a line. */
  #toLine(start: number): void {
    const text = this.#text;
    let line = start;
    while (line < text.length) {
      let at = line;
      while (text.charCodeAt(at) === SPACE) at += 1;
      const first = text.charCodeAt(at);
      const isBlank = first === NEWLINE || first === RETURN;
      if (first !== HASH && !isBlank && at < text.length) {
        this.#at = at;
        this.#column = at - line;
        return;
      }
      const end = text.indexOf("\n", at);
      line = end === -1 ? text.length : end + 1;
    }
    this.#at = text.length;
    this.#column = -1;
  }

  #block(): PlainYaml {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw NOT_PLAIN;
    const read = this.#isDash(this.#at) ? this.#list(this.#column) : this.#section(this.#column);
    this.#depth -= 1;
    return read;
  }

  #section(column: number): PlainYaml {
    const value: Record<string, unknown> = {};
    const keys = new Map<string, { offset: number; place: Place }>();
    const offset = this.#at;
    this.#count();
    while (this.#column === column && !this.#isDash(this.#at)) {
      const at = this.#at;
      const key = this.#match(KEY, at)?.[1];
      if (key === undefined || keys.has(key) || NO_KEYS_OF_OURS.test(key)) throw NOT_PLAIN;
      const read = this.#valueAfter(at + key.length + 1, column, true);
      value[key] = read.value;
      keys.set(key, { offset: at, place: read.place });
    }
    if (this.#column >= column) throw NOT_PLAIN;
    return { value, place: { offset, end: this.#at, keys, items: NO_ITEMS } };
  }

  #list(column: number): PlainYaml {
    const value: unknown[] = [];
    const items: Place[] = [];
    const offset = this.#at;
    this.#count();
    while (this.#column === column && this.#isDash(this.#at)) {
      const read = this.#valueAfter(this.#at + 1, column, false);
      value.push(read.value);
      items.push(read.place);
    }
    // A list may be as far to the left as the key that it belongs to.
    if (this.#column > column) throw NOT_PLAIN;
    return { value, place: { offset, end: this.#at, keys: NO_KEYS, items } };
  }

  /**
   * The value after a colon or a dash, and on to the next line.
   *
   * @param column of the key or dash.
   */
  #valueAfter(indicatorEnd: number, column: number, isKey: boolean): PlainYaml {
    const at = this.#match(SPACES, indicatorEnd)?.[0].length ?? 0;
    const start = indicatorEnd + at;
    const isNested = !isKey && (this.#isDash(start) || this.#match(KEY, start) !== null);
    if (isNested) {
      this.#column += start - this.#at;
      this.#at = start;
      return this.#block();
    }
    const rest = this.#match(REST_OF_LINE, indicatorEnd);
    if (rest === null) return this.#inline(start, column);
    this.#toLine(indicatorEnd + rest[0].length + 1);
    const isBelow =
      this.#column > column || (isKey && this.#column === column && this.#isDash(this.#at));
    if (isBelow) return this.#block();
    this.#count();
    return leaf(null, start, start);
  }

  #inline(start: number, column: number): PlainYaml {
    const isFlow = this.#text[start] === "[" || this.#text[start] === "{";
    const read = isFlow ? this.#flow(start) : (this.#quoted(start) ?? this.#plain(start));
    const rest = this.#match(REST_OF_LINE, read.place.end);
    if (rest === null) throw NOT_PLAIN;
    this.#toLine(read.place.end + rest[0].length + 1);
    // Text of several lines.
    if (this.#column > column) throw NOT_PLAIN;
    return read;
  }

  #quoted(start: number): PlainYaml | undefined {
    const match = this.#match(QUOTED, start);
    if (match === null) return undefined;
    this.#count();
    return leaf(match[1] ?? match[2], start, start + match[0].length);
  }

  #plain(start: number): PlainYaml {
    if (this.#match(PLAIN_START, start) === null) throw NOT_PLAIN;
    const text = this.#text;
    const lineEnd = text.indexOf("\n", start);
    let source = text.slice(start, lineEnd === -1 ? text.length : lineEnd);
    if (source.endsWith("\r")) source = source.slice(0, -1);
    const comment = source.indexOf(" #");
    if (comment !== -1) source = source.slice(0, comment);
    source = withoutSpacesAtEnd(source);
    if (source.includes(": ") || source.endsWith(":")) throw NOT_PLAIN;
    this.#count();
    return leaf(scalarOf(source), start, start + source.length);
  }

  #flow(start: number): PlainYaml {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw NOT_PLAIN;
    this.#count();
    const read = this.#text[start] === "[" ? this.#flowList(start) : this.#flowSection(start);
    this.#depth -= 1;
    return read;
  }

  #flowList(start: number): PlainYaml {
    const value: unknown[] = [];
    const items: Place[] = [];
    const end = this.#flowEntries(start, "]", (at) => {
      const read = this.#flowValue(at);
      value.push(read.value);
      items.push(read.place);
      return read.place.end;
    });
    return { value, place: { offset: start, end, keys: NO_KEYS, items } };
  }

  #flowSection(start: number): PlainYaml {
    const value: Record<string, unknown> = {};
    const keys = new Map<string, { offset: number; place: Place }>();
    const end = this.#flowEntries(start, "}", (at) => {
      const key = this.#match(KEY, at)?.[1];
      if (key === undefined || keys.has(key) || NO_KEYS_OF_OURS.test(key)) throw NOT_PLAIN;
      const read = this.#flowValue(this.#afterSpaces(at + key.length + 1));
      value[key] = read.value;
      keys.set(key, { offset: at, place: read.place });
      return read.place.end;
    });
    return { value, place: { offset: start, end, keys, items: NO_ITEMS } };
  }

  /** @param entry reads one and says where it ends. @returns where the closing bracket ends. */
  #flowEntries(start: number, close: string, entry: (at: number) => number): number {
    let at = this.#afterSpaces(start + 1);
    if (this.#text[at] === close) return at + 1;
    for (;;) {
      at = this.#afterSpaces(entry(at));
      if (this.#text[at] === close) return at + 1;
      if (this.#text[at] !== ",") throw NOT_PLAIN;
      at = this.#afterSpaces(at + 1);
    }
  }

  #flowValue(at: number): PlainYaml {
    if (this.#text[at] === "[" || this.#text[at] === "{") return this.#flow(at);
    const quoted = this.#quoted(at);
    if (quoted !== undefined) return quoted;
    const source = this.#match(FLOW_PLAIN, at)?.[0];
    if (source === undefined) throw NOT_PLAIN;
    this.#count();
    return leaf(scalarOf(source), at, at + source.length);
  }

  #afterSpaces(at: number): number {
    return at + (this.#match(SPACES, at)?.[0].length ?? 0);
  }

  #isDash(at: number): boolean {
    if (this.#text.charCodeAt(at) !== DASH) return false;
    const next = this.#text.charCodeAt(at + 1);
    return next === SPACE || next === NEWLINE || next === RETURN || Number.isNaN(next);
  }

  #match(pattern: RegExp, at: number): RegExpExecArray | null {
    pattern.lastIndex = at;
    return pattern.exec(this.#text);
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > MAX_VALUES) throw TOO_LARGE;
  }
}

const SPACE = 32;
const NEWLINE = 10;
const RETURN = 13;
const HASH = 35;
const DASH = 45;

function leaf(value: unknown, offset: number, end: number): PlainYaml {
  return { value, place: { offset, end, keys: NO_KEYS, items: NO_ITEMS } };
}

function withoutSpacesAtEnd(source: string): string {
  let end = source.length;
  while (source.charCodeAt(end - 1) === SPACE) end -= 1;
  return source.slice(0, end);
}

/** YAML 1.2's core schema, for text without quotes. */
function scalarOf(source: string): string | number | boolean | null {
  if (/^(?:true|True|TRUE)$/.test(source)) return true;
  if (/^(?:false|False|FALSE)$/.test(source)) return false;
  if (/^(?:~|null|Null|NULL)$/.test(source)) return null;
  if (/^[+-]?\d{1,15}$/.test(source) || /^[+-]?\d{0,15}\.\d{1,15}$/.test(source)) {
    return Number(source);
  }
  // Numbers in their rarer forms: exponents, hexadecimal, infinity and the like.
  if (/^[+-]?[.\d][\w.+-]*$/.test(source) && RARE_NUMBER.test(source)) throw NOT_PLAIN;
  return source;
}

const RARE_NUMBER = /^(?:0[ox][\da-fA-F]+|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?\.\w+)$/;
